"""The configuration of an evaluation, of the probe that it looks at, and of the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from analysis.slices.options import SliceTest
from generator.farm.settings import LEFT_OUT
from generator.planning.grid import Fraction, SetPlan
from loop.config.section import Positive, Section

PARTS_LEFT_OUT = LEFT_OUT[1:]
"""What a vehicle can be rendered without."""


class ProbeSettings(Section):
    """Where weaknesses are looked for: a set to render, or pictures in a folder. Give one of the two."""

    render: SetPlan | None = None
    """The probe as a set to render; null where `folder` is given."""
    folder: Path | None = None
    """Folder with `images/` and `masks/` whose file names parse, instead of `render`; null to render. Give it
    for photographs with masks of your own, or for a set that `renforce render` made."""
    label: str | None = None
    """Class of those pictures in `folder` whose names give no shape, such as `y_60_bleft`; null where every
    name gives one."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.render is None) == (self.folder is None):
            raise ValueError("give either `render` or `folder`")
        return self


class AttributionSettings(Section):
    """By which methods and at which layers an evaluation asks where the network looks, and what else it
    measures."""

    methods: Annotated[tuple[str, ...], Field(min_length=1)] = ("grad_cam", "grad_cam_pp")
    """Attribution methods, one or more of `renforce list methods`. The first one's map at the last stage is
    what a score is of where no method is named. Each is scored at every layer, for the true class and the
    predicted one, so time grows with their number."""
    layers: Literal["stages", "last"] | tuple[str, ...] = "stages"
    """`stages`: the last layer at each resolution. `last`: that of the last stage alone, which is fastest. Or
    a list of layers by the names that `renforce list models` shows."""
    maps: Literal["float16", "float32"] = "float16"
    """Number format of the raw maps that are kept. float16 takes half the space and has an exponent of its
    own for each map, so that small maps lose nothing."""
    residual: bool = False
    """Whether the probe is rendered without its vehicles too, to see if the network still finds the class
    (ablation): columns `residual` and `drop` of the probe, see `loop.evaluation.ablation`. Doubles the
    probe's renders, once a run. Not in comparisons."""
    parts: tuple[str, ...] = ()
    """Parts that are left out one at a time besides, for the columns `part_drop_PART`: `shadow` or names of
    `generator.spec.PARTS`. Needs `residual`; each takes one more render of the whole probe."""
    faithfulness: bool = False
    """Whether the maps are tried on the network: average drop, increase in confidence, deletion and insertion
    on at most 64 pictures of the probe, see `loop.evaluation.faithfulness`. Turn it on to choose between
    methods. Not in comparisons."""

    @model_validator(mode="after")
    def _parts_are_left_out(self) -> Self:
        for part in self.parts:
            if part not in PARTS_LEFT_OUT:
                raise ValueError(f"parts: {part!r} is not a part; use {', '.join(PARTS_LEFT_OUT)}")
        if self.parts and not self.residual:
            raise ValueError("parts: needs `residual: true`; set it, or remove `parts`")
        return self


CONTROLLER_NAMES = [
    "none", "uniform", "stratified", "weak", "error", "entropy", "risk", "weak+risk", "oversample",
    "alignment", "alignment+error", "diagnosis", "bandit", "policy_gradient", "lacking", "oracle",
]  # fmt: skip
"""What `controller.name` may be; `loop.controllers.registry.register_controller` adds to it."""


def _known(name: str) -> str:
    if name not in CONTROLLER_NAMES:
        *names, last = map(repr, CONTROLLER_NAMES)
        raise ValueError(
            f"Input should be {', '.join(names)} or {last}, or be registered by a module under `plugins`"
        )
    return name


ControllerName = Annotated[str, AfterValidator(_known)]


Evidence = Literal["renders", "photographs", "all"]


