"""The table of attribution methods, open to users' own, and the function that runs them on any network.

Methods that give no map of a picture (class visualisation, maximal activation, the feature space) are listed
in `OTHERS`. A user's package adds a method by

    from analysis.methods.table import Method, Raw, register_method

    def activation(seen, layer):
        maps = seen.captured.activations[layer].mean(1).expand(len(seen.targets), -1, -1, -1)
        return Raw(maps, maps.new_zeros(maps.shape[:2]))

    register_method("activation", Method("class activation", "channels' mean", "this package", activation))

in a module that the configuration lists under `plugins`; then `attribution: {methods: [activation]}` uses it.
"""

# ruff: noqa: N803, N815 - tensor names end in their shapes

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from analysis.methods.capture import Captured, Targets, capture
from analysis.methods.grad_cam import UndefinedMethodError, counterfactual, grad_cam, grad_cam_pp
from analysis.methods.gradients import (
    deconvnet,
    guided_backpropagation,
    guided_grad_cam,
    heat,
    saliency,
    smooth_grad,
)
from analysis.methods.map_store import PICTURE
from analysis.methods.occlusion import occlusion
from analysis.methods.pooled import cam
from analysis.methods.score_cam import score_cam
from analysis.methods.smooth import smooth_grad_cam_pp
from analysis.registry import register
from generator.errors import UserError


@dataclass(frozen=True)
class Raw:
    """Maps of one method at one layer; the method's own raw value is `maps` × exp(`log_scale`)."""

    maps: Tensor
    """(T, B, h, w), signed unless the method's paper takes an absolute value."""
    log_scale: Tensor
    """(T, B); 0 for all but the methods of exp(S)."""


@dataclass(frozen=True)
class Seen:
    """What methods are given."""

    model: nn.Module
    image_BCHW: Tensor
    captured: Captured
    seed: int

    @property
    def targets(self) -> Tensor:
        """(T, B)."""
        return self.captured.targets_TB


@dataclass(frozen=True)
class Method:
    """An attribution method."""

    family: str
    """Under which the list of methods has it."""
    description: str
    """What its map shows, in a few words."""
    source: str
    """Where it was published."""
    function: Callable[[Seen, str], Raw]
    """(what was captured, layer) -> maps; the layer is `PICTURE` where `by_layer` is False. It raises
    `UndefinedMethodError` for networks and layers where it is not defined."""
    by_layer: bool = True
    """Whether a map is of a layer; if not, of the picture itself."""
    passes: str = "0"
    """Passes through the network beside the one forward and backward that all share, for the list."""


def explain(
    model: nn.Module,
    image_BCHW: Tensor,
    layers: Sequence[str],
    targets_TB: Targets,
    methods: Iterable[str],
    *,
    seed: int = 0,
) -> tuple[dict[tuple[str, str], Raw], dict[tuple[str, str], str], Captured]:
    """Run methods at layers; all layers and all methods of one pass share one forward and backward.

    Args:
        model, image_BCHW, layers, targets_TB: as for `capture`.
        methods: names of `METHODS`.
        seed: of methods that draw noise.

    Returns:
        ((method, layer) -> maps, (method, layer) -> why it is not defined there, what was captured).

    Raises:
        UserError: an unknown method, and as `capture`.
    """
    wanted = {name: find(name) for name in methods}
    captured = capture(model, image_BCHW, layers, targets_TB)
    seen = Seen(model, image_BCHW, captured, seed)
    found: dict[tuple[str, str], Raw] = {}
    refused: dict[tuple[str, str], str] = {}
    for name, method in wanted.items():
        for layer in layers if method.by_layer else (PICTURE,):
            try:
                found[name, layer] = method.function(seen, layer)
            except UndefinedMethodError as error:
                refused[name, layer] = str(error)
    return found, refused, captured


def find(name: str) -> Method:
    """A method by its name.

    Raises:
        UserError: the name is not in `METHODS`; the known ones are listed.
    """
    if name not in METHODS:
        raise UserError(f"method {name!r} is unknown: use one of {', '.join(METHODS)}")
    return METHODS[name]


def register_method(name: str, method: Method) -> None:
    """Let configurations name an attribution method of a user's own.

    Args:
        name: lower-case letters, digits and underscores, at most 40.

    Raises:
        UserError: the name has other characters, or is taken.
    """
    register(METHODS, "method", name, method)


def _plain(maps: Tensor) -> Raw:
    return Raw(maps, maps.new_zeros(maps.shape[:2]))


def _by_gradient(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Seen, str], Raw]:
    return lambda seen, layer: _plain(
        function(seen.captured.activations[layer], seen.captured.gradients[layer])
    )


def _of_picture(function: Callable[[nn.Module, Tensor, Tensor], Tensor]) -> Callable[[Seen, str], Raw]:
    return lambda seen, layer: _plain(heat(function(seen.model, seen.image_BCHW, seen.targets)))


