"""Answers to what documents found, in sentences with their figures: for pages and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.findings.answers import Answer
from bench.findings.figures import Unit, find
from bench.pairing import Step
from bench.record import PlannedFinding, Value
from bench.report import format as fmt
from bench.report import words
from bench.report.format import NARROW, Figure, counted
from bench.report.verdicts import Sentence

#: So many parameters are named one by one.
_FEW = 3

_NOUNS = {"pairs": ("pair", "pairs"), "runs": ("run", "runs"), "comparisons": ("comparison", "comparisons")}


def word(answer: Answer) -> str:
    """What the answer comes to: ``agrees``, ``cannot tell with these weights``."""
    told = answer.word == "cannot tell" and answer.untaught
    return f"{answer.word} with these weights" if told else answer.word


def sentence(answer: Answer) -> Sentence:
    """What our figures are, how many of them show what the document found, and what was left out."""
    parts = [*_where(answer.finding), *(_told(answer) if answer.measured else _nothing(answer)), *_left(answer)]
    # What opens the sentence is a word, but for the names of parameters and for figures.
    first = parts[0]
    return (words.capital(first) if isinstance(first, str) else first, *parts[1:])


def notes(answer: Answer) -> tuple[str, ...]:
    """What is to be known of the answer: whose weights it is of, and losses that are of different functions."""
    told = []
    whole = answer.random == answer.looked_at
    some = f"{fmt.count(answer.random)} of these {counted(answer.looked_at, 'run', 'runs')}"
    if answer.untaught:
        random = "these are random" if whole else f"those of {some} are random"
        told.append(f"This rests on weights trained on ImageNet; {random}.")
    elif answer.random and answer.finding.trained:
        told.append(
            f"{'With' if whole else f'{some} with'} random weights, where the document's were trained on ImageNet."
        )
    if answer.unsteady:
        longer = plain((shown("share", answer.unsteady),))
        told.append(
            f"The machine did not hold still: the same work took up to {longer} longer at one end of these runs than "
            "at the other, so their times are not to be compared."
        )
    if answer.apart:
        moved = _listed(answer.apart)
        which = f"along {moved}" if answer.of == "pairs" else f"of runs that differ in {moved}"
        told.append(f"Losses {which} are of different functions: a lower one does not mean a better picture.")
    return tuple(told)


def _listed(names: Sequence[str]) -> str:
    """``size, init and seed``; of many, the first."""
    shown = (*names[:_FEW], "others") if len(names) > _FEW + 1 else tuple(names)
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def plain(parts: Sentence) -> str:
    """A sentence as text, for the terminal and for programs."""
    return "".join(part if isinstance(part, str) else part.text for part in parts).replace(NARROW, " ")


def ends(finding: PlannedFinding) -> tuple[str, str]:
    """Where an axis starts and where it ends, as captions have it: ``noise``, ``style_weight 10``."""
    return _end(finding, finding.start), _end(finding, finding.end)


def _end(finding: PlannedFinding, values: Mapping[str, Value]) -> str:
    axis = finding.along or ""
    if list(values) == [axis]:
        return words.setting(axis, values[axis])
    return words.value(axis, Step.of(values, tuple(values)))


def _where(finding: PlannedFinding) -> Sentence:
    if not finding.where:
        return ()
    several = (
        " or ".join(words.setting(name, value) for value in values[:3]) + (" or others" if len(values) > 3 else "")
        for name, values in finding.where.items()
    )
    return (f"Where {' and '.join(several)}: ",)


def _nothing(answer: Answer) -> Sentence:
    figure = find(answer.finding.figure)
    if figure is None:
        return (f"{answer.finding.figure} is no figure that this version of nst-bench knows.",)
    if answer.left.waiting:
        if answer.unit == "flag":
            return ("none of these runs has ended yet.",)
        return (f"the {figure.words} is not known of any {_NOUNS[answer.of][0]} yet.",)
    if answer.left.without:
        return (
            f"whether these runs {figure.words} is not judged."
            if answer.unit == "flag"
            else f"these runs have no {figure.words}.",
        )
    noun = _NOUNS[answer.of][0]
    return (f"no {noun} ended well." if answer.unit == "flag" else f"no {noun} has the {figure.words}.",)


def _left(answer: Answer) -> Sentence:
    one, many = _NOUNS["pairs" if answer.of == "pairs" else "runs"]
    told = []
    if answer.left.untimed:
        told.append(f"{counted(answer.left.untimed, one, many)} whose times are not valid, or of another machine")
    if answer.left.missing and answer.measured:
        told.append(f"{counted(answer.left.missing, one, many)} without the figure")
    return (f" Left out: {', '.join(told)}.",) if told else ()


def _told(answer: Answer) -> Sentence:
    figure = find(answer.finding.figure)
    assert figure is not None, "what is not known was not measured"
    if answer.unit == "flag":
        return _flags(answer, figure.words)
    if answer.of == "runs":
        (group,) = answer.groups
        spread = (*_range(answer.unit, group.least, group.most),) if group.runs > 1 else ()
        centre = (": ", "median " if group.runs > 1 else "", shown(answer.unit, group.centre))
        return (f"the {figure.words} is ", *_bounds(answer), " in ", _share(answer), *centre, *spread, ".")
    start, end = answer.groups
    if answer.of == "pairs":
        names = tuple(f" with {name}" for name in ends(answer.finding))
        how = (f"the {figure.words} is {_change(answer.finding)} in ", _share(answer))
    else:
        names = (" there", " here")
        start, end = end, start
        other = words.shorten(answer.finding.than or "", 60)
        if answer.finding.change == "same":
            shows = "is" if answer.showing else "is not"
            how = (f"the {figure.words} {shows} {_change(answer.finding)} by the medians of this and {other}", "")
        else:
            how = (f"the {figure.words} is {_change(answer.finding)} in ", f"{_share(answer)} with runs of {other}")
    median = "median " if max(start.runs, end.runs) > 1 else ""
    centres = (": ", median, shown(answer.unit, start.centre), names[0], ", ", shown(answer.unit, end.centre), names[1])
    return (*how, *centres, *_ratio(answer), ".")


def _flags(answer: Answer, did: str) -> Sentence:
    """Of what is so or not: shares."""
    if answer.of == "runs":
        (group,) = answer.groups
        return (fmt.count(round(group.centre * group.runs)), f" of {counted(group.runs, 'run', 'runs')} {did}.")
    start, end = answer.groups
    first, second = (f" with {name}" for name in ends(answer.finding)) if answer.of == "pairs" else (" here", " there")
    told = (shown("flag", start.centre), f" of the runs{first} {did}, ", shown("flag", end.centre), f"{second}: ")
    if answer.of == "comparisons" and answer.finding.change == "same":
        return (*told, "" if answer.showing else "not ", _change(answer.finding), ".")
    tied = f", no change in {fmt.count(answer.tied)}" if answer.tied else ""
    return (*told, f"{_change(answer.finding)} in ", _share(answer), tied, ".")


def _change(finding: PlannedFinding) -> str:
    if finding.change == "same":
        return f"the same within {_bound('share', finding.within or 0)}"
    if finding.by == 1:  # of the smaller, which nobody would read out of "lower by 100 %"
        return {"lower": "half or less", "higher": "twice or more"}[str(finding.change)]
    return f"{finding.change} by {_bound('share', finding.by)} or more" if finding.by else str(finding.change)


def _share(answer: Answer) -> str:
    figure = find(answer.finding.figure)
    shared = figure is not None and figure.shared and answer.of == "runs"
    nouns = ("group of repeats", "groups of repeats") if shared else _NOUNS[answer.of]
    return f"{fmt.count(answer.showing)} of {counted(answer.measured, *nouns)}"


def _bounds(answer: Answer) -> Sentence:
    least, most = answer.finding.at_least, answer.finding.at_most
    if least is not None and most is not None:
        return (_bound(answer.unit, least), " to ", _bound(answer.unit, most))
    return (
        ("at least ", _bound(answer.unit, least)) if least is not None else ("at most ", _bound(answer.unit, most or 0))
    )


def _bound(unit: Unit, value: float) -> str:
    """Somebody chose it: it is no measured figure, and has no digits that it was not given."""
    if unit in ("share", "flag"):
        return f"{words.weight(100 * value)}{NARROW}%"
    return words.weight(value) + (f"{NARROW}s" if unit == "seconds" else f"{NARROW}B" if unit == "memory" else "")


def _ratio(answer: Answer) -> Sentence:
    if answer.ratio is None:
        return ()
    told: Sentence = ("; ratio ", fmt.ratio(answer.ratio.centre, "finding"))
    if answer.measured > 1:
        low, high = (fmt.ratio(value, "finding") for value in (answer.ratio.least, answer.ratio.most))
        told = (*told, " (", low, " to ", high, ")")
    return told


def _range(unit: Unit, least: float, most: float) -> Sentence:
    return (" (", shown(unit, least), " to ", shown(unit, most), ")")


def shown(unit: Unit, value: float) -> Figure:
    """A figure as its unit has it."""
    if unit == "seconds":
        return fmt.seconds(value, "finding")
    if unit == "loss":
        return fmt.loss(value, "finding")
    if unit == "memory":
        return fmt.memory(round(value), "finding")
    if unit in ("share", "flag"):
        return fmt.share(value, "finding")
    if unit == "whole" and value == round(value):
        return fmt.whole(round(value), "finding")
    return fmt.quality(value, "finding")
