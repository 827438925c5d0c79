"""The command `renforce`. Each command is a function of a configuration that Python can call too."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from generator.errors import UserError
from generator.spec import RenderSpec
from loop.config import Classes, LoopConfig, RenderConfig, load

if TYPE_CHECKING:
    from loop.comparing import CompareConfig
    from loop.planted_config import PlantedConfig
    from loop.settings import Section
    from loop.study_config import StudyConfig

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

asset = typer.Typer(no_args_is_help=True, help="Your own models as shapes.")
app.add_typer(asset, name="asset")

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="A YAML file; ready-made ones in configs/.")
]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the result goes.")]
Place = Annotated[
    str, typer.Option("--output", "-o", metavar="FOLDER", help="Where the set goes: a folder, or s3://….")
]
RayAddress = Annotated[
    str | None, typer.Option("--ray", metavar="ADDRESS", help="Render on this Ray cluster: HOST:PORT, auto.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key, such as data.root=photos."),
]


@app.command()
def render(
    config: ConfigFile,
    output: Place,
    overrides: Overrides = None,
    ray: RayAddress = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many pictures, minutes and gigabytes.")
    ] = False,
) -> None:
    """Render a set of pictures with masks; the same command again renders only what is missing."""
    settings = load(RenderConfig, config, overrides or ())
    if ray:
        settings = settings.model_copy(update={"farm": settings.farm.model_copy(update={"ray": ray})})
    if dry_run:
        estimate_pictures(settings, output)
    else:
        render_pictures(settings, output)


@app.command()
def loop(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Verify, reinforce, verify again; the same command after a kill goes on where it stood."""
    run_loop(load(LoopConfig, config, overrides or ()), output, config)


