"""A network's file: what it keeps, and what is refused."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from analysis.zoo import entry
from generator.errors import UserError
from loop.training.classifier import Classifier, NetworkCard, channel_statistics, fresh_card
from loop.training.weights import load_classifier, load_given, save_classifier

CARD = NetworkCard("resnet18", ("a", "b", "c"), 32, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
IMAGES = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def classifier() -> Classifier:
    return Classifier(CARD, seed=3).eval()


def test_saved_and_loaded_it_gives_the_same_outputs(classifier: Classifier, tmp_path: Path) -> None:
    save_classifier(classifier, tmp_path / "model.safetensors")
    loaded = load_classifier(tmp_path / "model.safetensors", CARD).eval()
    assert torch.equal(loaded(IMAGES), classifier(IMAGES))
    assert loaded.card == CARD


def test_normalisation_of_the_file_wins(classifier: Classifier, tmp_path: Path) -> None:
    save_classifier(classifier, tmp_path / "model.safetensors")
    other = NetworkCard("resnet18", ("a", "b", "c"), 32, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert load_classifier(tmp_path / "model.safetensors", other).card.mean == CARD.mean


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_bare_weights_of_a_user(classifier: Classifier, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mine{suffix}"
    state = classifier.network.state_dict()
    if suffix == ".pt":
        torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}}, path)
    else:
        save_file(state, path)
    assert torch.equal(load_classifier(path, CARD).eval()(IMAGES), classifier(IMAGES))


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (NetworkCard("resnet18", ("a", "b"), 32, CARD.mean, CARD.std), "classes"),
        (
            NetworkCard("vgg16_bn", CARD.classes, 32, CARD.mean, CARD.std),
            "network 'resnet18', the run wants 'vgg16_bn'",
        ),
        (NetworkCard("resnet18", CARD.classes, 64, CARD.mean, CARD.std), "image_size 32, the run wants 64"),
    ],
)
def test_weights_of_something_else(
    classifier: Classifier, tmp_path: Path, card: NetworkCard, said: str
) -> None:
    save_classifier(classifier, tmp_path / "model.safetensors")
    with pytest.raises(UserError, match=said):
        load_classifier(tmp_path / "model.safetensors", card)


def test_bare_weights_that_do_not_fit(classifier: Classifier, tmp_path: Path) -> None:
    save_file(classifier.network.state_dict(), tmp_path / "bare.safetensors")
    with pytest.raises(UserError, match="does not fit the network"):
        load_classifier(
            tmp_path / "bare.safetensors", NetworkCard("resnet18", ("a",), 32, CARD.mean, CARD.std)
        )


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("run by a pickle",))


def test_pickles_that_run_code_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"weight": Evil()}, tmp_path / "evil.pt")
    with pytest.raises(UserError, match=r"loaded safely \(it holds print, which is code\); give") as told:
        load_classifier(tmp_path / "evil.pt", CARD)
    assert "weights_only" not in str(told.value)
    assert "run by a pickle" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["none.safetensors", "broken.safetensors", "broken.pt"])
def test_files_that_are_no_weights(tmp_path: Path, name: str) -> None:
    if name.startswith("broken"):
        (tmp_path / name).write_bytes(b"not weights at all")
    with pytest.raises(UserError, match=name.replace(".", r"\.")):
        load_classifier(tmp_path / name, CARD)


@pytest.mark.parametrize(
    "content", [b"", b"hello world\n", b"not weights", b"\xff\xd8\xff\xe0\0\x10JFIF", b"PK"]
)
def test_other_files_are_named_without_advice_to_trust_them(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.pt").write_bytes(content)
    with pytest.raises(UserError, match=r"other\.pt is neither a safetensors file nor a state dict") as told:
        load_classifier(tmp_path / "other.pt", CARD)
    assert "weights_only" not in str(told.value)


def test_a_state_dict_of_numbers_is_none(tmp_path: Path) -> None:
    torch.save({1: torch.zeros(2)}, tmp_path / "k.pt")
    with pytest.raises(UserError, match=r"k\.pt holds no state dict of names and tensors"):
        load_classifier(tmp_path / "k.pt", CARD)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"image_size": "32"},
            r"card\.image_size: Input should be a valid integer \(found '32'\); give a model",
        ),
        ({"image_size": 16}, r"card\.image_size: Input should be greater than or equal to 32 \(found 16\)"),
        ({"mean": [0.5]}, r"card\.mean: .* at least 3 items .*\(found \[0\.5\]\)"),
        ({"mean": [0.5, 0.5, float("nan")]}, r"card\.mean\.2: Input should be a finite number"),
        ({"std": [0.5, 0, 0.5]}, r"card\.std\.1: Input should be greater than 0 \(found 0\)"),
        ({"classes": []}, r"card\.classes: .* at least 1 item"),
        ({"classes": "abc"}, r"card\.classes: Input should be a valid array"),
        ({"network": "resnet"}, r"card\.network: network 'resnet' is unknown: use one of"),
        ({"network": None}, r"card\.network: Input should be a valid string \(found None\)"),
    ],
)
def test_a_card_that_does_not_hold_what_it_should(
    classifier: Classifier, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    card = {"card": json.dumps({**CARD.plain(), **change})}
    save_file(classifier.network.state_dict(), tmp_path / "m.safetensors", card)
    with pytest.raises(UserError, match=rf"m\.safetensors: {said}"):
        load_classifier(tmp_path / "m.safetensors")


@pytest.mark.parametrize("text", ["{", "[]", "{}", "[" * 100_000])
def test_a_card_that_is_none(classifier: Classifier, tmp_path: Path, text: str) -> None:
    save_file(classifier.network.state_dict(), tmp_path / "m.safetensors", {"card": text})
    with pytest.raises(UserError, match=r"m\.safetensors: card.*; give a model\.safetensors that a run"):
        load_classifier(tmp_path / "m.safetensors")


def test_channel_statistics_by_hand() -> None:
    images = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(2, 3, 1, 1)
    assert channel_statistics(images) == ((0.5,) * 3, (0.5,) * 3)


def test_the_normalisation_is_that_of_the_pictures_or_of_the_library() -> None:
    asked = []

    def sample(number: int) -> torch.Tensor:
        asked.append(number)
        return IMAGES

    mean, std = channel_statistics(IMAGES)
    fresh = fresh_card("resnet18", ("a", "b"), 32, sample, pretrained=False)
    assert fresh == NetworkCard("resnet18", ("a", "b"), 32, mean, std)
    known = fresh_card("resnet18", ("a", "b"), 32, sample, pretrained=True)
    assert (known.mean, known.std) == entry("resnet18").normalisation
    assert len(asked) == 1


def test_weights_of_the_same_classes_keep_their_last_layer(classifier: Classifier, tmp_path: Path) -> None:
    save_classifier(classifier, tmp_path / "model.safetensors")
    given = load_given(tmp_path / "model.safetensors", CARD, seed=5)
    assert given.trained
    assert torch.equal(given.classifier.eval()(IMAGES), classifier(IMAGES))


@pytest.mark.parametrize("said_by", ["the file", "the configuration"])
def test_weights_of_other_classes_get_a_fresh_last_layer(
    classifier: Classifier, tmp_path: Path, said_by: str
) -> None:
    if said_by == "the file":
        save_classifier(classifier, tmp_path / "model.safetensors")
    else:
        save_file(classifier.network.state_dict(), tmp_path / "model.safetensors")
    wanted = NetworkCard("resnet18", ("x", "y"), 32, (0.1,) * 3, (0.2,) * 3)
    of_file = None if said_by == "the file" else CARD.classes
    given = load_given(tmp_path / "model.safetensors", wanted, seed=5, classes=of_file)
    assert not given.trained
    assert given.classifier.card.classes == ("x", "y")
    # A card in the file gives the normalisation that its weights need.
    assert given.classifier.card.mean == (CARD.mean if said_by == "the file" else wanted.mean)
    state, fresh = given.classifier.network.state_dict(), Classifier(wanted, seed=5).network.state_dict()
    for name, value in classifier.network.state_dict().items():
        assert torch.equal(state[name], fresh[name] if name.startswith("fc.") else value)
