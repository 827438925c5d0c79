"""How users' packages add entries to our tables of named things, by a call at their import.

`analysis.scores.table.register_score`, `analysis.methods.table.register_method`,
`analysis.zoo.register_network`, and `loop.controllers.registry` for controllers and finders; the module that
calls them is listed under `plugins` in the configuration or announced as an entry point (see
`generator.plugins`).
"""

from __future__ import annotations

import re

from generator.errors import UserError

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""Names become parts of columns and of files."""
ALLOWED = "lower-case letters, digits and underscores, a letter first and 40 at most"
"""`NAME` in words."""


def register[Kind](
    table: dict[str, Kind],
    kind: str,
    name: str,
    entry: Kind,
    *,
    pattern: re.Pattern[str] = NAME,
    allowed: str = ALLOWED,
) -> None:
    """Add an entry to a table of named things.

    >>> known = {"energy": 1}
    >>> register(known, "score", "energy", 2)
    Traceback (most recent call last):
    ...
    generator.errors.UserError: score 'energy': is registered already; choose another name

    Args:
        kind: what the error calls it.
        pattern: what names look like.
        allowed: the same in words, for the error.

    Raises:
        UserError: the name does not look like that, or is taken.
    """
    if not pattern.fullmatch(name):
        raise UserError(f"{kind} {name!r}: is not a name; use {allowed}")
    if name in table:
        raise UserError(f"{kind} {name!r}: is registered already; choose another name")
    table[name] = entry
