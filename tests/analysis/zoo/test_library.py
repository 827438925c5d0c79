"""Any classifier of torchvision or timm: found by its name there, built, described, attributed."""

import pytest
import torch

from analysis.methods.capture import capture
from analysis.zoo import build, entry, logit_layer
from generator.errors import UserError


@pytest.mark.parametrize(
    ("name", "stages", "head"),
    [
        ("torchvision.shufflenet_v2_x0_5", ("conv1", "maxpool", "stage2", "stage3", "conv5"), "fc."),
        ("timm.test_efficientnet", None, "classifier."),
        ("timm.resnet10t", ("act1", "layer1", "layer2", "layer3", "layer4"), "fc."),
    ],
)
def test_stages_are_the_last_layers_at_each_resolution(
    name: str, stages: tuple[str, ...] | None, head: str
) -> None:
    found = entry(name)
    if stages:
        assert found.stages == stages
    assert found.head == (head,)
    model = build(name, 3, 128).eval()
    image = torch.zeros(1, 3, 128, 128)
    seen = capture(model, image, list(found.stages), torch.zeros(1, 1, dtype=torch.int64))
    sides = [seen.activations[stage].shape[-1] for stage in found.stages]
    assert sides == sorted(set(sides), reverse=True)
    assert logit_layer(name, model).out_features == 3


def test_it_has_the_normalisation_of_its_weights() -> None:
    assert entry("torchvision.shufflenet_v2_x0_5").normalisation[0] == (0.485, 0.456, 0.406)
    assert entry("timm.tf_efficientnet_lite0").normalisation == ((0.5,) * 3, (0.5,) * 3)
    assert entry("timm.tf_efficientnet_b1").input_size == 240


def test_finding_it_leaves_the_random_numbers_alone() -> None:
    state = torch.get_rng_state()
    entry("timm.test_resnet")
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("torchvision.resnet19", "torchvision has no classifier 'resnet19'"),
        ("timm.test_vit", "has no maps of features at several resolutions"),
        ("torchvision.squeezenet1_1", "has no linear layer of logits"),
        ("keras.resnet50", r"'keras\.resnet50' is unknown: use one of alexnet.* or timm\.NAME"),
    ],
)
def test_what_is_no_network_for_attribution(name: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        entry(name)
