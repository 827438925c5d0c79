"""Every network of the zoo trains, comes back from its file, and is what its entry says."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from analysis.methods.capture import capture
from analysis.zoo import ZOO, build, entry, logit_layer, pretrain, split_outputs
from analysis.zoo.pooling import AveragePool
from analysis.zoo.size import network_size, zoo_table
from generator.errors import UserError
from loop.training.classifier import Classifier, NetworkCard
from loop.training.weights import load_classifier, save_classifier

# Side of the last stage for pictures of 224, 128, 64 and 32 px, as the families' modules state it.
GRIDS = {
    **dict.fromkeys(ZOO, (7, 4, 4, 4)),
    "alexnet": (13, 7, 7, 7),
    "alexnet_gap": (13, 7, 7, 7),
    **dict.fromkeys(("vgg16", "vgg16_bn", "vgg16_gap", "vgg19"), (14, 8, 4, 4)),
}
PUBLISHED_PARAMETERS = {
    "alexnet": 61_100_840,
    "vgg19": 143_667_240,
    "resnet50": 25_557_032,
    "resnext50_32x4d": 25_028_904,
    "densenet121": 7_978_856,
    "seresnet50": 28_088_024,
    "mobilenet_v2": 3_504_872,
    "efficientnet_b0": 5_288_548,
    "efficientnet_b2": 9_109_994,
    "efficientnet_lite0": 4_652_008,
}


def test_the_networks_of_the_literature_are_all_there() -> None:
    assert set(ZOO) == {
        "alexnet", "alexnet_gap", "densenet121", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2",
        "efficientnet_lite0", "googlenet", "mobilenet_v1", "mobilenet_v2", "resnet18", "resnet18_narrow",
        "resnet50", "resnext50_32x4d", "seresnet50", "vgg16", "vgg16_bn", "vgg16_gap", "vgg19",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(ZOO))
def test_logits_come_from_the_layer_that_is_said_to_give_them(name: str) -> None:
    model = build(name, 5, 32).eval()
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    shift = torch.tensor([0.0, 2.0, 0.0, -1.0, 0.0])
    with torch.inference_mode():
        before = model(images)
        logit_layer(name, model).bias += shift
        torch.testing.assert_close(model(images), before + shift)


@pytest.mark.parametrize("name", sorted(ZOO))
def test_the_last_stage_is_as_stated_at_every_size(name: str) -> None:
    found = []
    with torch.device("meta"):
        for side in (224, 128, 64, 32):
            model = build(name, 5, side).eval()
            kept: list[int] = []
            model.get_submodule(entry(name).cam_layer).register_forward_hook(
                lambda module, inputs, output, kept=kept: kept.append(output.shape[-1])  # type: ignore[misc]
            )
            assert model(torch.empty(1, 3, side, side)).shape == (1, 5)
            found += kept
    assert tuple(found) == GRIDS[name]


@pytest.mark.parametrize(("side", "size"), [(14, 4), (7, 7), (7, 6), (3, 4), (13, 6)])
def test_pooling_is_the_librarys(side: int, size: int) -> None:
    found, wanted = (torch.randn(2, 5, side, side + 2, dtype=torch.float64).requires_grad_() for _ in "ab")
    wanted.data = found.data.clone()
    one, other = AveragePool(size)(found), F.adaptive_avg_pool2d(wanted, size)
    torch.testing.assert_close(one, other)
    weight = torch.randn_like(one)
    (one * weight).sum().backward()
    (other * weight).sum().backward()
    torch.testing.assert_close(found.grad, wanted.grad)


@pytest.mark.parametrize("name", sorted(PUBLISHED_PARAMETERS))
def test_at_224_pixels_it_has_the_published_number_of_weights(name: str) -> None:
    assert network_size(name, 1000, 224).parameters == PUBLISHED_PARAMETERS[name]


def test_operations_of_a_published_network() -> None:
    # He et al. give 1.8 billion multiply-adds, each two operations here.
    assert network_size("resnet18", 1000, 224).flops == pytest.approx(2 * 1.81e9, rel=0.01)


@pytest.mark.parametrize("name", sorted(ZOO))
def test_a_step_at_64_pixels_a_file_and_back(name: str, tmp_path: Path) -> None:
    card = NetworkCard(name, ("a", "b", "c"), 64, (0.5,) * 3, (0.25,) * 3)
    classifier = Classifier(card, seed=1)
    before = classifier.network.state_dict()
    before = {key: value.clone() for key, value in before.items()}
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=generator)
    logits, auxiliary = classifier.outputs(images)
    assert len(auxiliary) == (2 if name == "googlenet" else 0)
    loss = torch.stack([F.cross_entropy(one, torch.tensor([0, 1])) for one in (logits, *auxiliary)]).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(weight.grad is not None for weight in classifier.network.parameters())
    torch.optim.SGD(classifier.parameters(), 1e-3).step()
    assert any(not torch.equal(before[key], value) for key, value in classifier.network.state_dict().items())
    save_classifier(classifier, tmp_path / "model.safetensors")
    loaded = load_classifier(tmp_path / "model.safetensors", card).eval()
    with torch.inference_mode():
        assert torch.equal(loaded(images), classifier.eval()(images))


@pytest.mark.parametrize("name", sorted(name for name in ZOO if entry(name).cam_head))
def test_plain_cam_adds_up_to_the_logit(name: str) -> None:
    """Where it applies, the mean of the CAM of a class, with its bias, is that class's logit."""
    model = build(name, 4, 32, seed=2).eval()
    image = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    layer = entry(name).cam_layer
    seen = capture(model, image, [layer], torch.zeros(1, 2, dtype=torch.int64))
    head = model.get_submodule(entry(name).cam_head or "")
    assert isinstance(head, nn.Linear)
    cam: Tensor = torch.einsum("kc,bchw->bkhw", head.weight, seen.activations[layer])
    torch.testing.assert_close(cam.mean((2, 3)) + head.bias, seen.logits_BK, rtol=1e-4, atol=1e-5)


def test_auxiliary_classifiers_are_silent_in_evaluation() -> None:
    outputs = build("googlenet", 3, 32).eval()(torch.zeros(1, 3, 32, 32))
    assert split_outputs(outputs)[1] == ()


def test_library_weights_fill_all_but_the_head(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from torchvision.models import densenet121

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cache = tmp_path / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    torch.manual_seed(4)
    state = densenet121(weights=None).state_dict()
    torch.save(state, cache / "densenet121-a639ec97.pth")
    model = build("densenet121", 5, 128)
    assert pretrain("densenet121", model, 128) == ["classifier.weight", "classifier.bias"]
    key = "features.denseblock4.denselayer16.conv2.weight"
    assert torch.equal(model.state_dict()[key], state[key])
    with pytest.raises(UserError, match="adapted below 128 px"):
        pretrain("densenet121", build("densenet121", 5, 64), 64)


def test_library_weights_without_a_network_are_one_clear_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "127.0.0.1:9")
    with pytest.raises(UserError, match=r"ImageNet weights of 'resnet18' are not on this machine"):
        pretrain("resnet18", build("resnet18", 5, 128), 128)
    assert not list(tmp_path.rglob("*.pth"))


def test_the_table_names_layers_and_sizes() -> None:
    rows = {row["network"]: row for row in zoo_table((64,))}
    assert set(rows) == set(ZOO)
    assert rows["mobilenet_v1"]["from"] == "timm"
    assert rows["vgg16"]["plain CAM"] == "no"
    assert rows["efficientnet_b2"]["input px"] == "288"
    assert rows["resnet18"]["64 px: M params, GFLOPs"] == "11.68, 1.11"
