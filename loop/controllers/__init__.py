"""Controllers: each turns what an evaluation of the probe showed into render requests for a budget.

| module | what it holds |
|---|---|
| `base` | what a controller sees and answers with: `Observation`, `Found`, `RenderRequest`, `Controller` |
| `finders_…` | where the network is weak: finders, `Observation -> list[Found]` |
| `allocators` | where the budget goes: `(list[Found], budget, Observation) -> list[RenderRequest]` |
| `cells` | combinations of one value of every attribute, which `risk` and others draw from |
| `builtin` | our controllers and finders by name |
| `registry` | how a user's own are added: `register_controller`, `register_finder` |
| `decide` | from a run's configuration and probe to the specs that are rendered |
| `hard_examples` | of several pictures the one that most likely fails (`controller.candidates`) |
| `gate` | whether a round made something worse |

To add one of ours: a finder or an allocator in one of these modules and a line in `builtin`.
"""

from __future__ import annotations

from loop.controllers import builtin
from loop.controllers.allocators import broadened, even_fractions
from loop.controllers.base import (
    Allocator,
    Controller,
    Finder,
    Found,
    Observation,
    RenderRequest,
    Round,
)
from loop.controllers.finders_weak import weak_by
from loop.controllers.registry import (
    CONTROLLERS,
    FINDERS,
    controller_named,
    finder_named,
    register_controller,
    register_finder,
)

__all__ = [
    "CONTROLLERS",
    "FINDERS",
    "Allocator",
    "Controller",
    "Finder",
    "Found",
    "Observation",
    "RenderRequest",
    "Round",
    "broadened",
    "controller_named",
    "even_fractions",
    "finder_named",
    "register_controller",
    "register_finder",
    "weak_by",
]

CONTROLLERS.update(builtin.CONTROLLERS)
FINDERS.update(builtin.FINDERS)
