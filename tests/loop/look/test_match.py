"""Photographs made from renders by a known camera: its values are found again."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from generator.errors import UserError
from loop.config.look import CameraSettings, FramingSettings, LookSettings
from loop.look import fit as fitting
from loop.look.camera import as_bytes, as_floats, drawn, graded, photographed
from loop.look.fit import Fit
from loop.look.framing import framed
from loop.look.match import match
from loop.look.statistics import measured
from tests.helpers.looks import rendered, write_renders

KNOWN = CameraSettings(
    gain=(0.7, 0.8, 0.9),
    offset=(0.1, 0.05, 0.0),
    saturation=0.7,
    downsampling=(1.5, 1.5),
    sharpening=(0.8, 0.8),
    noise=(0.02, 0.02),
)


def photograph(number: int, camera: CameraSettings) -> np.ndarray:  # type: ignore[type-arg]
    """What a camera makes of a vehicle in its box."""
    rng = np.random.default_rng([3, number])
    picture, _ = framed(*rendered(number, 96), 0.05, "box")
    values = drawn(camera, rng)
    return as_bytes(photographed(graded(as_floats(picture), values), values, rng))


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty photographs as JPEG of quality 93, by `KNOWN`; half of them a folder deeper."""
    folder = tmp_path_factory.mktemp("photographs")
    (folder / "more").mkdir()
    for i in range(40):
        path = folder / ("more" if i % 2 else ".") / f"{i}.jpg"
        cv2.imwrite(str(path), photograph(100 + i, KNOWN)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    return folder


def test_a_known_camera_is_found_again() -> None:
    """Gains and saturation within 0.08, offsets within 0.05, noise within 0.01, downsampling within 0.3 and
    sharpening, which makes up for it, within 0.4; amplitudes within a tenth."""
    size = 64
    renders = [rendered(i, size) for i in range(32)]
    taken = []
    for i, (picture, _) in enumerate(renders):
        rng = np.random.default_rng([9, i])
        values = drawn(KNOWN, rng)
        taken.append(as_bytes(photographed(graded(as_floats(picture), values), values, rng)))
    seen = measured(taken, [1.0] * len(taken))
    fit = Fit(renders, seen, size)
    assert fit.framing() is None
    found = fit.camera(CameraSettings())
    assert found.gain == pytest.approx(KNOWN.gain, abs=0.08)
    assert found.offset == pytest.approx(KNOWN.offset, abs=0.05)
    assert found.saturation == pytest.approx(KNOWN.saturation, abs=0.08)
    assert np.mean(found.noise) == pytest.approx(0.02, abs=0.01)
    assert np.mean(found.downsampling) == pytest.approx(1.5, abs=0.3)
    assert np.mean(found.sharpening) == pytest.approx(0.8, abs=0.4)
    assert np.abs(fit.measured(found).spectrum - seen.spectrum).mean() < 0.1


def test_the_distance_is_less_afterwards_and_the_file_can_be_used(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "GRID", ((1.0, 1.5), (0.0, 0.8), (0.0, 0.02)))
    monkeypatch.setattr(fitting, "EVALUATIONS", 8)
    write_renders(tmp_path / "renders", 40, 96)
    found = match(photographs, tmp_path / "renders", 64)
    assert (found.photographs, found.renders) == (40, 40)
    assert found.look.framing == FramingSettings(aspect="box")
    assert found.look.camera is not None
    assert found.look.camera.jpeg == (93, 93)
    for name in ("spectrum", "noise", "framing"):
        assert found.after[name] < 0.7 * found.before[name], name
    # Much of these is that of the vehicles, which are others.
    assert found.after["colour"] < found.before["colour"]
    assert found.after["contrast"] < found.before["contrast"]
    content = yaml.safe_load(found.text())
    assert LookSettings.model_validate(content) == found.look
    assert f"# spectrum   {found.before['spectrum']:>7.2f} {found.after['spectrum']:>7.2f}" in found.text()
    assert "# backgrounds:" in found.text()


@pytest.mark.parametrize(
    ("aspects", "expected"),
    [
        ([1.0] * 30, None),
        ([1.5, 1.52, 1.48] * 10, FramingSettings(aspect=(1.48, 1.52))),
    ],
)
def test_the_framing_is_the_simplest_that_is_close(
    aspects: list[float], expected: FramingSettings | None
) -> None:
    pictures = [rendered(i, 32)[0] for i in range(30)]
    mask = np.zeros((32, 32), bool)
    mask[10:20, 3:29] = True  # 2.6 times wider than high
    fit = Fit([(one, mask) for one in pictures], measured(pictures, aspects), 32)
    assert fit.framing() == expected


def test_files_much_larger_than_the_input_show_neither_size_nor_quality(tmp_path: Path) -> None:
    from loop.look.match import _Photographs

    files = []
    for i in range(3):
        files.append(tmp_path / f"{i}.jpg")
        large = cv2.resize(rendered(i)[0], (400, 300))
        cv2.imwrite(str(files[-1]), large, [cv2.IMWRITE_JPEG_QUALITY, 40])
    seen = _Photographs.read(files, 64)
    assert (seen.file(64).size, seen.file(64).jpeg) == ((128, 128), None)
    assert (seen.file(256).size, seen.file(256).jpeg) == ((400, 400), (40, 40))


def test_what_cannot_be_measured_is_refused(photographs: Path, tmp_path: Path) -> None:
    few, empty = tmp_path / "few", tmp_path / "empty"
    for folder in (few, empty):
        folder.mkdir()
    for i in range(19):
        cv2.imwrite(str(few / f"{i}.png"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(UserError, match=r"empty: holds 0 pictures .* at least 20 are needed"):
        match(empty, few, 64)
    with pytest.raises(UserError, match="few: holds 19 pictures"):
        match(few, few, 64)
    with pytest.raises(UserError, match="nowhere: is not a folder; give a set of `renforce render`"):
        match(photographs, tmp_path / "nowhere", 64)
    with pytest.raises(UserError, match="holds no picture"):
        match(photographs, photographs, 64)
    write_renders(tmp_path / "renders", 19, 32)
    with pytest.raises(UserError, match=r"renders: holds 19 pictures with masks; .* render more"):
        match(photographs, tmp_path / "renders", 64)
