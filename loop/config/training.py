"""What may be said about data, networks and training: shared by runs of the loop and comparisons.

A field is added where the part that reads it is described, with a docstring that gives its unit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from generator.farm.settings import cores
from generator.planning.grid import SetPlan


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    GROWS: ClassVar[tuple[str, ...]] = ()
    """Keys that may have more entries when a run goes on than when it began."""


Positive = Annotated[int, Field(ge=1)]


def _share(threads: int | None, info: ValidationInfo) -> int:
    return max(1, cores() // info.data.get("processes", 1)) if threads is None else threads


Threads = Annotated[int, Field(ge=1), BeforeValidator(_share)]
"""Of the computations of each of `processes`, named before it; None is its share of this machine's cores."""
Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
"""In Lightning's words."""


class DataSettings(Section):
    """What the network learns from, and the real pictures it is tested on."""

    source: Literal["rendered", "folder", "cifar10", "torchvision", "listed"] = "rendered"
    """`rendered`: the set `rendered` alone. `folder`: pictures in class folders, `root/train/CLASS/*` and
    `root/test/CLASS/*` (also `root/*_train` and `root/*_test`), or `root/CLASS/*` to be split.
    `cifar10`: torchvision's CIFAR10 kept in `root`. `torchvision`: its data set `dataset` kept in `root`.
    `listed`: pictures anywhere below `root`, and the table `labels` that says their classes."""
    root: Path | None = None
    dataset: str | None = None
    """Name of a class of `torchvision.datasets`, such as CIFAR100, StanfordCars, ImageFolder."""
    labels: Path | None = None
    """A CSV file with the columns `file` (below `root`) and `label`, and `split` (`train`, `valid` or
    `test`) where the split is given."""
    download: bool = False
    """Whether torchvision may fetch what is missing."""
    classes: tuple[str, ...] | None = None
    """Only these classes of the data, in this order."""
    per_class: Positive | None = None
    """At most so many real training pictures of each class, the first by a seeded shuffle."""
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Of each class, where the data have no test pictures of their own."""
    valid_fraction: Annotated[float, Field(ge=0, lt=1)] = 0
    """Of each class's training pictures, set aside for early stopping and for choosing; before
    `per_class`, so that small and large training sets are judged on the same pictures."""
    duplicates: Literal["keep", "report", "drop"] = "keep"
    """Pictures that are in two splits, pixel by pixel: not looked for, said, or dropped from the split
    that is learned from."""
    rendered: SetPlan | None = None
    """A rendered training set: all of it with `rendered`, added to the real pictures otherwise."""
    rendered_fraction: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of rendered pictures among all that is learned from, by leaving out rendered ones; all stay
    where it is not given."""
    image_size: Annotated[int, Field(ge=32, le=1024)] = 64
    """Side of the network's input in pixels; pictures of another size are resized."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.source == "rendered" and self.rendered is None:
            raise ValueError("source 'rendered' needs the set `data.rendered`")
        if self.source != "rendered" and self.root is None:
            raise ValueError(f"source {self.source!r} needs `data.root`, the folder that holds it")
        if (self.dataset is not None) != (self.source == "torchvision"):
            raise ValueError("`data.dataset` and the source 'torchvision' go together")
        if (self.labels is not None) != (self.source == "listed"):
            raise ValueError("`data.labels` and the source 'listed' go together")
        if self.classes is not None and len(set(self.classes)) < max(2, len(self.classes)):
            raise ValueError("`data.classes` must name two or more, each once")
        return self


Channels = Field(min_length=3, max_length=3)
Mean = Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Channels]
Std = Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Channels]


class NetworkSettings(Section):
    name: str = "resnet18"
    """An entry of `analysis.zoo`."""
    weights: Literal["DEFAULT"] | Path | None = None
    """A trained network to start from: safetensors, or a state dict. The first round is not trained.
    `DEFAULT`: the library's own, of other classes, from which the first round is trained. Weights that no run
    of renforce wrote must be of the network as `analysis.zoo` builds it for pictures of this size."""
    mean: Mean | None = None
    """Of each channel in [0, 1], with which such weights were trained; the training pictures' where it is not
    given."""
    std: Std | None = None

    @model_validator(mode="after")
    def _normalised(self) -> Self:
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std go together; give both or neither")
        if self.mean is not None and not isinstance(self.weights, Path):
            raise ValueError("mean and std are those of weights of your own; give them, or leave these out")
        return self


class AugmentSettings(Section):
    """Random changes of each training picture, by torchvision; masks move with their pictures."""

    crop: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Smallest share of the picture's area that a crop keeps; 1 does not crop."""
    flip: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Chance of a flip from side to side."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 0
    """Degrees, either way."""
    shift: Annotated[float, Field(ge=0, lt=1)] = 0
    """Share of the side, either way."""
    scale: Annotated[float, Field(ge=1, le=4)] = 1
    """Sizes between 1/scale and scale."""
    distortion: Annotated[float, Field(ge=0, le=1)] = 0
    """Of perspective."""
    auto: bool = False
    """AutoAugment's policy for ImageNet (Cubuk et al. 2019)."""
    mixup: Annotated[float, Field(ge=0)] = 0
    """Alpha of MixUp (Zhang et al. 2018); 0 does not mix."""
    cutmix: Annotated[float, Field(ge=0)] = 0
    """Alpha of CutMix (Yun et al. 2019); where both are given each batch gets one by lot."""


