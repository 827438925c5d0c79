"""Arms × seeds of one run at equal renders and equal steps: does choosing help, and by how much?

    RUN/
      config.yaml  config.given.yaml  environment.json
      renders/                  every picture that was rendered, once, shared by all runs
      begun/seed-N-WORD/        a run up to its first evaluation, shared by the arms that begin alike
      runs/seed-N/ARM/          a run folder (`loop.run.folder`); its report, where it is wanted, by
                                `renforce report`; done.json at its end
      results.parquet           a row an arm × seed × round
      results.json              arms compared: `loop.study.results`
      report.html, done.json

While a study is under way, `write_so_far` makes the tables of the seeds that are done.

A run whose `done.json` is there is done; others go on from where they were. So the same command after a kill,
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
from loop.config.load import stored
from loop.config.run import LoopConfig
from loop.config.study import StudyConfig, beginning
from loop.data.pictures import class_names
from loop.data.sources import load_real
from loop.processes import Map, workers
from loop.run.folder import RunFolder
from loop.run.lifecycle import environment
from loop.run.preflight import check_run
from loop.run.results_folder import StudyFolder
from loop.study.results import write_results


@dataclass(frozen=True)
class Job:
    """One run, or the beginning of some."""

    config: LoopConfig
    folder: Path
    begun: Path | None = None
    """A run to take the first round from."""

    @property
    def label(self) -> str:
        """The run in two words: `seed-0/uniform`."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def trained(self) -> bool:
        """Whether its first network is there, or that of its beginning."""
        places = (self.folder, self.begun) if self.begun else (self.folder,)
        return any(RunFolder(place).round(0).weights.exists() for place in places)


class Study:
    """One study folder and what is to happen in it; `execute` does all that is not done yet."""

    def __init__(self, config: StudyConfig, folder: Path, say: Callable[[str], None]) -> None:
        self.config = config
        self.folder = StudyFolder(folder)
        self.say = say

    def execute(self) -> None:
        """Do all that is not done yet, but for the report."""
        self._check()
        first, *others = self.jobs()
        with workers(self.config.processes, self.config.threads) as do:
            # The first renders the probe and the holdout, which the others take from the cache.
            self._do([first], do)
            self._do(others, do)
        write_results(self.folder, self.config)

    def jobs(self) -> list[Job]:
        """All runs in their order: seed by seed, so that whole seeds can be reported early, each begun while
        the one before it is under way."""
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
        begun = self.folder.beginning(seed, beginning(config))
        return Job(config, self.folder.run(arm, seed).path, begun.path)

    def _do(self, jobs: list[Job], do: Map) -> None:
        """Run those that are not done; an error in one is raised when the others under way have ended."""
        todo = [job for job in jobs if not RunFolder(job.folder).is_done]
        at_once = min(len(todo), self.config.processes)
        todo = [replace(job, config=self._sharing(job.config, at_once)) for job in todo]
        for number, (job, spent) in enumerate(zip(todo, do(run, todo), strict=True), 1):
            self.say(f"{number}/{len(todo)} {job.label}: {spent:.0f} s")

    def _sharing(self, config: LoopConfig, runs: int) -> LoopConfig:
        """The configuration of a run that shares pictures with the other runs, and cores with those that are
        under way."""
        farm = config.farm
        own: dict[str, Any] = {"cache": farm.cache or self.folder.renders}
        if farm.device == "cpu" and not farm.ray:
            own["workers"] = max(1, farm.processes // runs)
        return config.model_copy(update={"farm": farm.model_copy(update=own)})


def run(job: Job) -> float:
    """Do all of a run that is not done yet, and of its beginning; returns the seconds that took."""
    began = perf_counter()
    if job.begun is not None and not job.folder.exists():
        # It is done already unless there are fewer arms than processes.
        run(Job(_only_begun(job.config), job.begun))
        take_beginning(job.begun, job.folder)
    job.folder.mkdir(parents=True, exist_ok=True)
    with held(job.folder, wait=job.begun is None):  # several runs wait for one beginning
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
    """Write the tables of a study under way, of the seeds for which every arm is done.

    Raises:
        UserError: there is none, and no table from before; or a file cannot be read.
    """
    study = StudyFolder(folder)
    config = stored(StudyConfig, study.config)
    done = [seed for seed in config.seeds if all(study.run(arm, seed).is_done for arm in config.arms)]
    if done:
        write_results(study, config, done)
    elif not study.results.exists():
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