@app.command()
def verify(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Train or take a network, look where it looks, and report; nothing is added."""
    run_loop(load(LoopConfig, config, [*(overrides or ()), "controller.rounds=0"]), output, config)


@app.command()
def compare(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Train several networks on the same data and put them into one table; goes on after a kill."""
    from loop.comparing import CompareConfig

    compare_networks(load(CompareConfig, config, overrides or ()), output, config)


@app.command()
def study(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Compare controllers over seeds at equal renders and steps; goes on after a kill."""
    from loop.study_config import StudyConfig

    study_arms(load(StudyConfig, config, overrides or ()), output, config)


@app.command(name="bench-slices")
def bench_slices(config: ConfigFile, output: Folder, overrides: Overrides = None) -> None:
    """Plant known diseases into training sets and see which method names them; goes on after a kill."""
    from loop.planted_config import PlantedConfig

    find_planted(load(PlantedConfig, config, overrides or ()), output, config)


@app.command(name="list")
def list_(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="models, methods or controllers")],
    sizes: Annotated[
        list[int] | None, typer.Option("--size", metavar="PX", help="Count for pictures of this side.")
    ] = None,
) -> None:
    """Say what there is: networks with their layers, input and size; attribution methods; controllers."""
    lists: dict[str, Callable[[], None]] = {
        "models": lambda: list_models(tuple(sizes or (224, 32))),
        "methods": list_methods,
        "controllers": list_controllers,
    }
    if what not in lists:
        raise UserError(f"list {what}: there is no such list; one of {', '.join(lists)}")
    lists[what]()


@app.command()
def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]) -> None:
    """Write the report of a run again."""
    if (run / "results.json").exists():
        from analysis.report.comparison import write_comparison
        from analysis.report.planted import write_planted
        from analysis.report.study import write_study

        kinds = (("runs", write_study), ("settings", write_planted))
        write = next((write for part, write in kinds if (run / part).is_dir()), write_comparison)
        _say(f"report: {write(run)}")
        return
    if not (run / "rounds" / "00" / "metrics.json").exists():
        raise UserError(f"{run}: holds no verified round; `renforce loop` makes one")
    from analysis.report import write_report

    _say(f"report: {write_report(run)}")


@app.command()
def explain(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS", help="A model.safetensors of a run.")],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE…", help="Photographs.")],
    output: Folder,
    masks: Annotated[
        list[Path] | None, typer.Option("--mask", metavar="FILE", help="One for each photograph, in order.")
    ] = None,
    methods: Annotated[
        list[str] | None, typer.Option("--method", metavar="NAME", help="Of `list methods`; all by default.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="CLASS", help="What is explained; the predicted class.")
    ] = None,
) -> None:
    """Show what a network looks at in photographs: every method side by side, and the raw maps."""
    from loop.explain import explain_pictures

    written = explain_pictures(
        weights, images, output, masks=masks or (), methods=methods or (), target=target
    )
    for path in written:
        _say(str(path))


def list_methods() -> None:
    """Say the attribution methods: their family, what they show, where they map, and their source."""
    from analysis.methods.table import METHODS, OTHERS

    for name, method in METHODS.items():
        place = "each layer" if method.by_layer else "the picture"
        _say(f"{name:24}{method.family:20}{method.says} [{place}; {method.source}]")
    for name, (family, says, source) in OTHERS.items():
        _say(f"{name:24}{family:20}{says} [{source}]")


def list_controllers() -> None:
    """Say who can decide what to render next (`controller.arm`)."""
    from loop.arms import ARMS

    for name, arm in ARMS.items():
        _say(f"{name:24}{arm.says}")


@app.command()
def export(
    pictures: Annotated[Path, typer.Argument(metavar="SET", help="A set of pictures.")],
    output: Folder,
    layout: Annotated[str, typer.Option("--to", metavar="LAYOUT", help="coco, imagefolder or huggingface.")],
    by: Annotated[str, typer.Option("--by", metavar="ATTRIBUTE", help="What a class is.")] = "shape",
    classes: Annotated[
        Path | None,
        typer.Option("--classes", metavar="CONFIG", help="A YAML file whose `classes` say it instead."),
    ] = None,
) -> None:
    """Write a set in the layout of another library."""
    from generator.export import export_set

    named = load(Classes, classes).classes if classes else None
    _say(f"{export_set(pictures, layout, output, by=by, classes=named)} pictures in {output}")


@app.command()
def scene(
    what: Annotated[Path, typer.Argument(metavar="SET|SPEC", help="A set, or a spec as a JSON file.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.blend", help="Where it goes.")],
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A picture of the set.")] = None,
    cards: Annotated[
        list[Path] | None, typer.Option("--asset", metavar="CARD", help="Card of a model that it shows.")
    ] = None,
) -> None:
    """Keep the scene of a picture as a file that Blender opens."""
    from generator.scene import read_spec, save_scene, spec_of

    if name is None and what.is_dir():
        raise UserError(f"{what}: is a set; name one of its pictures after it")
    save_scene(read_spec(what) if name is None else spec_of(what, name), output, cards or ())
    _say(f"scene: {output}")


@asset.command()
def check(
    model: Annotated[Path, typer.Argument(metavar="CARD_OR_MODEL", help="An asset card, or a model alone.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="For a turntable picture and a card."),
    ] = None,
) -> None:
    """Say what is found in a model and how it takes a colour; for a model alone, suggest a card."""
    check_model(model, output)


def planned(config: RenderConfig) -> list[RenderSpec]:
    """The specs of a set."""
    from generator.assets import digests
    from generator.plan import plan_set

    seed, block, assets = config.seed, config.block, digests(config.farm.assets)
    return plan_set(config.pictures, config.scene, config.render, seed=seed, block=block, assets=assets)


def render_pictures(config: RenderConfig, output: Path | str) -> None:
    """Plan and render one set, into a folder or to a URL."""
    from generator.store import render_to
    from loop.progress import track

    specs = planned(config)
    with track("render", len(specs)) as advance:
        made = render_to(str(output), specs, config.farm, advance)
    taken = f", {made.cached} of them out of the cache" if made.cached else ""
    _say(f"{len(specs)} pictures in {output}{taken}")


def estimate_pictures(config: RenderConfig, output: Path | str) -> None:
    """Say what is left to render of a set and what that takes, from a pilot of at most three pictures. What
    lies in object storage is not looked at."""
    from generator.dataset import missing, read_specs
    from generator.estimate import estimate

    specs, folder = planned(config), Path(output)
    if (folder / "dataset.json").exists() and read_specs(folder) != specs:
        raise UserError(f"{folder}: holds a set begun with another plan; give another folder or remove it")
    todo = missing(folder, specs, config.farm.layers)
    found = estimate(todo, config.farm)
    there = f" ({len(specs) - len(todo)} more are there)" if len(todo) < len(specs) else ""
    minutes, gigabytes = _figure(found.seconds / 60), _figure(found.bytes / 1e9)
    _say(f"{found.pictures} pictures{there}, {minutes} minutes, {gigabytes} GB")
    _say(found.basis)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def run_loop(config: LoopConfig, output: Path, given: Path) -> None:
    """Do all of a run that is not done yet; `given` is the file that the user wrote."""

    def execute() -> Path:
        from loop.rounds import Run

        return Run(config, output, _say).execute()

    _finish(config, output, given, execute)


def compare_networks(config: CompareConfig, output: Path, given: Path) -> None:
    """Do all of a comparison that is not done yet; `given` is the file that the user wrote."""

    def execute() -> Path:
        from loop.compare import Comparison

        return Comparison(config, output, _say).execute()

    _finish(config, output, given, execute)


def study_arms(config: StudyConfig, output: Path, given: Path) -> None:
    """Do all of a study that is not done yet; `given` is the file that the user wrote."""

    def execute() -> Path:
        from loop.study import Study

        return Study(config, output, _say).execute()

    _finish(config, output, given, execute)


def find_planted(config: PlantedConfig, output: Path, given: Path) -> None:
    """Do all of a benchmark that is not done yet; `given` is the file that the user wrote."""

    def execute() -> Path:
        from loop.planted import Planting

        return Planting(config, output, _say).execute()

    _finish(config, output, given, execute)


def _finish(config: Section, output: Path, given: Path, execute: Callable[[], Path]) -> None:
    """Hold the folder and execute, unless it is finished; what is heavy is imported in `execute` only."""
    from loop.start import begun

    with begun(output, config, given) as finished:
        if finished:
            _say(f"nothing left to do; report: {output / 'report.html'}")
        else:
            _say(f"report: {execute()}")


def list_models(sizes: tuple[int, ...]) -> None:
    """The zoo as a table of Markdown."""
    from analysis.zoo.size import zoo_table

    rows = zoo_table(sizes)
    _say(f"| {' | '.join(rows[0])} |\n|{'---|' * len(rows[0])}")
    for row in rows:
        _say(f"| {' | '.join(row.values())} |")


def check_model(given: Path, output: Path | None = None) -> None:
    """Examine a user's model; a suggested card goes to the folder, or alone to stdout."""
    from rich.console import Console

    from generator.asset_check import check_asset
    from generator.assets import FORMATS
    from loop.assets import show, suggestion, write

    bare = given.suffix.lower() in FORMATS
    console = Console(stderr=bare and output is None)
    report = check_asset(given)
    show(report, console)
    if output is not None:
        console.print(f"written: {', '.join(map(str, write(report, given, output)))}", markup=False)
    elif bare:
        _say(suggestion(report))


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main() -> None:
    """Entry point: mistakes that a user can mend are one line on stderr and exit code 2."""
    try:
        app()
    except UserError as error:
        sys.stderr.write(f"renforce: {error}\n")
        sys.exit(2)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        sys.stderr.write(
            f"renforce: {error.filename or 'the disk'}: is full; free some space and try again\n"
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
