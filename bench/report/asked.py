"""What documents found, beside what our runs say: the blocks that stand at their experiments, and the list of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.findings.answers import Answer, answers
from bench.findings.rule import Word
from bench.pairing import Step
from bench.record import PlannedFinding
from bench.report import answers as told
from bench.report import words
from bench.report.axes import frozen
from bench.report.comparisons import ComparisonView
from bench.report.format import counted
from bench.report.model import Experiment, Model
from bench.report.verdicts import Sentence

#: Beside its word, so that an answer needs no colour.
MARKS: dict[Word, str] = {"agrees": "=", "disagrees": "≠", "cannot tell": "?", "not run": "–", "not measured": "–"}
_COUNTED: dict[Word, tuple[str, str]] = {
    "agrees": ("agrees", "agree"),
    "disagrees": ("disagrees", "disagree"),
    "cannot tell": ("cannot be told", "cannot be told"),
    "not run": ("not run", "not run"),
    "not measured": ("not measured", "not measured"),
}


@dataclass(frozen=True)
class Asked:
    """A finding on a page."""

    anchor: str
    question: str
    document: str
    said: str
    kind: str
    """The word as a class of the style sheet: ``cannot-tell``."""
    mark: str
    word: str
    sentence: Sentence
    notes: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    """Text and page of what shows it."""


@dataclass(frozen=True)
class Block:
    """All findings of an experiment, and what its document leaves open."""

    experiment: Experiment
    asked: tuple[Asked, ...]
    open: Mapping[str, str]

    @property
    def there(self) -> bool:
        return bool(self.asked or self.open)


@dataclass(frozen=True)
class Overview:
    """All findings of several experiments."""

    counts: str
    """``3 agree, 1 disagrees``."""
    listed: tuple[tuple[Experiment, tuple[Asked, ...]], ...]


def blocks(model: Model, compared: Sequence[ComparisonView]) -> dict[str, Block]:
    """By the name of the experiment; all of them, whether they have findings or not."""
    found: dict[str, list[Answer]] = {}
    for answer in answers(model.results):
        found.setdefault(answer.experiment, []).append(answer)
    return {
        experiment.name: Block(
            experiment,
            tuple(
                _asked(model, compared, experiment, answer, number)
                for number, answer in enumerate(found.get(experiment.name, ()), start=1)
            ),
            experiment.plan.open,
        )
        for experiment in model.experiments
    }


def overview(blocks: Mapping[str, Block]) -> Overview | None:
    """None where all findings stand together anyway."""
    listed = tuple((block.experiment, block.asked) for block in blocks.values() if block.asked)
    if not listed or len(blocks) < 2:
        return None
    by = Counter(asked.kind for _, all_asked in listed for asked in all_asked)
    counts = ", ".join(counted(by[_kind(word)], *texts) for word, texts in _COUNTED.items() if by[_kind(word)])
    return Overview(counts, listed)


def _asked(
    model: Model, compared: Sequence[ComparisonView], experiment: Experiment, answer: Answer, number: int
) -> Asked:
    finding = answer.finding
    return Asked(
        anchor=f"{experiment.anchor}-f{number}",
        question=finding.question,
        document=finding.document,
        said=finding.said,
        kind=_kind(answer.word),
        mark=MARKS[answer.word],
        word=told.word(answer),
        sentence=told.sentence(answer),
        notes=told.notes(answer),
        links=(*_comparison(compared, experiment, finding), *_runs(model, answer)),
    )


def _kind(word: Word) -> str:
    return word.replace(" ", "-")


def _comparison(
    compared: Sequence[ComparisonView], experiment: Experiment, finding: PlannedFinding
) -> tuple[tuple[str, str], ...]:
    """The section that has every pair of these two values, where the manifest asks for the comparison."""
    for view in compared:
        if view.experiment is experiment and view.axis == finding.along:
            for contrast in view.contrasts:
                if _same(contrast.found.a, finding.start) and _same(contrast.found.b, finding.end):
                    return (("every pair", f"compare.html#{contrast.anchor}"),)
    return ()


def _same(value: object, given: Mapping[str, object]) -> bool:
    """Whether a value of an axis is what a finding names; a step of a zip may leave out what never changes."""
    if isinstance(value, Step):
        return all(frozen(given.get(name)) == one for name, one in zip(value.names, value.values, strict=True))
    return [frozen(one) for one in given.values()] == [value]


def _runs(model: Model, answer: Answer) -> tuple[tuple[str, str], ...]:
    """Runs that show it: a pair in the middle of all, or the runs at both ends."""
    if not answer.measured:
        return ()
    if answer.of == "runs":
        (group,) = answer.groups
        chosen = {"the lowest": group.lowest, "the middle": group.typical, "the highest": group.highest}
        if answer.unit == "flag" or group.runs == 1:
            chosen = {"the run" if group.runs == 1 else "a run": group.highest}
    elif answer.example:
        chosen = dict(
            zip(
                (f"a typical pair: {told.ends(answer.finding)[0]}", told.ends(answer.finding)[1]),
                answer.example,
                strict=True,
            )
        )
    else:
        here, there = answer.groups
        chosen = {"a typical run here": here.typical, "one there": there.typical}
    seen: dict[str, str] = {}
    for text, job in chosen.items():
        if job in model.runs:
            seen.setdefault(model.runs[job].page, text)
    return tuple((words.shorten(text, 80), page) for page, text in seen.items())
