"""The configuration of a comparison of networks: `renforce compare`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationError, model_validator

from analysis.zoo import entry
from generator.errors import UserError
from loop.config.controller import AttributionSettings
from loop.config.load import first_fault
from loop.config.section import Positive, Section
from loop.config.training import DataSettings, Plugins, TrainSettings


class Rendered(Section):
    """A rendered set and what it shows."""

    folder: Path
    """Folder of a set, as `renforce render` writes it."""
    classes: dict[str, tuple[str, ...]]
    """Class of the data -> shapes that show it."""

    def label_of(self, shape: str, classes: Sequence[str]) -> int:
        """Index of the class that a shape shows.

        Raises:
            UserError: it shows none of the data's classes.
        """
        for name, shapes in self.classes.items():
            if shape in shapes and name in classes:
                return classes.index(name)
        raise UserError(f"{self.folder}: no class of the data for shape {shape!r}; add it to its `classes`")


class Variant(Section):
    """One way of training that every network goes through; it overrides keys of `data` and `train`."""

    name: Annotated[str, Field(pattern=r"^[\w][\w .,+-]*$", max_length=40)]
    """What the variant is called, at most 40 characters; it names a folder too."""
    data: Mapping[str, Any] = Field(default_factory=dict)
    """Keys of `data` that are its own; {}: none."""
    train: Mapping[str, Any] = Field(default_factory=dict)
    """Keys of `train` that are its own; {}: none."""
    amounts: tuple[Positive, ...] | None = None
    """Epochs after which its networks are evaluated; null: the comparison's `amounts`."""


class Job(NamedTuple):
    """One training."""

    variant: Variant
    network: str
    seed: int

    @property
    def place(self) -> str:
        return f"{self.variant.name}/{self.network}/seed-{self.seed}"


def _check_network(name: str) -> None:
    try:
        entry(name)
    except UserError as error:
        raise ValueError(f"networks: {str(error).removeprefix('network ')}") from None


class CompareConfig(Section):
    """Networks × seeds × variants, trained on the same pictures and judged after each amount of training."""

    plugins: Plugins = ()
    """Python modules that add networks, attribution methods or scores by calling the `register_…` functions;
    imported before anything is checked, in every process. The default names none."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the data, 0 to 2³¹ - 1: splits and choices of pictures, the same for all networks."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**31)], ...], Field(min_length=1)] = (0,)
    """Seeds of the trainings, one or more: first weights, order of pictures, augmentation. Give several to
    see how much chance decides."""
    networks: Annotated[tuple[str, ...], Field(min_length=1)]
    """Networks to compare: one or more of `renforce list models`."""
    data: DataSettings
    """What all networks learn from and are tested on."""
    rendered: Rendered | None = None
    """A rendered set that is mixed into the training pictures by `data.rendered_fraction`; null: none."""
    probe: Rendered | None = None
    """A rendered set that is not trained on: where each network looks is measured on it, after each amount of
    training; null: not measured."""
    attribution: AttributionSettings = AttributionSettings()
    """Attribution methods and layers for the probe."""
    train: TrainSettings = TrainSettings()
    """How every network is trained, unless `recipes` or `variants` change it."""
    amounts: tuple[Positive, ...] = ()
    """Epochs after which a network is evaluated, besides the last. The learning rate has not come down yet at
    the earlier ones: they are checkpoints along the way, not trainings of their own."""
    variants: tuple[Variant, ...] = (Variant(name="all"),)
    """Ways of training that every network goes through, such as fewer pictures or no augmentation."""
    recipes: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """Network -> keys of `train` that are its own, such as the learning rate of a network without batch norm;
    {}: none. Variants override these."""
    weights: Literal["scratch", "imagenet", "DEFAULT"] = "scratch"
    """`scratch` starts from fresh weights, `imagenet` from those trained on ImageNet (`DEFAULT` means the
    same)."""
    keep: Literal["last", "all"] = "last"
    """Which amounts' weights stay in the folder: the last one's, or all."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name in self.networks:
            _check_network(name)
        for what, items in (("networks", self.networks), ("seeds", self.seeds)):
            if len(set(items)) < len(items):
                raise ValueError(f"{what}: one is named twice")
        names = [variant.name for variant in self.variants]
        if not names or len(set(names)) < len(names):
            raise ValueError("variants: give each a name of its own")
        if self.data.source == "rendered" or self.data.rendered:
            raise ValueError("data: a comparison needs real pictures; mix rendered ones in by `rendered`")
        if self.probe and self.rendered and self.probe.folder.resolve() == self.rendered.folder.resolve():
            raise ValueError("probe.folder: is rendered.folder, which is trained on; give another set")
        for key in ("residual", "faithfulness"):
            if getattr(self.attribution, key):
                raise ValueError(
                    f"attribution.{key}: is measured by `renforce verify` and `renforce loop` alone"
                )
        for name, recipe in self.recipes.items():
            if name not in self.networks:
                raise ValueError(f"recipes: {name!r} is not one of the networks compared")
            _check(f"recipes: {name!r}", TrainSettings, {**self.train.model_dump(), **recipe})
        for variant, network in product(self.variants, self.networks):
            self._check_variant(variant, network)
        return self

    def _check_variant(self, variant: Variant, network: str) -> None:
        place = f"variants: {variant.name!r}"
        _check(place, DataSettings, {**self.data.model_dump(), **variant.data})
        _check(place, TrainSettings, self._train_of(variant, network))
        epochs = self.train_of(variant, network).epochs
        if any(amount > epochs for amount in self.amounts_of(variant, network)):
            raise ValueError(
                f"amounts: of {variant.name!r} there are {epochs} epochs; give no more than that"
            )

    def data_of(self, variant: Variant) -> DataSettings:
        return DataSettings.model_validate({**self.data.model_dump(), **variant.data})

    def train_of(self, variant: Variant, network: str) -> TrainSettings:
        return TrainSettings.model_validate(self._train_of(variant, network))

    def _train_of(self, variant: Variant, network: str) -> dict[str, Any]:
        return {**self.train.model_dump(), **self.recipes.get(network, {}), **variant.train}

    def amounts_of(self, variant: Variant, network: str) -> tuple[int, ...]:
        """In epochs, rising, the last included."""
        given = self.amounts if variant.amounts is None else variant.amounts
        return tuple(sorted({*given, self.train_of(variant, network).epochs}))

    def jobs(self) -> list[Job]:
        """Seeds outermost: what is there early says something of all networks."""
        return [Job(v, n, s) for s, v, n in product(self.seeds, self.variants, self.networks)]


def _check(place: str, kind: type[Section], content: dict[str, Any]) -> None:
    try:
        kind.model_validate(content)
    except ValidationError as error:
        raise ValueError(f"{place}: {first_fault(error, kind, content)}") from None