class AttentionSettings(Section):
    """A penalty on evidence outside the mask, for the training pictures that have one."""

    kind: Literal["gradients", "cam"] = "gradients"
    """`gradients`: squared gradients of the log-probabilities by the pixels outside the mask (Ross et al.
    2017, right for the right reasons). `cam`: share of the true class's Grad-CAM outside the mask
    (after GAIN, Li et al. 2018)."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """Of the penalty, beside a cross entropy of 1."""


class TrainSettings(Section):
    """SGD with Nesterov momentum under a one-cycle schedule."""

    epochs: Positive = 12
    """Passes over the data, the same in every round: what was added costs steps of its own, so that the
    network sees everything else as often as before. A pass is as long as if every round's budget had been
    spent, whatever was."""
    retrain_epochs: Positive | None = None
    """Passes in later rounds; `epochs` where it is not given. Fewer do where `retrain` is `finetune`."""
    batch_size: Annotated[int, Field(ge=2)] = 64
    learning_rate: Annotated[float, Field(gt=0)] = 0.05
    """Highest rate of the cycle."""
    retrain_learning_rate: Annotated[float, Field(gt=0)] | None = None
    """That of later rounds; `learning_rate` where it is not given. Where `retrain` is `finetune` a lower one
    keeps what is learned."""
    weight_decay: Annotated[float, Field(ge=0)] = 5e-4
    augment: bool | AugmentSettings = True
    """true: horizontal flips and shifts by up to an eighth of the side."""
    precision: Literal["auto"] | Precision = "32-true"
    """Of activations and gradients, in Lightning's words; weights are always float32. `auto`: `bf16-mixed`
    where the device computes in it, `32-true` elsewhere, for there bfloat16 is some ten times slower; so on
    machines of different kinds weights differ in what comes out of it."""
    patience: Positive | None = None
    """Epochs without a lower validation loss after which training stops; None trains all `epochs`."""
    keep: Literal["last", "best"] = "last"
    """Which epoch's weights are kept: `best` has the lowest validation loss."""
    class_weights: Literal["equal", "balanced"] = "equal"
    """`balanced`: the loss of each class weighs by the inverse of its number of pictures."""
    logit_adjusted_loss: bool = False
    """Of real and rendered pictures together: how likely the loss takes each class to be before it looks at a
    render. `equal`: all alike, so that a network names those more often of which it is shown many renders.
    `own`: as frequent as it is among renders, so that they teach how their classes differ from each other and
    nothing of classes without any (`loop.training.logit_adjustment`); it takes two rendered classes or
    more."""
    retrain_logit_adjustment: Annotated[float, Field(ge=0, le=10)] = 0
    """Added to the logits of the classes that renders are ordered of, in the networks of later rounds, once
    they are trained (`loop.training.logit_adjustment.raise_logits`): these classes are then named more
    readily, at the price of the others. It spends on them what renders gain, with `logit_adjusted_loss: true`
    above all. The probe shows only these classes and gains by it in any case: choose it by photographs."""
    attention_loss: AttentionSettings | None = None
    channels_last: bool = False
    """Memory order that convolutions in half precision prefer."""
    compile: bool = False
    """Compile the network first (`torch.compile`): worth it for long trainings only."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Processes that decode and augment; 0 does both in the training process."""
    devices: Annotated[int, Field(ge=1)] | Literal["auto"] = 1
    """GPUs (or processes, on the CPU) on each machine; handed to Lightning, as is the rest."""
    nodes: Positive = 1
    strategy: str = "auto"
    """Lightning's name of how devices share the work, such as `ddp`."""
    log: Literal["none", "tensorboard", "mlflow", "wandb"] = "tensorboard"
    """Where curves go besides: below the run folder, offline."""
    retrain: Literal["scratch", "finetune"] = "scratch"
    """Whether later rounds start anew or from the round before."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        asked = self.augment
        mixes = isinstance(asked, AugmentSettings) and (asked.mixup or asked.cutmix or asked.auto)
        if mixes and self.attention_loss:
            raise ValueError("attention_loss needs masks that fit; leave out mixup, cutmix and auto")
        if isinstance(asked, AugmentSettings) and (asked.mixup or asked.cutmix) and self.logit_adjusted_loss:
            raise ValueError(
                "logit_adjusted_loss is of whole pictures; leave out mixup and cutmix, or set it to false"
            )
        if self.class_weights == "balanced" and self.logit_adjusted_loss:
            raise ValueError(
                "class_weights and logit_adjusted_loss would both make up for renders; leave out one"
            )
        if self.compile and self.attention_loss:
            raise ValueError(
                "attention_loss takes gradients of gradients, which compile cannot; leave out one"
            )
        return self
