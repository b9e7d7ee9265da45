"""What pairs of runs say, in sentences with their figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context

from bench.pairing import Comparison, Contrast, Spread
from bench.report import format as fmt
from bench.report import words
from bench.report.format import Figure

Sentence = tuple[str | Figure, ...]

#: With fewer pairs a quartile is little more than one of them: the extremes are told instead.
QUARTILES_FROM = 4
#: Values of an axis that one sentence tells of.
_MOST_VALUES = 4
#: A p-value below is told as below: nobody acts on the rest of its digits.
_LEAST_P = 1e-6


def verdict(found: Comparison, contrast: Contrast) -> Sentence:
    """What the pairs of two values say; that there is nothing to say, if there is no pair.

    What a task is for comes first, such as how steady a video is, and then what it costs; else the time to the same
    loss where losses may be compared: it is what a choice saves.
    """
    a, b = words.subject(found.axis, contrast.a), words.subject(found.axis, contrast.b)
    name = words.value(found.axis, contrast.a)
    if not contrast.pairs:
        return (f"{words.capital(b)} against {a}: no two finished runs differ in this and in nothing else.",)
    leads: list[Sentence] = []
    follows: list[Sentence] = []
    if contrast.reach:
        leads.append(_reached(contrast, contrast.reach, f"the final loss of {name}"))
        follows.append(())
    own = [(contrast.own.get(name), *told) for name, told in words.OWN_VERDICTS.items()]
    # A time for each frame says what that of the whole run would.
    whole = None if contrast.own.get("seconds_per_frame") else contrast.seconds
    for spread, took, of, kind, better, worse in (
        *own,
        (whole, *words.TOOK),
        (contrast.loss, "ended at", "the loss", "loss-ratio", "lower", "higher"),
    ):
        if spread:
            won = _won(spread, better, worse)
            lead = fmt.ratio(spread.median, f"{kind} lead")
            leads.append((f" {took} ", lead, f" {of} of {a}", *_evidence(spread, kind, won)))
            follows.append((f" {took} ", fmt.ratio(spread.median, kind), f" {of}", *_aside(won)))
    if not leads:
        return (f"{words.capital(b)} against {a}: no pair of runs has times or losses that may be compared.",)
    rest = follows[1:]
    if not rest:
        return (words.capital(b), *leads[0], ".")
    same = contrast.reach and contrast.per_evaluation is None
    joined = [part for k, follow in enumerate(rest) for part in ("" if k == 0 else " and", *follow)]
    return (words.capital(b), *leads[0], ". For the same evaluations it" if same else ". It", *joined, ".")


def several(found: Comparison) -> Sentence:
    """Three values or more in one sentence, each against the first; empty where nothing was timed."""
    told = [(c, c.reach) for c in found.contrasts if c.reach] if found.losses_comparable else []
    by_loss = bool(told)
    steady = [(c, c.own["flicker"]) for c in found.contrasts if "flicker" in c.own]
    told = told or steady or [(c, c.seconds) for c in found.contrasts if c.seconds]
    if not told:
        return ()
    took, of, kind, better, worse = words.OWN_VERDICTS["flicker"] if steady else words.TOOK
    same = len({spread.n for _, spread in told}) == 1
    parts: list[str | Figure] = [f"Against {words.subject(found.axis, told[0][0].a)}, "]
    shown = told[:_MOST_VALUES]
    for k, (contrast, spread) in enumerate(shown):
        parts.append("" if k == 0 else " and " if k == len(told) - 1 else ", ")
        parts.append(words.value(found.axis, contrast.b))
        if by_loss:
            parts += _reached(contrast, spread, "its final loss" if k == 0 else "it", brief=same)
        else:
            parts += [f" {took} ", fmt.ratio(spread.median, f"{kind} lead"), f" {of}" if k == 0 else ""]
            won = _won(spread, better, worse)
            parts += _aside(won) if same else _evidence(spread, kind, won, ranged=False)
    if len(told) > len(shown):
        parts.append(f"; {fmt.counted(len(told) - len(shown), 'further value is', 'further values are')} compared too")
    if same:
        n = told[0][1].n
        parts.append("; one pair each" if n == 1 else f"; medians of {fmt.count(n)} pairs")
    return (*parts, ".")


def _reached(contrast: Contrast, spread: Spread, of: str, *, brief: bool = False) -> Sentence:
    """``reached the final loss of noise in 41 % of its time (...)``."""
    n, reached = spread.n, contrast.reached
    if reached == 0:
        return (f" never reached {of}", "" if n == 1 else f" in any of {fmt.count(n)} pairs")
    if math.isinf(spread.median):
        p = [", ", *_p(spread)] if n > 1 else []
        return (f" reached {of} in only ", fmt.whole(reached, "reached lead"), f" of {fmt.count(n)} pairs", *p)
    figure, unit = reach_figure(spread.median, "reach-ratio lead")
    never = (", never there in ", fmt.whole(n - reached, "never")) if reached < n else ()
    won = _won(spread, "faster", "slower", never)
    told = _aside(won) if brief else _evidence(spread, "reach-ratio", won)
    return (f" reached {of} in ", figure, f"{unit} its time", *told)


def reach_figure(ratio: float, kind: str = "reach-ratio") -> tuple[Figure, str]:
    """``38 %`` of its time up to 1, ``1.30 ×`` its time above."""
    return (fmt.ratio(ratio, kind), "") if ratio > 1 else (fmt.share(ratio, kind), " of")


def ratio(value: float, kind: str = "ratio") -> Figure:
    """A ratio of times; ``never`` where the second never got there."""
    return Figure(kind, None, "never") if math.isinf(value) else fmt.ratio(value, kind)


def _evidence(spread: Spread, kind: str, won: Sentence, *, ranged: bool = True) -> Sentence:
    """``(median of 24 pairs, quartiles 36 % to 47 %; faster in 22 of 24, p = 0.00004)``."""
    if spread.n == 1:
        return (" (one pair)",)
    parts: list[str | Figure] = [" (median of ", fmt.whole(spread.n, "pair-count"), " pairs"]
    if ranged:
        few = spread.n < QUARTILES_FROM
        low, high = (spread.least, spread.most) if few else (spread.lower, spread.upper)
        ends = _range(low, high, kind == "reach-ratio")
        parts += [", from " if few else ", quartiles ", ends[0], " to ", ends[1]]
    return (*parts, "; ", *won, ")")


def _range(low: float, high: float, in_percent: bool) -> tuple[Figure, Figure]:
    """Both ends of a range in one unit."""
    in_percent = in_percent and (high <= 1 or (math.isinf(high) and low <= 1))
    ends = [
        fmt.share(end, "quartile") if in_percent and math.isfinite(end) else ratio(end, "quartile")
        for end in (low, high)
    ]
    return ends[0], ends[1]


def _aside(won: Sentence) -> Sentence:
    return (" (", *won, ")") if won else ()


def _won(spread: Spread, better: str, worse: str, further: Sentence = ()) -> Sentence:
    """``faster in 22 of 24, p = 0.00004``; empty for a single pair, of which the ratio says it all."""
    if spread.n == 1:
        return ()
    if spread.ties == spread.n:
        return ("the same in all",)
    word, count = (better, spread.wins) if spread.wins >= spread.losses else (worse, spread.losses)
    ties = (f", the same in {fmt.count(spread.ties)}",) if spread.ties else ()
    return (f"{word} in ", fmt.whole(count, "wins"), f" of {fmt.count(spread.n)}", *ties, *further, ", ", *_p(spread))


def _p(spread: Spread) -> Sequence[str | Figure]:
    figure = p_value(spread.p)
    return ("p\u00a0" if figure.text.startswith("<") else "p\u00a0=\u00a0", figure)


def p_value(p: float) -> Figure:
    """To two significant digits, one below 0.001, with halves rounded up: sign tests make exact ones."""
    if p < _LEAST_P:
        return Figure("p-value", repr(p), f"< {_LEAST_P:.6f}")
    digits = Context(prec=2 if p >= 0.001 else 1, rounding=ROUND_HALF_UP)
    return Figure("p-value", repr(p), f"{digits.create_decimal(p).normalize():f}")
