"""Pictures without the vehicle, its parts or its shadow, and the scores that they give."""

from pathlib import Path

import numpy as np
import pytest
import torch

from generator.dataset.dataset import read_set
from generator.dataset.pixels import read_image, read_mask
from generator.errors import UserError
from generator.farm.render import render_set
from generator.farm.settings import FarmSettings
from generator.naming import spec_name
from generator.planning.grid import SetPlan
from generator.planning.plan import plan_set
from generator.planning.scenes import RenderSettings, SceneRanges
from generator.spec import RenderSpec
from loop.evaluation.ablation import ablate, bare, shared
from loop.training.classifier import Classifier, NetworkCard

FARM = FarmSettings(workers=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[RenderSpec]]:
    folder = tmp_path_factory.mktemp("ablation")
    plan = SetPlan(count=2, shapes=["sedan"], colors=["r", "b"], angles=[20], views=["left"], variants=1)
    scene = SceneRanges(environment=["parking"], instances=1)
    specs = plan_set(plan, scene, RenderSettings(size=64, samples=8), seed=0, block=1)
    # Two pictures of one scene that differ in paint alone.
    specs = [specs[0], specs[0].model_copy(update={"color": "b" if specs[0].color == "r" else "r"})]
    render_set(folder / "whole", specs, FARM)
    return folder, specs


def test_what_is_left_out_is_gone_and_scores_follow(made: tuple[Path, list[RenderSpec]]) -> None:
    folder, specs = made
    table = read_set(folder / "whole")
    order = {str(name): i for i, name in enumerate(table["name"])}
    classifier = Classifier(NetworkCard("resnet18", ("a", "b"), 64, (0.5,) * 3, (0.25,) * 3), seed=0).eval()
    images = [Path(table["image"].iloc[order[spec_name(spec)]]) for spec in specs]
    found = ablate(classifier, specs, images, [0, 1], folder / "less", FARM, parts=("wheel", "shadow"))

    # One empty scene for both; nothing of the vehicle is in it.
    empties = list((folder / "less/vehicle/images").glob("*.png"))
    assert len(empties) == 1
    assert not read_mask(folder / "less/vehicle/masks" / empties[0].name).any()
    empty = read_image(empties[0], 64).astype(float)
    name = spec_name(specs[0])
    mask = read_mask(folder / "whole/masks" / f"{name}.png")
    whole = read_image(images[0], 64).astype(float)
    change = np.abs(whole - empty).mean(2)
    assert change[mask].mean() > 25
    assert change[mask].mean() > 2 * change[:8].mean()  # far from the vehicle only noise differs

    parts = read_image(folder / "whole/parts" / f"{name}.png", 64)[..., 0]
    no_wheels = read_image(folder / "less/wheel/images" / f"{name}.png", 64).astype(float)
    at_wheels = np.abs(whole - no_wheels).mean(2)
    assert at_wheels[parts == 3].mean() > 4 * at_wheels[parts == 1].mean()

    lit = read_image(folder / "less/shadow/images" / f"{name}.png", 64).astype(float)
    under = np.zeros_like(mask)
    under[1:] = mask[:-1] & ~mask[1:]
    assert (lit - whole).mean(2)[under].mean() > 5

    with torch.inference_mode():
        pictures = [np.stack([read_image(path, 64)]) for path in (images[0], empties[0])]
        logits = [classifier(torch.from_numpy(p).permute(0, 3, 1, 2))[0].double() for p in pictures]
    assert found["residual"][0] == pytest.approx(float(logits[1].softmax(0)[0]), abs=1e-5)
    centred = [float(x[0] - x.mean()) for x in logits]
    assert found["drop"][0] == pytest.approx(centred[0] - centred[1], abs=1e-4)
    assert list(found["without"]) == [empties[0].stem] * 2
    assert set(found) == {"name", "without", "residual", "drop", "part_drop_wheel", "part_drop_shadow"}
    assert bare(specs[0]) == bare(specs[1])


def test_scenes_whose_names_differ_in_paint_alone_are_kept_apart(
    made: tuple[Path, list[RenderSpec]], tmp_path: Path
) -> None:
    """A vehicle may stand in one place in red and in another in blue: its empty scenes are two."""
    folder, (one, same) = made
    other = same.model_copy(update={"environment_seed": one.environment_seed + 1, "sun_azimuth": -90.0})
    assert shared([one, same]) == [one, one]
    assert shared([one, other]) == [one, other]
    classifier = Classifier(NetworkCard("resnet18", ("a", "b"), 64, (0.5,) * 3, (0.25,) * 3), seed=0)
    images = [folder / "whole/images" / f"{spec_name(spec)}.png" for spec in (one, same)]
    found = ablate(classifier, [one, other], images, [0, 0], tmp_path, FARM, parts=())
    assert list(found["without"]) == [spec_name(one), spec_name(other)]
    places = [read_image(tmp_path / "vehicle/images" / f"{name}.png", 64) for name in found["without"]]
    assert np.abs(places[0].astype(float) - places[1]).mean() > 2
    assert found["residual"][0] != found["residual"][1]


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    classifier = Classifier(NetworkCard("resnet18", ("a", "b"), 64, (0.5,) * 3, (0.25,) * 3), seed=0)
    with pytest.raises(UserError, match="'door' is not a part; use shadow or one of body, glass"):
        ablate(classifier, [], [], [], tmp_path, FARM, parts=("door",))
