"""The process around Blender: jobs in on stdin, files out, one JSON line an answer on stdout.

Nothing else runs in it, because Blender holds one scene a process, prints from C, and takes the
process down when it crashes. It ends when stdin closes, so it never outlives its parent for long.

    python -m generator.farm.worker --threads 1 --device cpu --log FILE [--asset CARD …] [--plugin MODULE …]
    job:    {"folder": "DATASET", "spec": {…}, "layers": ["depth", …]}
    answer: {"device": "CPU", "blender": "5.2.3"} once, the handshake; then for each job {"name": "…"},
            {"error": "…"} where that picture cannot be rendered, or {"refused": "…"} where none can, since
            files cannot be used
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, get_args

from generator.assets.card import read_assets
from generator.dataset.dataset import write_picture
from generator.errors import UserError
from generator.farm.settings import Device
from generator.naming import spec_name
from generator.plugins import load_plugins
from generator.spec import RenderSpec

if TYPE_CHECKING:
    from blender_scenes.stage import Stage


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=get_args(Device), default="cpu")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--asset", type=Path, action="append", default=[], help="a user's asset card")
    parser.add_argument("--plugin", action="append", default=[], help="a module that adds shapes")
    args = parser.parse_args()
    answers = _take_stdout(args.log)
    from blender_scenes.stage import Stage  # Blender prints as it loads

    try:
        load_plugins(args.plugin, announced=False)
        assets = list(read_assets(args.asset).values())
        stage = Stage(threads=args.threads, device=args.device, assets=assets)
    except UserError as error:
        _say(answers, {"refused": str(error)})
        return
    _say(answers, {"device": stage.device, "blender": version("bpy")})
    for line in sys.stdin:
        _say(answers, _answer(stage, json.loads(line)))


def _answer(stage: Stage, job: dict[str, Any]) -> dict[str, str]:
    try:
        spec = RenderSpec.model_validate(job["spec"])
        picture = stage.render(spec, job.get("without", ()))
        write_picture(Path(job["folder"]), spec_name(spec), picture, job.get("layers", ()))
    except OSError as error:
        traceback.print_exc()
        what = f"{error.strerror or error}: {error.filename or job['folder']}"
        return {"refused": f"files cannot be used ({what}); mend that, then run the same command again"}
    except (RuntimeError, ValueError) as error:
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    return {"name": spec_name(spec)}


def _take_stdout(log: Path) -> TextIO:
    """Keep stdout for answers, and send all that is printed from now on, by C code too, to the log."""
    answers = os.fdopen(os.dup(1), "w")
    sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    return answers


def _say(answers: TextIO, what: dict[str, str]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
