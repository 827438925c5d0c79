"""Errors that a user can mend. The command line prints them as one line and exits with 2."""


class UserError(ValueError):
    """What is wrong, where, the value found there, and what to do about it."""


def with_article(noun: str) -> str:
    """A noun as error messages have it.

    >>> with_article("view"), with_article("angle")
    ('a view', 'an angle')
    """
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
