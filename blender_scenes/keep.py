"""Keeps the scene of a spec as a .blend file, in a process of its own.

    python -m blender_scenes.keep FILE.blend [CARD …] [--plugin MODULE …] < SPEC

Ends with 2, and one line on stderr, where a user can mend what is wrong.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from blender_scenes.stage import Stage
from generator.assets.card import read_assets
from generator.errors import UserError
from generator.spec import RenderSpec


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("cards", type=Path, nargs="*", help="asset cards of users' own models")
    parser.add_argument("--plugin", action="append", default=[], help="a module that adds shapes")
    args = parser.parse_args()
    for name in args.plugin:
        importlib.import_module(name)
    spec = RenderSpec.model_validate_json(sys.stdin.read())
    try:
        Stage(assets=list(read_assets(args.cards).values())).save_blend(spec, args.path)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
