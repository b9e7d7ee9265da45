"""What went wrong, by reason: runs that are not done, that diverged, or of which something cannot be shown."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from textwrap import dedent

from bench.record import StoredPlan
from bench.report import words
from bench.report.format import count, counted
from bench.report.model import Model, Run
from bench.report.site import Page, Site, page_names

#: Runs that a page lists.
PAGE = 100
#: Lines of a message that are shown, and of the details of a failure: its last ones say what happened.
_LINES, _DETAILS = 4, 40

#: Numbers, addresses and hashes, in which two messages about the same thing differ.
_NUMBER = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{12,}\b|(?<![\w.])\d[\d.,]*(?:e[+-]?\d+)?", re.IGNORECASE)
_GONE = ("diverged", "non-finite")
_NOT_SHOWN = "not shown"
#: Kinds of trouble: of runs that are done, and of files that the next run sets aside.
_ENDED_BADLY = frozenset(words.DIAGNOSIS[verdict] for verdict in _GONE)
_UNUSABLE = frozenset({words.STATUS["unreadable"], _NOT_SHOWN})


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong with one run."""

    kind: str
    """The run's status in words, its diagnosis, or that something of it is not shown."""
    message: str
    run: Run | None
    """None of a job that no page shows."""
    id: str
    settings: str = ""

    @property
    def first_line(self) -> str:
        return next((line.strip() for line in self.message.splitlines() if line.strip()), "no reason given")


@dataclass(frozen=True)
class Group:
    """Troubles of one kind and one reason, whatever the numbers in it."""

    kind: str
    reason: str
    """Numbers in which they differ left out."""
    further: tuple[str, ...]
    """What the first one's message says below its first line."""
    details: str
    """Of the first that has any."""
    count: int
    differ: bool
    """Their first lines are not all the same, so each is told."""
    troubles: tuple[Trouble, ...]
    """All of them, or those of one page."""
    continued: bool = False


@dataclass(frozen=True)
class Again:
    """How to run what failed once more."""

    name: str
    command: str


@dataclass(frozen=True)
class Failures:
    """A page of them."""

    page: str
    number: int
    pages: tuple[str, ...]
    """Of all there are, in order."""
    summary: str
    waiting: str
    """``3 runs are not run yet``; empty if none."""
    retried: tuple[Again, ...]
    """Commands that run what failed again, and nothing else; none where nothing failed."""
    resumed: tuple[Again, ...]
    """Commands that run all that is missing; none where nothing can be made good by that."""
    diverged: bool
    groups: tuple[Group, ...]


def pages(site: Site) -> list[Page]:
    views = failures(site.model, site.plans)
    return [Page(view.page, "failures", partial(_itself, view), "failures.html") for view in views]


def _itself(view: Failures) -> Failures:
    return view


def first_page(model: Model) -> str:
    """Its file; empty where all went well."""
    return page_names("failures", 1)[0] if groups(model) else ""


def failures(model: Model, plans: Mapping[str, StoredPlan] | None = None) -> tuple[Failures, ...]:
    """The pages ``failures.html``, ``failures-2.html``, ...; none where all went well.

    Args:
        plans: where several results folders were merged, the plans of all, by what the folders are called; otherwise
            the model's own.
    """
    found = groups(model)
    if not found:
        return ()
    plans = plans or {model.results.plan.name: model.results.plan}
    kinds = {group.kind for group in found}
    waiting = sum(run.status == "not run" for run in model.runs.values())
    parts = tuple(_pages(found))
    names = page_names("failures", len(parts))
    return tuple(
        Failures(
            page=names[number - 1],
            number=number,
            pages=names,
            summary=_summary(model, found),
            waiting=f"{counted(waiting, 'run is', 'runs are')} not run yet" if waiting else "",
            retried=_commands(plans, "--retry-failed") if kinds - _ENDED_BADLY - _UNUSABLE else (),
            resumed=_commands(plans) if kinds & _UNUSABLE or waiting else (),
            diverged=bool(kinds & _ENDED_BADLY),
            groups=part,
        )
        for number, part in enumerate(parts, start=1)
    )


