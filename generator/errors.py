"""Errors that a user can mend. The command line prints them as one line and exits with 2."""


class UserError(ValueError):
    """What is wrong, where, the value found there, and what to do about it."""
