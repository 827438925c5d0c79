"""Render vehicles, evaluate a network and where it looks, render what its data lack, retrain, evaluate again.

    import renforce

    result = renforce.reinforce("configs/demo.yaml", "runs/demo", log=print)
    print(result.report, result.rounds[-1].accuracy["holdout"].value)

Each function takes a configuration as the path of a YAML file, as a dict, or as a model, does all that is not
done yet in a folder, prints nothing, and gives back where the results lie and their figures. The command
`renforce` calls the same functions. Names are imported when they are first used: torch and Blender are not
loaded before they are needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.methods.table import register_method
    from analysis.scores.table import register_score
    from analysis.zoo import register_network
    from blender_scenes.vehicles import register_shape
    from generator.errors import UserError
    from loop.config.comparison import CompareConfig
    from loop.config.run import LoopConfig, RenderConfig
    from loop.config.slice_benchmark import SliceBenchmarkConfig
    from loop.config.study import StudyConfig
    from loop.controllers import register_controller, register_finder
    from renforce.reports import describe, explain, report
    from renforce.results import (
        ComparisonResult,
        DescribeResult,
        MatchResult,
        RenderResult,
        RunResult,
        SliceBenchmarkResult,
        StudyResult,
    )
    from renforce.runs import bench_slices, compare, evaluate, reinforce, study
    from renforce.sets import check, estimate, export, match, render

__all__ = [
    "CompareConfig", "ComparisonResult", "DescribeResult", "LoopConfig", "MatchResult", "RenderConfig",
    "RenderResult", "RunResult", "SliceBenchmarkConfig", "SliceBenchmarkResult", "StudyConfig", "StudyResult",
    "UserError", "bench_slices", "check", "compare", "describe", "estimate", "evaluate", "explain", "export",
    "match",
    "register_controller", "register_finder", "register_method", "register_network", "register_score",
    "register_shape", "reinforce", "render", "report", "study",
]  # fmt: skip

_HOMES = {
    "analysis.methods.table": ("register_method",),
    "analysis.scores.table": ("register_score",),
    "analysis.zoo": ("register_network",),
    "blender_scenes.vehicles": ("register_shape",),
    "generator.errors": ("UserError",),
    "loop.config.comparison": ("CompareConfig",),
    "loop.config.run": ("LoopConfig", "RenderConfig"),
    "loop.config.slice_benchmark": ("SliceBenchmarkConfig",),
    "loop.config.study": ("StudyConfig",),
    "loop.controllers": ("register_controller", "register_finder"),
    "renforce.results": (
        "ComparisonResult",
        "DescribeResult",
        "MatchResult",
        "RenderResult",
        "RunResult",
        "SliceBenchmarkResult",
        "StudyResult",
    ),
    "renforce.reports": ("describe", "explain", "report"),
    "renforce.runs": ("bench_slices", "compare", "evaluate", "reinforce", "study"),
    "renforce.sets": ("check", "estimate", "export", "match", "render"),
}
"""Module -> the names that are imported from it when they are first used."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # takes as long as all else here

        return version("renforce")
    for home, names in _HOMES.items():
        if name in names:
            found = getattr(import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