def groups(model: Model) -> tuple[Group, ...]:
    """Everything that went wrong, the most frequent reason of each kind first; what never ran is no failure."""
    by: dict[tuple[str, str], list[Trouble]] = {}
    for trouble in _troubles(model):
        by.setdefault((trouble.kind, _NUMBER.sub("…", trouble.first_line)), []).append(trouble)
    found = [_group(kind, pattern, troubles) for (kind, pattern), troubles in by.items()]
    order = [*words.STATUS.values(), *words.DIAGNOSIS.values(), _NOT_SHOWN]
    return tuple(sorted(found, key=lambda group: (order.index(group.kind), -group.count, group.reason)))


def command(plan: StoredPlan, *flags: str) -> str:
    """The command that made a plan, without what chose some of its jobs, and with ``flags``."""
    given = iter(plan.command if plan.command[1:2] == ["run"] else ("nst-bench", "run", plan.name))
    kept = []
    for word in given:
        if word == "--only":
            next(given, None)
        elif not word.startswith("--only=") and word != "--retry-failed":
            kept.append(word)
    return shlex.join([*kept, *flags])


def _commands(plans: Mapping[str, StoredPlan], *flags: str) -> tuple[Again, ...]:
    return tuple(Again(name, command(plan, *flags)) for name, plan in plans.items())


def settings_of(model: Model) -> dict[str, str]:
    """What tells each run from the others of its pair, by id."""
    told = dict.fromkeys(model.runs, "")
    for experiment in model.experiments:
        told.update({run.id: experiment.settings(run) for run in experiment.runs})
    return told


def _troubles(model: Model) -> Iterator[Trouble]:
    settings = settings_of(model)
    for run in model.runs.values():
        if run.unfinished:
            yield Trouble(run.status_text, run.reason, run, run.id, settings[run.id])
        elif run.record and run.record.diagnosis and run.record.diagnosis.verdict in _GONE:
            diagnosis = run.record.diagnosis
            yield Trouble(words.DIAGNOSIS[diagnosis.verdict], diagnosis.reason, run, run.id, settings[run.id])
        for problem in run.problems:
            if run.status != "unreadable" or problem != run.reason:
                yield Trouble(_NOT_SHOWN, problem, run, run.id, settings[run.id])
    for id, message in model.problems:
        if id not in model.runs:
            yield Trouble(_NOT_SHOWN, message, None, id)


def _group(kind: str, pattern: str, troubles: Sequence[Trouble]) -> Group:
    lines = {trouble.first_line for trouble in troubles}
    below = dedent("\n".join(line for line in troubles[0].message.strip().splitlines()[1:] if line.strip()))
    details = (t.run.record.failure.details for t in troubles if t.run and t.run.record and t.run.record.failure)
    return Group(
        kind=kind,
        reason=pattern if len(lines) > 1 else troubles[0].first_line,
        further=tuple(below.splitlines()[: _LINES - 1]),
        details="\n".join(next((text for text in details if text.strip()), "").strip().splitlines()[-_DETAILS:]),
        count=len(troubles),
        differ=len(lines) > 1,
        troubles=tuple(troubles),
    )


def _pages(found: Sequence[Group]) -> Iterator[tuple[Group, ...]]:
    """The groups by page; one that does not fit goes on at the next."""
    page: list[Group] = []
    room = PAGE
    for group in found:
        rest, continued = group.troubles, False
        while rest:
            page.append(replace(group, troubles=rest[:room], continued=continued))
            rest, continued, room = rest[room:], True, room - len(rest[:room])
            if not room:
                yield tuple(page)
                page, room = [], PAGE
    if page:
        yield tuple(page)


def _summary(model: Model, found: Sequence[Group]) -> str:
    """``3 of 40 runs did not end well: 2 out of memory, 1 diverged``."""
    told = Counter[str]()
    for group in found:
        told[group.kind] += group.count
    runs = len({trouble.id for group in found for trouble in group.troubles if trouble.run})
    kinds = ", ".join(f"{count(number)} {kind}" for kind, number in told.items())
    return f"{count(runs)} of {counted(len(model.runs), 'run', 'runs')} did not end well: {kinds}"
