"""The competitors: each measures itself, in a process and an environment of its own."""
