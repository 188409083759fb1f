"""Takes in, keeps and hands out the files that prove what an applicant states.

Nothing is imported here: the process that opens hostile files loads this package without Django.
"""