class ControllerSettings(Section):
    """How the next pictures are chosen, and when a run ends."""

    name: ControllerName = "weak+risk"
    """Which controller decides: one of `renforce list controllers`, or one that a plugin registers. The
    default beats `uniform` on sixteen fresh seeds of renders; several others did as well on five. Compare
    with `uniform`."""
    rounds: Annotated[int, Field(ge=0)] = 1
    """How many times pictures are added and the network is trained again, 0 or more. 0 evaluates only, as
    `renforce verify` does."""
    budget: Positive = 200
    """Pictures that a round may add, 1 or more. Raise it with the size of the training set."""
    slices: Positive = 6
    """Weak slices that a round may render for, at most; 1 or more."""
    evidence: Evidence = "renders"
    """Which pictures slices are found weak on. `renders`: those of the probe. `photographs`: the validation
    photographs (`data.valid_fraction`), by the attributes in `data.attributes` that renders have too. `all`:
    both together. Take photographs where enough of each slice are labelled or described."""
    attributes: Literal["names", "all"] = "names"
    """Which attributes slices are made of. `names`: those that file names carry, and the environment where
    `reinforce` lists environments. `all`: everything that varies from picture to picture, continuous
    attributes in bins; take it where lighting or framing may be the weakness."""
    max_order: Annotated[int, Field(ge=1, le=3)] = 2
    """Most attributes that a slice combines, 1 to 3. Slices of three need large probes."""
    score: str = "correct"
    """Column of an evaluation by which slices are weak, where higher is better: `p_true`, `correct`, or an
    alignment such as `energy_true`; see `loop.evaluation.evaluate`."""
    alignment: str = "energy_true"
    """Column by which the controllers `alignment` and `alignment+error` judge where the network looks, and by
    which `prune` calls pictures easy."""
    objective: str = "reward_true"
    """Column that the controller `policy_gradient` is rewarded by: it learns to render where this is low."""
    level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """False-discovery rate in (0, 1) of the slices that are called weak, and of those that a round has made
    worse. Lower it to act on surer findings only."""
    margin: Annotated[float, Field(ge=0)] = 0.1
    """How far a weak slice must lie below the rest, its interval included, in the score's unit; 0 or more. A
    large probe finds differences too small to matter: this leaves them alone."""
    min_n: Annotated[int, Field(ge=2)] = 8
    """Fewest pictures of a slice that is tested, 2 or more. Smaller slices are not judged."""
    broaden: Fraction = 0.0
    """Fraction of a weak slice's pictures that leave one of its attributes free, 0 to 1: the same in other
    colours, for example. Raise it where the network should not learn the slice by heart."""
    explore: Fraction = 0.0
    """Fraction of the budget for pictures of anything, beside the weak slices, 0 to 1."""
    idle: Literal["stop", "explore"] = "stop"
    """What happens where no slice is weak. `stop`: the run ends. `explore`: the whole budget is spent on
    pictures of anything."""
    candidates: Positive = 1
    """Draws for each picture, of which only the hardest is rendered: the one on which the network most likely
    fails, judged by its failures on the probe (`loop.controllers.hard_examples`); 1 or more. It takes as many
    times the vehicles: raise `reinforce.variants` where slices are small."""
    prune: Fraction = 0.0
    """Fraction, 0 to 1, of the easy rendered training pictures (classified right and aligned, by
    `alignment`) that the next training leaves out. Its steps stay the same, so that the others are seen more
    often."""
    on_regression: Literal["report", "roll_back"] = "report"
    """What happens after a round that makes a slice or class significantly worse on the probe. `report`: it
    is reported. `roll_back`: its pictures are taken out again and the next round goes on from the last
    accepted one."""
    patience: Positive | None = 2
    """Rounds in a row without a gain after which the run ends, 1 or more: rounds that are rolled back, or
    whose gain on the probe has an interval that includes 0. null: all `rounds` are done."""
    hours: Annotated[float, Field(gt=0)] | None = None
    """Hours that the steps of a run may take together before no further round begins, above 0. null: no
    limit."""

    @property
    def sees_photographs(self) -> bool:
        """Whether it goes by photographs."""
        return self.evidence != "renders"

    def slice_test(self, seed: int) -> SliceTest:
        """How slices are tested; the margin is in the unit of what they are selected by."""
        return SliceTest(self.max_order, self.min_n, self.level, self.margin, seed)
