"""What a user may get wrong in YAML, and the one line that says so."""

from pathlib import Path
from time import perf_counter

import pytest

from generator.errors import UserError
from generator.files import read_yaml
from loop.config.comparison import CompareConfig
from loop.config.holes import HolesConfig
from loop.config.load import load
from loop.config.run import LoopConfig, RenderConfig
from loop.config.slice_benchmark import SliceBenchmarkConfig
from loop.config.study import StudyConfig

CONFIGS = Path(__file__).parents[3] / "configs"
DEMO = CONFIGS / "demo.yaml"


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_ready_made_configurations_load_and_state_their_purpose(path: Path) -> None:
    if "\nholes:" in path.read_text():
        load(HolesConfig, path)
    elif "\npictures:" in path.read_text():
        load(RenderConfig, path)
    elif "\nnetworks:" in path.read_text():
        load(CompareConfig, path, ["data.root=photos"])
    elif "\narms:" in path.read_text():
        load(StudyConfig, path, ["run.data.root=photos"])
    elif "\nsettings:" in path.read_text():
        load(SliceBenchmarkConfig, path)
    else:
        load(LoopConfig, path, ["data.root=photos"])
    assert path.read_text().startswith("# ")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.epoch=3", "train.epoch: no such key; known here: attention_loss, augment, batch_size"),
        ("farm.without=[vehicle]", "farm.without: leaves it out of every picture"),
        ("network.mean=[0.5, 0.5, 0.5]", "mean and std go together"),
        ("network={mean: [0, 0, 0], std: [1, 1, 1]}", "mean and std are those of weights of your own"),
        ("network={weights: a.pt, mean: [0, 0], std: [1, 1]}", "network.mean: Tuple should have at least 3"),
        ("trian={}", "trian: no such key; known here: attribution, classes"),
        ("train.epochs=many", "train.epochs: Input should be a valid integer"),
        ("train.epochs=0", "train.epochs: Input should be greater than or equal to 1 (found 0)"),
        ("probe.render.shapes=[tank]", "'tank' is not a shape: one of sedan"),
        ("holdout.colors=[yellow]", "'yellow' is not a color: one of r, w, y"),
        ("data.rendered.holes=[{where: {color: y, side: b}}]", "'side' is not an attribute"),
        ("data.source=folder", "source 'folder' needs `data.root`"),
        ("probe.folder=photos", "give either `render` or `folder`"),
        ("classes.sedan=[sedan, van]", "'van' stands under two classes"),
        ("holdout.shapes=[boxtruck]", "no class for shape 'boxtruck', which holdout.shapes has"),
        ("seed=-1", "seed: Input should be greater than or equal to 0 (found -1)"),
        ("holdout=null", "holdout: "),
        ("scene.environment=[moon]", "scene.environment: 'moon' is not an environment: one of"),
        ("scene.fill={uniform: [0.9, 0.5]}", "scene.fill: a range goes from low to high; write it as {uni"),
        ("scene.fill={uniform: [0.5, 1.5]}", "scene.fill: Input should be less than or equal to 1 (found"),
        ("scene.fill={unifrom: [0.5, 1]}", "scene.fill: is not a distribution; write one as {uniform: [low"),
        ("scene.haze={normal: [0.2, 0.1]}", "scene.haze: Field required; write it as {normal: [mean, sd]"),
        ("scene.haze=yes", "scene.haze: is not a value, list or distribution; write one as"),
        ("scene.haze=[]", "scene.haze: the list is empty"),
        ("scene.finish={choice: {gloss: 1, wet: 1}}", "'wet' is not a finish"),
        ("scene.distractors=1.5", "scene.distractors: Input should be a valid integer"),
        ("scene.azimuth_jitter=30", "scene.azimuth_jitter: a jitter lies within 22.5 degrees both ways"),
        ("scene.occlusion=0.4", "occlusion is given without occluder; give both or neither"),
        ("holdout.angles={uniform: [0, 60]}", "holdout: angles: a grid walks lists of values"),
        ("holdout.angles=[5, 90]", "holdout.angles: Input should be less than or equal to 89"),
        ("holdout.count=null", "holdout: give either `count` or `slices`"),
        ("holdout.holes=[{where: {environment: city}}]", "list the set's in `environments`"),
        ("train.augment={flop: 1}", "train.augment.flop: no such key; known here: auto, crop, cutmix"),
        ("train.augment={flip: 7}", "train.augment.flip: Input should be less than or equal to 1 (found 7)"),
        ("train.precision=float16", "train.precision: Input should be 'auto', or '32-true', 'bf16-mixed'"),
        (
            "attribution.layers=lst",
            "attribution.layers: Input should be 'stages' or 'last', or a valid tuple (found 'lst')",
        ),
        ("network.weights=mine.pt", "train.retrain: 'scratch' would compare the network of network.weights"),
        ("render.size=8", "render.size: Input should be greater than or equal to 16"),
    ],
)
def test_a_mistake_is_one_line_with_place_and_remedy(override: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        load(LoopConfig, DEMO, [override])
    message = str(error.value)
    assert said in message
    assert message.startswith(str(DEMO))
    assert "\n" not in message


def test_shapes_of_ones_own_are_known_by_their_cards(tmp_path: Path) -> None:
    card = tmp_path / "lorry.yaml"
    card.write_text("{shape: lorry, file: lorry.obj, length: 8}")
    overrides = [f"farm.assets=[{card}]", "pictures.shapes=[sedan, lorry]"]
    assert load(RenderConfig, CONFIGS / "render.yaml", overrides).pictures.shape_words() == ("sedan", "lorry")
    with pytest.raises(UserError, match=r"'lory' is not a shape: one of sedan, .*, lorry; name the card"):
        load(RenderConfig, CONFIGS / "render.yaml", [*overrides, "pictures.shapes=[lory]"])
    with pytest.raises(UserError, match=r"none\.yaml: no such asset card"):
        load(RenderConfig, CONFIGS / "render.yaml", ["farm.assets=[none.yaml]"])


def test_a_card_may_say_its_class(tmp_path: Path) -> None:
    card = tmp_path / "lorry.yaml"
    overrides = [f"farm.assets=[{card}]", "holdout.shapes=[sedan, lorry]"]
    card.write_text("{shape: lorry, file: lorry.obj, length: 8, class: van}")
    config = load(LoopConfig, DEMO, overrides)
    assert config.class_of("lorry") == "van"
    assert load(LoopConfig, DEMO, [*overrides, "classes.bus=[bus, lorry]"]).class_of("lorry") == "bus"
    card.write_text("{shape: lorry, file: lorry.obj, length: 8, class: truck}")
    with pytest.raises(UserError, match="no class for shape 'lorry'"):
        load(LoopConfig, DEMO, overrides)


def test_overrides_reach_nested_keys() -> None:
    config = load(LoopConfig, DEMO, ["train.epochs=3", "data.rendered.count=10", "network.name=vgg16_bn"])
    assert (config.train.epochs, config.data.rendered.count) == (3, 10)  # type: ignore[union-attr]
    assert config.network.name == "vgg16_bn"


@pytest.mark.parametrize(
    "override",
    [
        "train.epochs", "=3", "seed.x=1", "seed=[", "seed=2020-13-45", f"seed={'1' * 5000}", "seed=&a [*a]",
        "seed={a: 1, a: 2}", f"seed={'[' * 2000}",
    ],
)  # fmt: skip
def test_an_override_of_the_wrong_form(override: str) -> None:
    with pytest.raises(UserError, match="--set"):
        load(LoopConfig, DEMO, [override])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: [", "is not YAML"),
        ("- 1", "holds no keys"),
        ("", "holds no keys"),
        ("!!python/object:os.system {}", "YAML"),
        ("seed: 1\ntrain: {epochs: 1}\ntrain: {}", "the key 'train' is twice in what begins in line 1"),
        ("a: &a {b: *a}", "line 1 holds itself"),
        ("0x_: 3", "is not YAML"),
        ("seed: 1  # \x07", "is not YAML: unacceptable character"),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(content)
    with pytest.raises(UserError, match=said):
        load(LoopConfig, path)


def test_aliases_of_aliases_cost_no_time(tmp_path: Path) -> None:
    """Nine levels of nine: 387 million nodes to who walks each anew."""
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    path = tmp_path / "config.yaml"
    path.write_text("\n".join(lines))
    began = perf_counter()
    assert len(read_yaml(path, missing="", empty="")["a9"]) == 9
    assert perf_counter() - began < 2


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load(LoopConfig, tmp_path / "none.yaml")


def test_a_recipe_and_a_list_of_arms_are_told_by_their_own_names() -> None:
    with pytest.raises(UserError, match=r"recipes: 'vgg16_bn': learning_rat: no such key; known here: att"):
        load(
            CompareConfig,
            CONFIGS / "compare.yaml",
            ["networks=[vgg16_bn]", "recipes={vgg16_bn: {learning_rat: 1}}"],
        )
    with pytest.raises(UserError, match="arms: Input should be a valid dictionary"):
        load(StudyConfig, CONFIGS / "study.yaml", ["arms=[[none], [uniform]]"])


def test_a_key_that_an_alias_brings_may_be_said_anew(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("r: &r {n: 1, k: 3}\ns: &s {<<: *r, n: 2}\nt: {<<: *s, z: 3}")
    found = read_yaml(path, missing="", empty="")
    assert found == {"r": {"n": 1, "k": 3}, "s": {"n": 2, "k": 3}, "t": {"n": 2, "k": 3, "z": 3}}
