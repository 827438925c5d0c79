"""The last layer on features of two domains: against closed forms, scikit-learn and a planted change."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from loop.training.last_layer import LEAST_STD, Moments, Samples, Space, Transfer, fit

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(200, 12)).astype(np.float32) * np.arange(1, 13, dtype=np.float32) + 3
LABELS = (FEATURES[:, 11] > 3).astype(np.int64) + (FEATURES[:, 10] > 3)


def test_a_layer_in_components_is_the_same_layer_on_features() -> None:
    space = Space(FEATURES, components=8)
    weight, bias = fit([(Samples(space.photographs(FEATURES), LABELS), 1.0)], 3, 0.1)
    outside_weight, outside_bias = space.unfold(weight, bias)
    inside = space.photographs(FEATURES) @ weight.T + bias
    np.testing.assert_allclose(FEATURES @ outside_weight.T + outside_bias, inside, atol=1e-3)


def test_components_have_the_stated_unit() -> None:
    components = Space(FEATURES, components=5).photographs(FEATURES)
    assert components.shape == (200, 5)
    assert components[:, 0].std() == pytest.approx(3.0, rel=1e-4)
    assert (np.diff(components.std(0)) <= 1e-5).all()


def test_aligned_renders_have_the_moments_of_photographs() -> None:
    """Renders that are photographs in another scale and place come out as the photographs."""
    space = Space(FEATURES, components=12)
    renders = FEATURES * 0.5 + 7
    anchor = Moments(renders.mean(0), (FEATURES.std(0) + LEAST_STD) * 0.5)
    found = space.renders(renders, anchor)
    np.testing.assert_allclose(found, space.photographs(FEATURES), atol=1e-3)
    assert np.abs(space.renders(renders, None) - found).max() > 1


def test_a_planted_change_is_learned_and_applied_to_others() -> None:
    true = RNG.normal(size=(6, 6)) * 0.3
    before, others = RNG.normal(size=(2, 400, 6)).astype(np.float32)
    change = np.float32([1, -2, 0, 0, 3, 0])
    after = (before + change + before @ true).astype(np.float32)
    moved = Transfer(before, after, ridge=1e-6)(others)
    np.testing.assert_allclose(moved, others + change + others @ true, atol=1e-3)


def test_a_strong_ridge_leaves_the_mean_change() -> None:
    before = RNG.normal(size=(50, 4)).astype(np.float32)
    after = before * 2 + 1
    found = Transfer(before, after, ridge=1e9)(before)
    np.testing.assert_allclose(found - before, np.tile((after - before).mean(0), (50, 1)), atol=1e-4)


def test_weights_of_samples_are_those_of_scikit_learn() -> None:
    first, second = Samples(FEATURES[:120], LABELS[:120]), Samples(FEATURES[120:], LABELS[120:])
    weight, bias = fit([(first, 1.0), (second, 0.25)], 3, 0.01)
    weights = np.repeat([1.0, 0.25], [120, 80])
    model = LogisticRegression(C=0.01, max_iter=500).fit(FEATURES, LABELS, sample_weight=weights)
    np.testing.assert_allclose(weight, model.coef_, atol=1e-4)
    np.testing.assert_allclose(bias, model.intercept_, atol=1e-4)


def test_a_class_without_samples_is_never_predicted() -> None:
    two = LABELS > 0
    weight, bias = fit([(Samples(FEATURES, two * 2), 1.0)], 4, 0.1)
    logits = FEATURES @ weight.T + bias
    model = LogisticRegression(C=0.1, max_iter=500).fit(FEATURES, two)
    assert (logits.argmax(1) == model.predict(FEATURES) * 2).all()
    np.testing.assert_allclose(logits[:, 2] - logits[:, 0], model.decision_function(FEATURES), atol=1e-4)
