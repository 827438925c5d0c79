"""The configuration of a study: a run, the arms that differ in a few of its keys, and the seeds."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from generator.spec import LATER
from loop.config.load import first_fault, put
from loop.config.renamed import former
from loop.config.run import LoopConfig
from loop.config.section import Positive, Section
from loop.config.training import Plugins, Threads

ArmKey = Annotated[str, Field(pattern=r"^[\w][\w .,+-]*$", max_length=40)]
"""Names a folder too."""


WHOLE_BUDGET = {"controller.patience": None, "controller.hours": None, "controller.idle": "explore"}
"""What a study sets for every arm, so that none ends before its budget is spent."""
SAME = (
    "controller.rounds", "controller.budget", "data", "probe", "attribution.methods", "attribution.layers",
    "holdout", "scene", "render", "render_seed", "train.epochs", "train.retrain_epochs", "train.batch_size",
    "train.learning_rate", "train.retrain_learning_rate", "train.patience",
)  # fmt: skip
"""What makes arms comparable: renders, steps, and what they are judged by."""


class StudyConfig(Section):
    """Arms × seeds of one run, at equal renders and equal steps of training."""

    GROWS = ("arms", "seeds", "plugins")

    plugins: Plugins = ()
    """Python modules that add controllers, finders, scores, networks or shapes by calling the `register_…`
    functions; imported before anything is checked, in every process. The default names none."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the bootstrap of the results, 0 to 2³¹ - 1."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1)]
    """Seeds of the runs, one or more: what is planned, trained and decided. Five or more give intervals that
    are worth reading."""
    arms: dict[ArmKey, dict[str, Any]]
    """Name -> keys of the run that are this arm's own, such as `controller.name: uniform`. A list of
    controllers stands for arms that differ in `controller.name`."""
    reference: str = "uniform"
    """The arm that others are compared with."""
    control: str = "none"
    """The arm that adds nothing; gains are counted from it."""
    upper_bound: str | None = "oracle"
    """The arm whose gain is the most that can be had; null where there is none, as for photographs."""
    processes: Positive = 1
    """Runs at a time, 1 or more; of several GPUs each takes one."""
    threads: Threads = Field(None, validate_default=True)
    """Threads of each run's computations, 1 or more; null: this machine's cores divided by `processes`. Only
    at the same number do weights repeat."""
    run: dict[str, Any]
    """The run that all arms share: the keys of `renforce loop`, without `seed`."""

    @field_validator("arms", mode="before")
    @classmethod
    def _named(cls, arms: Any) -> Any:
        """A list of controllers stands for arms that differ in `controller.name`."""
        if isinstance(arms, list) and all(isinstance(arm, str) for arm in arms):
            return {arm: {"controller.name": arm} for arm in arms}
        return arms

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: one is named twice")
        for key, arm in (
            ("reference", self.reference),
            ("control", self.control),
            ("upper_bound", self.upper_bound),
        ):
            if arm is not None and arm not in self.arms:
                raise ValueError(f"{key}: {arm!r} is not an arm; one of {', '.join(self.arms)}")
        first, *others = (self._checked(arm) for arm in self.arms)
        for other in others:
            for key in SAME:
                if _value(first, key) != _value(other, key):
                    raise ValueError(f"arms: {key} must be the same for all, or they cannot be compared")
        return self

    def run_of(self, arm: str, seed: int) -> LoopConfig:
        """What an arm's run of a seed does."""
        return LoopConfig.model_validate(self._content(arm, seed))

    def _leaves_to_study(self, arm: str) -> None:
        """Refuse, with a ValueError, what would be set otherwise without a word."""
        content = copy.deepcopy(self.run)
        for key, value in self.arms[arm].items():
            put(content, key, value)
        if _given(content, "seed"):
            raise ValueError(f"arm {arm!r}: seed: each run has one of the study's `seeds`; leave it out")
        for key, value in WHOLE_BUDGET.items():
            if any(given != value for given in _given(content, key)):
                raise ValueError(
                    f"arm {arm!r}: {key}: is {json.dumps(value)} in a study, so that every arm spends its "
                    "budget; leave it out"
                )

    def _content(self, arm: str, seed: int) -> dict[str, Any]:
        content = copy.deepcopy(self.run)
        for key, value in {**self.arms[arm], **WHOLE_BUDGET, "seed": seed}.items():
            put(content, key, value)
        if self.plugins:
            own = content.get("plugins", ())
            content["plugins"] = list(dict.fromkeys((*self.plugins, *own)))
        return content

    def _checked(self, arm: str) -> LoopConfig:
        try:
            self._leaves_to_study(arm)
            content = self._content(arm, self.seeds[0])
            return LoopConfig.model_validate(content)
        except ValidationError as error:
            raise ValueError(f"arm {arm!r}: {first_fault(error, LoopConfig, content)}") from None
        except KeyError as error:
            raise ValueError(f"arm {arm!r}: {error.args[0]!r} is a value and has no keys under it") from None


def _given(content: dict[str, Any], key: str) -> tuple[Any, ...]:
    """The value of a key with dots, where it is said."""
    found: Any = content
    for word in key.split("."):
        if not isinstance(found, dict) or word not in found:
            return ()
        found = found[word]
    return (found,)


def beginning(config: LoopConfig) -> str:
    """A word that two runs share if they are the same up to the first decision."""
    later = {"plugins", "controller", "farm", "reinforce"}
    # Over the names that keys had before they were renamed: folders of older studies are named so.
    content = former(config.model_dump(mode="json", exclude=later))
    for key in ("retrain", "retrain_epochs", "retrain_learning_rate", "retrain_offset"):
        del content["train"][key]
    for key, usual in LATER.items():  # as the identity of pictures: what came later changes nothing of before
        if content["scene"][key] == usual:
            del content["scene"][key]
    if config.data.rendered is None:  # of renders, which come with the first decision
        del content["train"]["rendered_prior"]
        content["train"].pop("rendered_look", None)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _value(config: LoopConfig, key: str) -> Any:
    found: Any = config
    for word in key.split("."):
        found = getattr(found, word)
    return found
