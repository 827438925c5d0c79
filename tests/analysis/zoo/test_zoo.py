"""Every network builds, thins as stated, and depends on its seed alone."""

import pytest
import torch
from torch import Tensor, nn

from analysis.methods.capture import capture
from analysis.zoo import ZOO, build, entry, split_outputs
from generator.errors import UserError

# name, picture's side, side of the last stage as the builder's docstring states it
LAST_STAGE = [
    ("resnet18", 32, 4),
    ("resnet18", 63, 8),
    ("resnet18", 64, 4),
    ("resnet18", 127, 8),
    ("resnet18", 128, 4),
    ("resnet18", 224, 7),
    ("vgg16", 32, 4),
    ("vgg16", 64, 4),
    ("vgg16_bn", 32, 4),
    ("vgg16_bn", 63, 7),
    ("vgg16_bn", 64, 4),
    ("vgg16_bn", 127, 7),
    ("vgg16_bn", 128, 8),
]


@pytest.mark.parametrize(("name", "side", "last"), LAST_STAGE)
def test_last_stage_has_the_stated_grid(name: str, side: int, last: int) -> None:
    grids: list[int] = []

    def note(module: nn.Module, inputs: object, output: Tensor) -> None:
        grids.append(output.shape[-1])

    with torch.device("meta"):
        model = build(name, 5, side)
        for stage in entry(name).stages:
            model.get_submodule(stage).register_forward_hook(note)
        assert model(torch.empty(2, 3, side, side)).shape == (2, 5)
    assert grids[-1] == last
    assert len(grids) == len(entry(name).stages)
    assert grids == sorted(grids, reverse=True)
    assert entry(name).cam_layer == entry(name).stages[-1]


@pytest.mark.parametrize("name", sorted(ZOO))
def test_every_stage_can_be_captured(name: str) -> None:
    stages = entry(name).stages
    seen = capture(
        build(name, 5, 32),
        torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)),
        stages,
        torch.zeros(1, 2, dtype=torch.int64),
    )
    assert seen.logits_BK.isfinite().all()
    assert all((seen.gradients[stage] != 0).any() for stage in stages)


def test_vgg_keeps_the_published_head_from_224_pixels() -> None:
    with torch.device("meta"):
        model = build("vgg16", 7, 224)
        smaller = build("vgg16", 7, 223)
    assert model(torch.empty(1, 3, 224, 224, device="meta")).shape == (1, 7)
    published = 138_357_544 - 4096 * 993 - 993
    assert sum(weight.numel() for weight in model.parameters()) == published
    assert sum(weight.numel() for weight in smaller.parameters()) == 14_714_688 + 512 * 513 + 7 * 513


def test_resnet_is_the_published_one_from_128_pixels() -> None:
    assert sum(weight.numel() for weight in build("resnet18", 1000, 128).parameters()) == 11_689_512


def test_vgg_stages_are_the_last_relu_of_each_block() -> None:
    for name in ("vgg16", "vgg16_bn"):
        features = build(name, 2, 128).get_submodule("features")
        assert isinstance(features, nn.Sequential)
        ends = [f"features.{i - 1}" for i, layer in enumerate(features) if isinstance(layer, nn.MaxPool2d)]
        assert tuple(ends) == entry(name).stages


def test_weights_depend_on_the_seed_and_on_nothing_else() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = build("resnet18", 3, 32, seed=1).state_dict()
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(6)
    same = build("resnet18", 3, 32, seed=1).state_dict()
    other = build("resnet18", 3, 32, seed=2).state_dict()
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])


@pytest.mark.parametrize("name", sorted(ZOO))
def test_logits_of_a_fresh_network_are_neither_dead_nor_huge(name: str) -> None:
    image = torch.randn(8, 3, 1, 1, generator=torch.Generator().manual_seed(0)).expand(-1, -1, 32, 32)
    with torch.no_grad():
        logits, _ = split_outputs(build(name, 10, 32)(image))  # normalised by the batch, as in training
    assert 1e-3 < float(logits.std(0).mean()) < 10


def test_mistakes_are_told() -> None:
    with pytest.raises(
        UserError, match=r"'resnet19' is unknown: use one of alexnet, alexnet_gap, densenet121"
    ):
        build("resnet19", 2, 64)
    with pytest.raises(UserError, match=r"pictures of 31 px .* render 32 px or more"):
        build("resnet18", 2, 31)
    with pytest.raises(UserError, match="0 classes; give 1 or more"):
        build("resnet18", 0, 64)