def _grad_cam_pp(seen: Seen, layer: str) -> Raw:
    maps = grad_cam_pp(seen.captured.activations[layer], seen.captured.gradients[layer])
    return Raw(maps, seen.captured.target_scores.float())


def _smooth(seen: Seen, layer: str) -> Raw:
    given = seen.model, seen.image_BCHW, [layer], seen.targets
    smooth = smooth_grad_cam_pp(*given, seed=seen.seed)[0][layer]
    return Raw(smooth.layer().float(), smooth.log_scale_TB)


def _occlusion(seen: Seen, layer: str) -> Raw:
    side = max(4, seen.image_BCHW.shape[-1] // 8)
    return _plain(
        occlusion(seen.model, seen.image_BCHW, seen.targets, window=side, stride=max(1, side // 2))[1]
    )


METHODS: dict[str, Method] = {
    "cam": Method(
        "class activation", "the class's weights on the last stage; only behind a global mean",
        "Zhou et al. 2016, eq. 2", lambda seen, layer: _plain(cam(seen.model, seen.captured, layer)),
    ),
    "grad_cam": Method(
        "class activation", "channels weighted by their mean gradient", "Selvaraju et al. 2017, eq. 1-2",
        _by_gradient(grad_cam),
    ),
    "grad_cam_pp": Method(
        "class activation", "gradients weighted position by position, of exp(S)",
        "Chattopadhay et al. 2018, eq. 10-13", _grad_cam_pp,
    ),
    "smooth_grad_cam_pp": Method(
        "class activation", "the same from derivatives averaged over noisy copies",
        "Omeiza et al. 2019, eq. 7",
        _smooth, passes="8 forward, 8 backward",
    ),
    "score_cam": Method(
        "class activation", "channels weighted by the confidence that their region gives",
        "Wang et al. 2020, def. 2",
        lambda seen, layer: _plain(score_cam(seen.model, seen.image_BCHW, seen.captured, layer)),
        passes="1 forward a channel",
    ),
    "counterfactual": Method(
        "class activation", "what speaks against the class: −Grad-CAM", "Selvaraju et al. 2017, sec. 7",
        _by_gradient(counterfactual),
    ),
    "saliency": Method(
        "input gradients", "gradient of the score by the pixels, largest absolute channel",
        "Simonyan et al. 2014, sec. 3", _of_picture(saliency), by_layer=False, passes="1 forward, 1 backward",
    ),
    "smooth_grad": Method(
        "input gradients", "mean gradient over noisy copies", "Smilkov et al. 2017, sec. 2",
        lambda seen, layer: _plain(
            heat(smooth_grad(seen.model, seen.image_BCHW, seen.targets, seed=seen.seed))
        ),
        by_layer=False, passes="16 forward, 16 backward",
    ),
    "guided_backpropagation": Method(
        "input gradients", "gradient through active ReLUs, positive parts alone",
        "Springenberg et al. 2015, sec. 3.4",
        _of_picture(guided_backpropagation), by_layer=False, passes="1 forward, 1 backward",
    ),
    "deconvnet": Method(
        "input gradients", "positive parts alone, whichever ReLUs are active",
        "Zeiler & Fergus 2014, sec. 2.1",
        _of_picture(deconvnet), by_layer=False, passes="1 forward, 1 backward",
    ),
    "guided_grad_cam": Method(
        "input gradients", "guided backpropagation × Grad-CAM", "Selvaraju et al. 2017, sec. 3.1",
        lambda seen, layer: _plain(heat(guided_grad_cam(seen.model, seen.image_BCHW, seen.captured, layer))),
        passes="1 forward, 1 backward",
    ),
    "occlusion": Method(
        "perturbation", "drop of the score under a sliding window", "Zeiler & Fergus 2014, sec. 4.2",
        _occlusion, by_layer=False, passes="1 forward a window",
    ),
}  # fmt: skip
"""Name in `attribution.methods` -> method; `register_method` adds to it."""

OTHERS: Mapping[str, tuple[str, str, str]] = {
    "class_visualisation": (
        "the network itself", "a picture that climbs to a high score; L2 and blur",
        "Simonyan et al. 2014, eq. 1"
    ),
    "maximal_activation": (
        "the network itself", "pictures, patches and regions that activate a channel most",
        "Zeiler & Fergus 2014; Bau et al. 2017",
    ),
    "nearest_neighbours": (
        "the feature space", "known pictures most like a query by a layer's features", "cosine"
    ),
    "tsne": ("the feature space", "a layer's features in the plane", "van der Maaten & Hinton 2008"),
}  # fmt: skip
"""Name -> (family, description, source) of what gives no map of a picture; see `analysis.methods`."""
