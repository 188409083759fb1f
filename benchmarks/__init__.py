"""What is measured: ``python -m benchmarks``. Nothing here is part of the portal."""
