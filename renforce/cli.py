"""The command `renforce`: parses, calls the functions of `renforce`, and prints what they give back."""

from __future__ import annotations

import errno
import sys

from generator.errors import UserError
from renforce import commands_lookup, commands_runs, commands_sets  # noqa: F401  # each adds its commands
from renforce.program import app

__all__ = ["app", "main"]

FULL = "is full; free some space and try again"
UNUSABLE = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EACCES: "may not be used by you; change its permissions or give another place",
    errno.EPERM: "may not be used by you; give another place",
    errno.EROFS: "cannot be written to; give another place",
    errno.ENOTDIR: "lies in what is not a folder; give another place",
    errno.EEXIST: "is a file where a folder is needed; give another place",
    errno.EISDIR: "is a folder where a file is needed; give another place",
    errno.ENAMETOOLONG: "is too long a name; give another place",
}
"""Errors of the system that the user can mend, in words."""


def main() -> None:
    """Entry point: mistakes that a user can mend are one line on stderr and exit code 2."""
    try:
        app(prog_name="renforce")
    except UserError as error:
        sys.stderr.write(f"renforce: {error}\n")
        sys.exit(2)
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        sys.stderr.write(f"renforce: {error.filename or 'the disk'}: {UNUSABLE[error.errno]}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
