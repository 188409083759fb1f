"""The rule language and its evaluation: pure Python, no Django, no clock, no file."""
