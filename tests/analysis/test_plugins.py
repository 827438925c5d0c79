"""A score, an attribution method and a network of a user's own package, through the functions all use."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from analysis.methods.capture import true_and_predicted
from analysis.methods.table import METHODS, explain, register_method
from analysis.scores.alignment import align
from analysis.scores.table import SCORES, register_score
from analysis.zoo import ZOO, Entry, build, entry, logit_layer, register_network
from generator.errors import UserError
from generator.plugins import load_plugins
from tests.analysis.plugin_package import installed


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with installed(tmp_path, monkeypatch) as name:
        assert name in load_plugins([name])
        yield name


@pytest.mark.usefixtures("package")
def test_a_score_of_a_plugin_is_measured_and_corrected() -> None:
    rng = torch.Generator().manual_seed(0)
    maps = torch.randn(16, 7, 7, generator=rng)
    masks = torch.zeros(16, 56, 56, dtype=torch.bool)
    for picture, side in enumerate(range(10, 42, 2)):
        masks[picture, 8 : 8 + side, 8 : 8 + side] = True
    found = align(maps, masks)
    torch.testing.assert_close(found["margin"], 2 * found["energy"] - 1)
    # A score that is linear in another one has the other's correction.
    torch.testing.assert_close(found["margin_corrected"], found["energy_corrected"], rtol=1e-4, atol=1e-5)
    # Measured on whole maps what ours measures on a histogram of 128 values.
    assert torch.equal(found["overlap"], found["soft_iou"])
    known = ~found["soft_iou_corrected"].isnan()
    assert known.all()
    assert (found["overlap_corrected"] - found["soft_iou_corrected"]).abs().max() < 0.01
    # By hand: evidence 4 and 1 inside, 2 outside.
    hand = align(
        torch.tensor([[[4.0, 2.0], [1.0, -3.0]]]),
        torch.tensor([[[True, False], [True, False]]]),
        names=["margin"],
    )
    assert hand["margin"].item() == pytest.approx(3 / 7)


@pytest.mark.usefixtures("package")
def test_a_network_and_a_method_of_a_plugin_are_built_and_explained() -> None:
    network = build("tiny", 3, 32, seed=1).eval()
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert network(images).shape == (2, 3)
    assert torch.equal(build("tiny", 3, 32, seed=1).eval()(images), network(images))
    assert entry("tiny").cam_layer == "2"
    assert logit_layer("tiny", network) is network[4]  # type: ignore[index]
    found, refused, seen = explain(
        network, images, ["0", "2"], true_and_predicted(torch.tensor([0, 1])), ["activation", "grad_cam"]
    )
    assert refused == {}
    assert list(found) == [("activation", "0"), ("activation", "2"), ("grad_cam", "0"), ("grad_cam", "2")]
    wanted = network[0](images).mean(1)  # type: ignore[index]
    torch.testing.assert_close(found["activation", "0"].maps, wanted.expand(2, -1, -1, -1))
    assert found["activation", "2"].maps.shape == (2, 2, 4, 4)
    assert seen.logits_BK.shape == (2, 3)


@pytest.mark.usefixtures("package")
def test_a_name_is_registered_once() -> None:
    with pytest.raises(UserError, match="score 'margin': is registered already; choose another name"):
        register_score("margin", SCORES["margin"])
    with pytest.raises(UserError, match="method 'grad_cam': is registered already"):
        register_method("grad_cam", replace(METHODS["cam"], source="another"))
    with pytest.raises(UserError, match="network 'resnet18': is registered already"):
        register_network("resnet18", ZOO["resnet50"])


@pytest.mark.parametrize("name", ["p", "on_wheel", "probability", "area_sky", "reason"])
def test_a_score_may_not_take_the_column_of_something_else(name: str) -> None:
    with pytest.raises(UserError, match=f"score '{name}': its columns would be named as others"):
        register_score(name, SCORES["energy"])
    assert name not in SCORES


@pytest.mark.parametrize("name", ["", "Margin", "2nd", "my score", "a/b"])
def test_a_name_that_is_not_one_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="is not a name; use lower-case letters"):
        register_network(name, ZOO["resnet18"])


def test_a_network_without_stages_or_head_is_refused() -> None:
    with pytest.raises(UserError, match="network 'tiny': names no stages"):
        register_network("tiny", Entry(lambda k, size: torch.nn.Identity(), ()))
    with pytest.raises(UserError, match="network 'tiny': names no head"):
        register_network("tiny", Entry(lambda k, size: torch.nn.Identity(), ("0",)))
    assert "tiny" not in ZOO


def test_what_a_plugin_registers_is_gone_without_it() -> None:
    assert "margin" not in SCORES
    assert "tiny" not in ZOO
