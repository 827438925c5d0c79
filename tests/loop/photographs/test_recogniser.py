"""The recogniser: one matrix that says what scikit-learn says, and confusions of what it has not seen."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from generator.errors import UserError
from loop.photographs.counts import Observed
from loop.photographs.recogniser import FitOptions, Head, Moments, Recogniser, fit
from loop.photographs.training import LabelledPhotographs, Renders, train

OPTIONS = FitOptions(components=4)
ABC = ("a", "b", "c")


def blobs(each: int, seed: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, 6) of three values whose centres lie apart, and the values."""
    rng = np.random.default_rng(seed)
    index = np.repeat([0, 1, 2], each)
    centres = 2 * np.eye(6)[:3]
    return (centres[index] + rng.normal(0, 0.7, (3 * each, 6)) + shift * np.eye(6)[0]).astype(
        np.float16
    ), index


def renders(each: int = 40) -> Renders:
    values, index = blobs(each, 0)
    return Renders(values, [Observed("view", ABC, index)], np.arange(3 * each) % 20)


def test_moments_are_those_of_numpy() -> None:
    values, _ = blobs(50, 0)
    found = Moments.of(values)
    assert found.mean == pytest.approx(values.astype(float).mean(0), abs=1e-4)
    assert found.deviation == pytest.approx(values.astype(float).std(0), abs=1e-4)


@pytest.mark.parametrize("used", [ABC, ABC[:2]])
def test_one_matrix_says_what_components_and_regression_say(used: tuple[str, ...]) -> None:
    values, index = blobs(60, 0)
    kept = index < len(used)
    standard = Moments.of(values[kept]).standardised(values[kept])
    head = fit(standard, [Observed("view", ABC, index[kept])], np.ones(kept.sum()), OPTIONS)["view"]
    components = PCA(4, svd_solver="randomized", random_state=0).fit_transform(standard)
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=500)
    expected = model.fit(components / components[:, 0].std(), index[kept])
    found = head.probabilities(standard)
    said = expected.predict_proba(components / components[:, 0].std())
    assert found[:, : len(used)] == pytest.approx(said, abs=1e-4)
    assert found.sum(1) == pytest.approx(1)
    assert (found[:, len(used) :] == 0).all()


def test_confusions_are_of_vehicles_that_were_held_out() -> None:
    """A feature that names the vehicle teaches nothing of others: noise is recognised as by guessing."""
    rng = np.random.default_rng(0)
    vehicle = np.repeat(np.arange(40), 6)
    index = rng.integers(0, 3, 40)[vehicle]
    values = (3 * np.eye(40)[vehicle] + rng.normal(0, 0.1, (240, 40))).astype(np.float16)
    known = Renders(values, [Observed("view", ABC, index)], vehicle)
    head = train(known, None, FitOptions(components=40)).heads["view"]
    assert head.probabilities(Moments.of(values).standardised(values)).argmax(1) == pytest.approx(index)
    assert head.renders.sum() == 240
    assert head.accuracy < 0.5


def test_training_on_renders_alone() -> None:
    recogniser = train(renders(), None, OPTIONS)
    values, index = blobs(200, 5)
    found = recogniser.probabilities(values)["view"]
    right = float((found.argmax(1) == index).mean())
    assert right > 0.85
    assert recogniser.heads["view"].accuracy == pytest.approx(right, abs=0.06)
    assert not recogniser.heads["view"].photographs.any()


def test_alignment_takes_away_what_all_photographs_share() -> None:
    recogniser = train(renders(), None, OPTIONS)
    values, index = blobs(100, 5, shift=4.0)
    aligned = recogniser.probabilities(values, Moments.of(values))["view"].argmax(1)
    assert (recogniser.probabilities(values)["view"].argmax(1) == index).mean() < 0.8
    assert (aligned == index).mean() > 0.85


def test_labelled_photographs_show_their_own_confusions() -> None:
    values, index = blobs(20, 7, shift=4.0)
    for purpose, least, most in (("calibration", 0.0, 0.8), ("training", 0.8, 1.0)):
        labelled = LabelledPhotographs(values, [Observed("view", ABC, index)], None, purpose)  # type: ignore[arg-type]
        head = train(renders(), labelled, OPTIONS).heads["view"]
        right = float(np.trace(head.photographs) / head.photographs.sum())
        assert head.photographs.sum() == 60
        assert least <= right <= most


def test_unlabelled_photographs_teach_and_show_nothing() -> None:
    values, _ = blobs(20, 7)
    labelled = LabelledPhotographs(values, [Observed("view", ABC, np.full(60, -1))], None, "training")
    head = train(renders(), labelled, OPTIONS).heads["view"]
    alone = train(renders(), None, OPTIONS).heads["view"]
    assert not head.photographs.any()
    assert head.accuracy == pytest.approx(alone.accuracy, abs=0.05)


def test_confusions_of_photographs_are_joined_with_those_of_renders() -> None:
    none = np.zeros((2, 2))
    head = Head(("a", "b"), none, none[0], np.array([[9.0, 0.0], [1.0, 8.0]]), none)  # type: ignore[arg-type]
    assert head.confusion(4) == pytest.approx(np.array([[9.5, 0.5], [1.5, 8.5]]))
    labelled = Head(("a", "b"), none, none[0], head.renders, np.array([[3.0, 2.0], [0.0, 0.0]]))  # type: ignore[arg-type]
    assert labelled.confusion(4) == pytest.approx(np.array([[3 + 3.8, 2 + 0.2], [0.6, 3.4]]))
    truths = labelled.truths(4)
    assert truths.sum(1) == pytest.approx([3 + 4, 2 + 4])
    a, b = 5.5 * 0.95, 0.5 * 0.15  # how often each is recognised as the first, by Bayes
    assert truths[0] == pytest.approx([3 + 4 * a / (a + b), 4 * b / (a + b)])


def test_it_is_saved_and_loaded_as_it_is(tmp_path: Path) -> None:
    made = train(renders(), None, OPTIONS)
    made.save(tmp_path / "a.safetensors")
    made.save(tmp_path / "b.safetensors")
    again = Recogniser.load(tmp_path / "a.safetensors")
    values, _ = blobs(10, 3)
    assert (again.probabilities(values)["view"] == made.probabilities(values)["view"]).all()
    assert (again.heads["view"].renders == made.heads["view"].renders).all()
    assert again.heads["view"].values == ABC
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="is not a recogniser that can be read"):
        Recogniser.load(tmp_path / "a.safetensors")


def test_a_single_vehicle_cannot_be_held_out() -> None:
    values, index = blobs(5, 0)
    with pytest.raises(UserError, match="show a single vehicle"):
        train(Renders(values, [Observed("view", ABC, index)], np.zeros(15, np.int64)), None, OPTIONS)
