"""What the portal has to stand: kills, every address for every role, leaks, abuse."""
