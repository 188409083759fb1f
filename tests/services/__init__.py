"""Private servers for the test run, and programs that a test starts itself."""
