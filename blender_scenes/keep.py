"""Keeps the scene of a spec as a .blend file, in a process of its own.

    python -m blender_scenes.keep FILE.blend [CARD …] < SPEC

Ends with 2, and one line on stderr, where a user can mend what is wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path

from blender_scenes.stage import Stage
from generator.assets.card import read_assets
from generator.errors import UserError
from generator.spec import RenderSpec


def main() -> None:
    path, *cards = (Path(argument) for argument in sys.argv[1:])
    spec = RenderSpec.model_validate_json(sys.stdin.read())
    try:
        Stage(assets=list(read_assets(cards).values())).save_blend(spec, path)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
