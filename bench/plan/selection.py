"""Which jobs of a plan to run: ``--only GLOB`` and ``--shard I/N``. The plan itself stays whole."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate

from bench.errors import BenchError
from bench.plan import Job, Plan
from bench.progress import describe
from nst.kinds import nearest

#: Labels among which a near one is looked for.
_MOST = 1000
#: Names that a message lists.
_FEW = 6


@dataclass(frozen=True)
class Shard:
    """One of so many parts of a plan."""

    number: int
    """From 1 on."""
    of: int

    def holds(self, id: str) -> bool:
        """Whether a job belongs to this part.

        That follows from its id alone: no other job, and no change of the manifest, moves it to another part. Ids are
        SHA-256 hashes, so that parts are of about the same size.
        """
        return int(id, 16) % self.of == self.number - 1


def shard(text: str) -> Shard:
    """``2/8``: the second of eight parts.

    Raises:
        ValueError: for anything else, in words.
    """
    found = re.fullmatch(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})", text, re.ASCII)
    if not found or int(found[1]) > int(found[2]):
        raise ValueError(f"{text!r}: expected a part and how many there are, such as 1/8 to 8/8")
    return Shard(int(found[1]), int(found[2]))


def select(plan: Plan, globs: Sequence[str]) -> list[str]:
    """Ids of the jobs that any of ``globs`` matches, in the plan's order; of all jobs, if there is no glob.

    A glob matches a job when it matches, whole and in upper and lower case as given, one of

    - the name of an experiment that the job belongs to: ``start``;
    - its pictures: ``cat x waves``, or ``cat x *``;
    - its line in ``nst-bench plan``, from the pictures on: ``cat x waves, init noise``
      (:func:`bench.progress.describe`);
    - its id, of which the first four digits or more are enough: ``3f9a``.

    ``*`` stands for any text, ``?`` for one character, ``[ab]`` for one of these. What is written out in full matches
    itself too, whatever characters are in it.

    Raises:
        BenchError: for every glob that matches nothing; names what could be matched, and what is near.
    """
    if not globs:
        return list(plan.jobs)
    found: dict[str, None] = {}
    idle = []
    for glob in globs:
        matched = _matched(plan, glob)
        found |= dict.fromkeys(matched)
        if not matched:
            idle.append(glob)
    if idle:
        raise BenchError("\n".join(_explain(plan, glob) for glob in idle))
    return [id for id in plan.jobs if id in found]


def _matched(plan: Plan, glob: str) -> set[str]:
    pattern = re.compile(translate(glob))

    def fits(text: str) -> bool:
        return text == glob or pattern.match(text) is not None

    found = {id for experiment in plan.experiments if fits(experiment.name) for id in experiment.jobs}
    whole = re.fullmatch(r"[0-9a-f]{4,64}", glob) is not None
    for id, job in plan.jobs.items():
        if id not in found and ((whole and id.startswith(glob)) or any(fits(text) for text in _texts(plan, job))):
            found.add(id)
    return found


def _texts(plan: Plan, job: Job) -> Iterable[str]:
    yield job.label
    yield job.id
    yield describe(plan, job)


def _explain(plan: Plan, glob: str) -> str:
    experiments = [experiment.name for experiment in plan.experiments]
    labels = list(dict.fromkeys(job.label for job in itertools.islice(plan.jobs.values(), _MOST)))
    bare = re.sub(r"[*?\[\]]", "", glob)[:200]
    example = next((describe(plan, job) for job in plan.jobs.values()), "")
    return (
        f"--only {glob}: matches no job: expected an experiment ({_listed(experiments)}), "
        f"pictures ({_listed(labels)}), a line of `nst-bench plan` ({example}) or the beginning of an id, "
        f"with * for any text{nearest(bare, (*experiments, *labels))}"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:_FEW], *(["..."] if len(names) > _FEW else [])])
