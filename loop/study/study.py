"""Arms × seeds of one run at equal renders and equal steps: does choosing help, and by how much?

    RUN/
      config.yaml  config.given.yaml  environment.json
      renders/                  every picture that was rendered, once, shared by all runs
      begun/seed-N-WORD/        a run up to its first verification, shared by the arms that begin alike
      runs/seed-N/ARM/          a run folder as `loop.run.run` says it; its report, where it is wanted, by
                                `renforce report`; done.json at its end
      results.parquet           a row an arm × seed × round
      results.json              arms compared: `loop.study.results`
      report.html, done.json

Under way, `write_so_far` makes the tables of the seeds that are done.

A run whose `done.json` is there is done; others go on where they stood. So the same command after a kill,
or in a new folder with the same renders, ends with the same decisions.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

from generator.errors import UserError
from generator.files import LOCK, held, link, whole_folder
from loop.config.load import load
from loop.config.run import LoopConfig
from loop.config.study import StudyConfig, beginning, run_folder
from loop.data.pictures import class_names
from loop.data.sources import load_real
from loop.processes import Map, workers
from loop.run.folder import RunFolder
from loop.run.lifecycle import environment
from loop.run.preflight import check_run
from loop.study.results import write_results


@dataclass(frozen=True)
class Job:
    """One run, or the beginning of some."""

    config: LoopConfig
    folder: Path
    begun: Path | None = None
    """A run to take the first round from."""

    @property
    def words(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def trained(self) -> bool:
        """Whether its first network is there, or that of its beginning."""
        places = (self.folder, self.begun) if self.begun else (self.folder,)
        return any(RunFolder(place).round(0).weights.exists() for place in places)


class Study:
    """One study folder and what is to happen in it; `execute` does all that is not done yet."""

    def __init__(self, config: StudyConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config, self.folder, self.say = config, folder, say

    def execute(self) -> None:
        """Do all that is not done yet, but for the report."""
        self._check()
        first, *others = self.jobs()
        with workers(self.config.processes, self.config.threads) as do:
            self._do([first], do)  # renders the probe and the holdout, which the others take from the cache
            self._do(others, do)
        write_results(self.folder, self.config)

    def jobs(self) -> list[Job]:
        """In order: seed by seed, so that whole ones can be told of early, each begun while the one before it
        is under way."""
        arms = [[self._job(arm, seed) for arm in self.config.arms] for seed in self.config.seeds]
        first, *later = map(_beginnings, arms)
        return first + [job for pair in zip([*later, []], arms, strict=True) for job in chain(*pair)]

    def _check(self) -> None:
        """Raise a UserError where an arm could not be done, before the first of them is."""
        jobs = ((arm, self._job(arm, seed)) for arm in self.config.arms for seed in self.config.seeds)
        todo = {arm: job for arm, job in jobs if not RunFolder(job.folder).is_done}
        if not todo:
            return
        first = next(iter(todo.values())).config
        classes = class_names(first, load_real(first.data, first.seed))
        for arm, job in todo.items():
            try:
                check_run(job.config, classes, trained=job.trained)
            except UserError as error:
                raise UserError(f"arm {arm!r}: {error}") from None

    def _job(self, arm: str, seed: int) -> Job:
        config = self.config.run_of(arm, seed)
        begun = self.folder / "begun" / f"seed-{seed}-{beginning(config)}"
        return Job(config, run_folder(self.folder, arm, seed), begun)

    def _do(self, jobs: list[Job], do: Map) -> None:
        """A mistake in one is raised when the others under way are through."""
        todo = [job for job in jobs if not RunFolder(job.folder).is_done]
        at_once = min(len(todo), self.config.processes)
        todo = [replace(job, config=self._sharing(job.config, at_once)) for job in todo]
        for number, (job, spent) in enumerate(zip(todo, do(run, todo), strict=True), 1):
            self.say(f"{number}/{len(todo)} {job.words}: {spent:.0f} s")

    def _sharing(self, config: LoopConfig, runs: int) -> LoopConfig:
        """One that shares pictures with the other runs, and cores with those that are under way."""
        farm = config.farm
        own: dict[str, Any] = {"cache": farm.cache or self.folder / "renders"}
        if farm.device == "cpu" and not farm.ray:
            own["workers"] = max(1, farm.processes // runs)
        return config.model_copy(update={"farm": farm.model_copy(update=own)})


def run(job: Job) -> float:
    """Do all of a run that is not done yet, and of its beginning; gives its seconds."""
    began = perf_counter()
    if job.begun is not None and not job.folder.exists():
        run(Job(_only_begun(job.config), job.begun))  # done already, but where arms are few beside processes
        take_beginning(job.begun, job.folder)
    job.folder.mkdir(parents=True, exist_ok=True)
    with held(job.folder, wait=job.begun is None):  # of many runs
        if not RunFolder(job.folder).is_done:
            _run(job)
            RunFolder(job.folder).write_done(perf_counter() - began)
    return perf_counter() - began


def _run(job: Job) -> None:
    from loop.run.run import Run

    folder = RunFolder(job.folder)
    folder.write_environment(environment(job.config.seed))
    folder.write_config(job.config.model_dump(mode="json"))
    Run(job.config, job.folder, lambda line: None).execute()


def take_beginning(begun: Path, folder: Path) -> None:
    """Link the sets and the first round of a run into another's folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(folder) as aside:
        for part in ("sets", "rounds"):
            shutil.copytree(
                begun / part, aside / part, copy_function=lambda a, b: link(a, Path(b)), dirs_exist_ok=True,
                ignore=shutil.ignore_patterns(LOCK),  # of one file: each waited for all others
            )  # fmt: skip


def write_so_far(folder: Path) -> None:
    """Write the tables of a study under way, of the seeds that every arm is through with.

    Raises:
        UserError: there is none, and no table of before; or a file cannot be read.
    """
    config = load(StudyConfig, folder / "config.yaml")
    through = [
        seed
        for seed in config.seeds
        if all(RunFolder(run_folder(folder, arm, seed)).is_done for arm in config.arms)
    ]
    if through:
        write_results(folder, config, through)
    elif not (folder / "results.json").exists():
        raise UserError(f"{folder}: no seed is done by every arm yet; go on with `renforce study`, or wait")


def _beginnings(jobs: Sequence[Job]) -> list[Job]:
    """What runs begin with, once each."""
    return [
        Job(_only_begun(config), folder)
        for folder, config in {job.begun: job.config for job in jobs}.items()
        if folder
    ]


def _only_begun(config: LoopConfig) -> LoopConfig:
    return config.model_copy(update={"controller": config.controller.model_copy(update={"rounds": 0})})
