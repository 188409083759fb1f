"""What is done: rules drafted and published, answers given, kept and repeated."""
