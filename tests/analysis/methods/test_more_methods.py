"""Smooth Grad-CAM++, Score-CAM, class pictures, maximal activation, the feature space, and their table."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn

from analysis.methods import table
from analysis.methods.capture import capture
from analysis.methods.grad_cam import UndefinedMethodError, grad_cam_pp
from analysis.methods.maximal import activations, high_activation, maximal, patch, thresholds
from analysis.methods.score_cam import score_cam
from analysis.methods.smooth import smooth_grad_cam_pp
from analysis.methods.space import features, nearest, tsne
from analysis.methods.visualise import Ascent, class_pictures
from generator.errors import UserError
from tests.analysis.methods.networks import GAP, LAYERS, POSITIVE, TARGETS, distance, network, pictures


def noises(count: int, sigma: float = 0.5) -> list[Tensor]:
    draws = torch.Generator().manual_seed(11)
    return [sigma * torch.randn(2, 3, 64, 64, generator=draws) for _ in range(count)]


@pytest.mark.parametrize("name", POSITIVE)
def test_smooth_without_noise_is_grad_cam_pp(name: str) -> None:
    model, layer = network(name), POSITIVE[name]
    found, seen = smooth_grad_cam_pp(model, pictures(), [layer], TARGETS, noises(2, 0.0))
    wanted = grad_cam_pp(seen.activations[layer], seen.gradients[layer])
    assert distance(found[layer].layer(), wanted) < 1e-5
    torch.testing.assert_close(found[layer].log_scale_TB, seen.target_scores, rtol=1e-5, atol=1e-5)
    assert distance(found[layer].layer("first"), wanted) > 0.1


@pytest.mark.parametrize("numerator", ["second", "first"])
def test_smooth_equals_its_formula(numerator: str) -> None:
    """Averages of exp(S)g, exp(S)g², exp(S)g³ written out in float64."""
    model, layer, drawn = network("resnet50"), "layer3", noises(3)
    found, clean = smooth_grad_cam_pp(model, pictures(), [layer], TARGETS, drawn)
    derivatives = []
    for noise in drawn:
        seen = capture(model, pictures() + noise, [layer], TARGETS)
        gradient, score = seen.gradients[layer][0].double(), seen.target_scores[0].double()
        derivatives.append([gradient**p * score.exp()[:, None, None, None] for p in (1, 2, 3)])
    first, second, third = (torch.stack(ds).mean(0) for ds in zip(*derivatives, strict=True))
    activation = clean.activations[layer].double()
    below = 2 * second + activation.sum((-2, -1), keepdim=True) * third
    alpha = torch.where(below > 0, (second if numerator == "second" else first) / below, 0)
    weight = (alpha * first.relu()).sum((-2, -1), keepdim=True)
    ours = found[layer].layer(numerator)[0]  # type: ignore[arg-type]
    scale = found[layer].log_scale_TB[0].double().exp()[:, None, None]
    assert distance(ours * scale, (weight * activation).sum(1)) < 1e-5


def test_the_order_of_the_noises_does_not_matter() -> None:
    drawn = noises(3)
    maps = [
        smooth_grad_cam_pp(network("vgg16"), pictures(), ["features.29"], TARGETS, order)[0]["features.29"]
        for order in itertools.islice(itertools.permutations(drawn), 0, 6, 2)
    ]
    for other in maps[1:]:
        assert distance(other.layer(), maps[0].layer()) < 1e-6
        assert distance(other.layer("first"), maps[0].layer("first")) < 1e-6


def test_channels_and_regions_sum_to_the_layer() -> None:
    smooth = smooth_grad_cam_pp(network("googlenet"), pictures(), ["inception4a"], TARGETS, noises(2))[0]
    found = smooth["inception4a"]
    whole, channels = found.layer(), found.activation_BCHW.shape[1]
    assert distance(sum(found.feature_map(k) for k in range(channels)), whole) < 1e-6  # type: ignore[arg-type]
    rows = [slice(0, 1), slice(1, None)]
    assert distance(sum(found.region(r, slice(None)) for r in rows), whole) < 1e-6  # type: ignore[arg-type]
    one = found.region(slice(1, 2), slice(0, 1), channel=7)
    cells = itertools.product(range(4), range(4))
    neurons = [found.region(slice(y, y + 1), slice(x, x + 1), channel=7) for y, x in cells]
    assert torch.equal(neurons[4], one)
    assert distance(torch.stack(neurons).sum(0), found.feature_map(7)) < 1e-6


def test_smooth_draws_the_same_noise_for_a_picture_in_any_batch() -> None:
    def maps(image: Tensor, targets: Tensor) -> Tensor:
        found = smooth_grad_cam_pp(network("vgg16"), image, ["features.29"], targets, copies=2, seed=5)
        return found[0]["features.29"].layer()[0]

    both = maps(pictures(), TARGETS)
    assert distance(maps(pictures()[1:], TARGETS[:, 1:])[0], both[1]) < 1e-3


def test_score_cam_by_its_definition() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(3, 3, 2, stride=2, bias=False)
            self.head = nn.Linear(3, 2)

        def forward(self, image: Tensor) -> Tensor:
            logits: Tensor = self.head(self.stem(image).relu().mean((-2, -1)))
            return logits

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = Net()
    image = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([[1, 0]])
    seen = capture(model, image, ["stem"], targets)
    ours = score_cam(model, image, seen, "stem", chunk=2)
    for b, target in enumerate((1, 0)):
        total = torch.zeros(4, 4)
        for k in range(3):
            full = F.interpolate(seen.activations["stem"][b, k][None, None], (8, 8), mode="bilinear")
            region = (full - full.min()) / (full.max() - full.min())
            confidence = [model(x).softmax(1)[0, target] for x in (image[b] * region, 0 * image[:1])]
            total += (confidence[0] - confidence[1]).detach() * seen.activations["stem"][b, k]
        torch.testing.assert_close(ours[0, b], total, rtol=1e-5, atol=1e-7)


def test_a_flat_channel_weighs_nothing() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 5))
    nn.init.zeros_(model[0].weight)  # type: ignore[arg-type]
    seen = capture(model, pictures(), ["0"], TARGETS)
    assert score_cam(model, pictures(), seen, "0").abs().max() == 0


def test_class_pictures_climb() -> None:
    model = network("googlenet")
    start = class_pictures(model, [1, 3], 64, Ascent(steps=0))[1]
    image, score = class_pictures(model, [1, 3], 64, Ascent(steps=8, rate=4.0))
    assert image.shape == (2, 3, 64, 64)
    assert (score > start).all()
    again = class_pictures(model, [1, 3], 64, Ascent(steps=8, rate=4.0))
    assert torch.equal(again[0], image)
    quiet = class_pictures(model, [1, 3], 64, Ascent(steps=8, rate=4.0, decay=0.3))[0]
    assert quiet.norm() < image.norm()
    assert all(weight.grad is None for weight in model.parameters())


def test_maximal_pictures_are_those_of_a_sorted_list() -> None:
    model = network("resnet50")
    image = torch.randn(7, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    peaks = maximal(model, image.split(3), "layer2", [0, 5], count=4)  # type: ignore[no-untyped-call]
    whole = torch.cat([activations(model, part, "layer2") for part in image.split(3)])  # type: ignore[no-untyped-call]
    for channel in (0, 5):
        order = whole[:, channel].amax((-2, -1)).argsort(descending=True)[:4]
        assert [peak.picture for peak in peaks[channel]] == order.tolist()
        for peak in peaks[channel]:
            assert float(whole[peak.picture, channel, peak.row, peak.column]) == peak.value
            assert peak.value == float(whole[peak.picture, channel].max())


def test_a_patch_is_what_the_unit_sees() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 3, stride=2), nn.Conv2d(2, 4, 3), nn.AdaptiveAvgPool2d(1))
    image = torch.randn(3, 20, 20, generator=torch.Generator().manual_seed(3))
    peak = maximal(model, [image[None]], "1", [2], count=1)[2][0]
    # Cell y sees rows 2y … 2y + 6 of the picture.
    x, y = 2 * peak.column, 2 * peak.row
    assert patch(model, image, "1", peak) == (x, y, x + 7, y + 7)


def test_regions_of_high_activation() -> None:
    cell = torch.tensor([[0.0, 0.0], [0.0, 4.0]])
    mask = high_activation(cell, 2.0, (4, 4))
    assert mask.tolist() == [[False] * 4, [False] * 4, [False, False, True, True], [False, False, True, True]]
    model = nn.Sequential(nn.Identity())
    value = torch.arange(1000.0).view(1, 1, 10, 100)
    assert float(thresholds(model, [value], "0", fraction=0.01)) == pytest.approx(989, abs=1.1)


def test_neighbours_equal_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    known, query = (rng.normal(size=(n, 6)).astype(np.float32) for n in (40, 5))
    places, cosines = nearest(query, known, 4)
    distances, wanted = NearestNeighbors(n_neighbors=4, metric="cosine").fit(known).kneighbors(query)
    assert places.tolist() == wanted.tolist()
    np.testing.assert_allclose(cosines, 1 - distances, atol=1e-6)
    assert nearest(known[3:4], known, 1)[0].tolist() == [[3]]


def test_features_are_means_over_the_grid_and_tsne_keeps_clusters_apart() -> None:
    model, image = network("mobilenet_v2"), pictures()
    found = features(model, [image[:1], image[1:]], "features.18")
    seen = activations(model, image, "features.18").mean((-2, -1))
    np.testing.assert_allclose(found, seen.numpy(), atol=1e-4)
    rng = np.random.default_rng(0)
    two = np.concatenate([rng.normal(size=(20, 5)), rng.normal(size=(20, 5)) + 20]).astype(np.float32)
    placed = tsne(two, perplexity=8)
    assert placed.shape == (40, 2)
    neighbours = NearestNeighbors(n_neighbors=2).fit(placed).kneighbors(placed)[1][:, 1]
    assert ((neighbours < 20) == (np.arange(40) < 20)).all()
    with pytest.raises(UserError, match="needs more than 40 pictures"):
        tsne(two, perplexity=40)


@pytest.mark.parametrize("name", LAYERS)
def test_the_table_runs_every_method_or_says_why_not(name: str) -> None:
    model, layer = network(name), GAP.get(name, LAYERS[name][1])
    image, targets = pictures()[:1], torch.tensor([[3], [1]])
    methods = [method for method in table.METHODS if method not in ("score_cam", "smooth_grad", "occlusion")]
    found, refused, seen = table.explain(model, image, [layer], targets, methods, seed=1)
    assert {method for method, _ in {*found, *refused}} == set(methods)
    grid = seen.activations[layer].shape[-2:]
    for (method, place), raw in found.items():
        assert raw.maps.shape[:2] == raw.log_scale.shape == (2, 1)
        assert raw.maps.isfinite().all()
        if place == layer and method != "guided_grad_cam":
            assert raw.maps.shape[2:] == grid
    expected = {"cam"} if name == "vgg16" else set()
    if name in ("efficientnet_b0", "densenet121"):
        expected |= {"grad_cam_pp", "smooth_grad_cam_pp"}
    if name == "efficientnet_b0":
        expected |= {"guided_backpropagation", "deconvnet", "guided_grad_cam"}
    assert {method for method, _ in refused} == expected


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UserError, match="'grad_kam' is unknown: use one of cam, grad_cam"):
        table.find("grad_kam")
    with pytest.raises(UndefinedMethodError):
        smooth_grad_cam_pp(network("efficientnet_b0"), pictures(), ["features.8"], TARGETS, noises(1))
