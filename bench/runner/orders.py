"""From jobs to orders: their pictures stored beside the results, their weights found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from bench.engines import InputFile, Order
from bench.inputs.stored import missing, store_input
from bench.plan import Job, Plan
from bench.plan.resolve import weights_source
from bench.record import NO_WEIGHTS
from bench.runner.packs import batch
from bench.store import Store
from bench.tasks import TASKS
from nst import images
from nst.video import VideoError


class Orders:
    """Makes orders of a plan's jobs, once :meth:`store_pictures` has put the pictures where workers find them."""

    def __init__(self, plan: Plan, store: Store) -> None:
        self._plan, self._store = plan, store
        self._stored: dict[str, list[InputFile] | images.PictureError | VideoError] = {}
        """The files of every picture by its SHA-256, or why there are none."""

    def store_pictures(self, todo: Iterable[Job], given_up: Callable[[], bool] = lambda: False) -> None:
        """Store every picture of the plan; those of jobs to run are checked as well.

        Args:
            given_up: asked before every picture; true leaves the rest undone.

        Raises:
            OSError: when they cannot be written.
        """
        needed = {given.picture.sha256 for job in todo for given in job.inputs.values()}
        for given in (given for job in self._plan.jobs.values() for given in job.inputs.values()):
            key = given.picture.sha256
            if key in self._stored or (key not in needed and not missing(self._store, given)):
                continue
            if given_up():
                return
            try:
                self._stored[key] = store_input(self._store, given)
            except (images.PictureError, VideoError) as error:
                self._stored[key] = error

    def order(self, job: Job, folder: Path) -> Order:
        """The order that makes a job's files in ``folder``.

        Raises:
            nst.images.PictureError: when one of its pictures could not be stored; of a clip, VideoError.
        """
        inputs: dict[str, list[InputFile]] = {}
        for role, given in job.inputs.items():
            found = self._stored[given.picture.sha256]
            if isinstance(found, images.PictureError | VideoError):
                raise found
            inputs[role] = found
        named = job.parameters["weights"]
        weights = NO_WEIGHTS if named is None else weights_source(str(named), job.folder)
        parts = self._store.parts(job.id) if TASKS[str(job.parameters["task"])].moving else None
        return Order(job.id, job.parameters, inputs, weights, folder, batch(job), parts)
