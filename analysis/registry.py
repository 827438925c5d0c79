"""How users' packages add scores, attribution methods and networks to ours, by a call at their import.

`analysis.scores.table.register_score`, `analysis.methods.table.register_method` and
`analysis.zoo.register_network`; the module that calls them is listed under `plugins` in the configuration or
announced as an entry point (`generator.plugins`).
"""

from __future__ import annotations

import re

from generator.errors import UserError

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Names become parts of columns and of files."""


def register[Kind](table: dict[str, Kind], kind: str, name: str, entry: Kind) -> None:
    """Add an entry to a table of named things.

    >>> known = {"energy": 1}
    >>> register(known, "score", "energy", 2)
    Traceback (most recent call last):
    ...
    generator.errors.UserError: score 'energy': is registered already; choose another name

    Args:
        kind: what the error calls it.

    Raises:
        UserError: the name is not lower-case letters, digits and underscores, at most 40, or is taken.
    """
    if not NAME.fullmatch(name):
        raise UserError(
            f"{kind} {name!r}: is not a name; use lower-case letters, digits and underscores, a letter first "
            "and 40 at most"
        )
    if name in table:
        raise UserError(f"{kind} {name!r}: is registered already; choose another name")
    table[name] = entry
