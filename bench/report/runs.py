"""One page for each run: the picture, how it came about and everything that was written down of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.report import curves, words
from bench.report import format as fmt
from bench.report.curves import Chart, Series
from bench.report.format import Figure
from bench.report.model import Run
from bench.report.site import Page, Site

#: Width of the bar of phases, in units of its drawing.
BAR = 520.0


@dataclass(frozen=True)
class Phase:
    name: str
    seconds: Figure
    x: float
    width: float
    colour: int


#: How words.NUMBERS are shown.
_NUMBERS: dict[str, Callable[[float, str], Figure]] = {
    "share": fmt.share,
    "ratio": fmt.ratio,
    "whole": lambda value, kind: fmt.whole(round(value), kind),
    "number": lambda value, kind: fmt.quality(value, kind),
}


@dataclass(frozen=True)
class TermRow:
    name: str
    loss: Figure


@dataclass(frozen=True)
class RunPage:
    run: Run
    settings: str
    experiments: tuple[tuple[str, str], ...]
    """Name of each experiment the run belongs to, and its pair page there."""
    chart: Chart | None
    legend: tuple[tuple[str, int, int], ...]
    table: tuple[tuple[int, tuple[Figure, ...]], ...]
    table_heads: tuple[str, ...]
    sizes: tuple[str, ...]
    """That the curve goes through, where there are several."""
    outcome: tuple[tuple[str, Figure], ...]
    diagnosis: tuple[tuple[str, Figure], ...]
    """The numbers behind the verdict."""
    terms: tuple[TermRow, ...]
    phases: tuple[Phase, ...]
    gpu: tuple[tuple[str, Figure], ...]
    """What its driver told while the run optimised; empty without one."""
    held_back: str
    """What kept the GPU's clocks down, in words."""
    parameters: tuple[tuple[str, str], ...]
    further: tuple[tuple[str, str], ...]
    attempts: tuple[str, ...]
    """Given up before this one, in words."""
    environment: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    before: str
    after: str


def pages(site: Site) -> list[Page]:
    around = ["", *(run.page for run in site.model.runs.values()), ""]
    return [
        Page(run.page, "run", partial(_page, site, run, around[k], around[k + 2]), "table.html")
        for k, run in enumerate(site.model.runs.values())
    ]


def _page(site: Site, run: Run, before: str, after: str) -> RunPage:
    pair_pages = site.pair_pages
    member = [e for e in site.model.experiments if (e.name, run.id) in pair_pages]
    record = run.record
    chart, legend = _chart(run)
    heads, table = _table(run)
    return RunPage(
        run=run,
        settings=member[0].settings(run) if member else "",
        experiments=tuple((e.name, pair_pages[e.name, run.id]) for e in member),
        chart=chart,
        legend=legend,
        table=table,
        table_heads=heads,
        sizes=_sizes(run),
        outcome=_outcome(run),
        diagnosis=_diagnosis(run),
        terms=tuple(TermRow(name, fmt.loss(value, "term")) for name, value in record.outcome.terms.items())
        if record and record.outcome
        else (),
        phases=_phases(run),
        gpu=_gpu(run),
        held_back=", ".join(_held_back(run)),
        parameters=_settings(run, everyday=True),
        further=_settings(run, everyday=False),
        attempts=_attempts(run),
        environment=environment(record.environment) if record else (),
        files=tuple(record.files.items()) if record else (),
        facts=_facts(run, site.model.results.job_id(run.id)),
        before=before,
        after=after,
    )


def _settings(run: Run, *, everyday: bool) -> tuple[tuple[str, str], ...]:
    """Parameters in words, those with no meaning for the task left out."""
    return tuple(
        (name, words.value(name, value))
        for name, value in run.parameters.items()
        if (name in words.EVERYDAY) == everyday and value is not None
    )


def _outcome(run: Run) -> tuple[tuple[str, Figure], ...]:
    record = run.record
    if record is None:
        return ()
    rows: list[tuple[str, Figure]] = []
    if record.outcome:
        o = record.outcome
        rows += [
            ("final loss", run.loss),
            ("loss at the start", fmt.loss(o.start_loss, "start-loss")),
            ("loss of the picture as saved, clipped", fmt.loss(o.saved_loss, "saved-loss")),
        ]
    if record.timing:
        rows += [("time to optimise", run.seconds), ("time per evaluation", run.per_evaluation)]
    if record.outcome:
        rows += [
            ("evaluations", fmt.whole(o.evaluations, "evaluations")),
            ("updates", fmt.whole(o.updates, "updates")),
            ("picture taken at evaluation", fmt.whole(o.picture_evaluation, "picture-evaluation")),
            ("values outside [0, 1] before saving", fmt.share(o.out_of_gamut, "out-of-gamut")),
        ]
        if o.attempts and o.seed is not None:
            rows.append(("seed of its noise", Figure("noise-seed", repr(o.seed), str(o.seed))))
        rows += [(words.QUALITY[name], figure) for name, figure in run.quality.items()]
    if run.repeats:
        count = len(run.repeats.jobs)
        rows += [
            (f"agreement of its {count} repeats (SSIM, 1 is all)", fmt.quality(run.repeats.structure, "agreement")),
            ("difference of its repeats (8-bit levels)", fmt.quality(run.repeats.difference, "agreement-difference")),
        ]
    if record.memory:
        rows += [
            ("peak memory", run.memory),
            ("memory before", fmt.memory(record.memory.before_bytes, "memory-before")),
        ]
    return tuple(rows)


def _diagnosis(run: Run) -> tuple[tuple[str, Figure], ...]:
    if run.record is None or run.record.diagnosis is None:
        return ()
    rows = []
    for name, value in run.record.diagnosis.numbers.items():
        told, kind = words.NUMBERS.get(name, (name, "number"))
        rows.append((told, _NUMBERS[kind](value, f"number {name}")))
    return tuple(rows)


def _attempts(run: Run) -> tuple[str, ...]:
    if run.record is None or run.record.outcome is None:
        return ()
    return tuple(
        f"seed {a.seed}, after {fmt.counted(a.evaluations, 'evaluation', 'evaluations')}: {a.verdict}, {a.reason}"
        for a in run.record.outcome.attempts
    )


def _sizes(run: Run) -> tuple[str, ...]:
    """That the curve goes through; empty where there is only one."""
    sizes = [words.value("size", size) for _, size in run.curve.sizes] if run.curve else []
    return tuple(sizes) if len(sizes) > 1 else ()


def _chart(run: Run) -> tuple[Chart | None, tuple[tuple[str, int, int], ...]]:
    if run.curve is None:
        return None, ()
    lines = {"total": run.curve.total, **{n: y for n, y in run.curve.terms.items() if any(v > 0 for v in y)}}
    if len(lines) == 2:
        # One term alone is the total: a second line would lie on the first.
        lines = {"total": run.curve.total}
    begins = [(run.curve.evaluation[k], words.value("size", size)) for k, size in run.curve.sizes]
    breaks = tuple(at for at, _ in begins[1:])
    series = [
        Series(run.id, name, run.curve.evaluation, y, k, k % curves.DASHES, name, breaks)
        for k, (name, y) in enumerate(lines.items())
    ]
    chart = curves.chart("Loss by evaluation", "evaluation", series, marks=begins if breaks else ())
    return chart, tuple((s.label, s.colour, s.dash) for s in series)


def _table(run: Run) -> tuple[tuple[str, ...], tuple[tuple[int, tuple[Figure, ...]], ...]]:
    if run.curve is None:
        return (), ()
    c, staged = run.curve, bool(_sizes(run))
    heads = ("time", *(("size",) if staged else ()), "total", *c.terms)
    rows = []
    for k in curves.sampled(len(c.total)):
        figures = [fmt.seconds(c.seconds[k], "curve-seconds")]
        if staged:
            figures.append(fmt.whole(c.size[k], "curve-size", "px"))
        figures.append(fmt.loss(c.total[k], "curve-loss"))
        rows.append((int(c.evaluation[k]), (*figures, *(fmt.loss(y[k], "curve-term") for y in c.terms.values()))))
    return heads, tuple(rows)


def _phases(run: Run) -> tuple[Phase, ...]:
    timing = run.record.timing if run.record else None
    if timing is None:
        return ()
    values = {name: float(getattr(timing, name)) for name in words.PHASES if name != "restarts" or timing.restarts}
    total = sum(v for v in values.values() if v > 0) or 1.0
    phases, x = [], 0.0
    for name, value in values.items():
        width, colour = BAR * max(value, 0.0) / total, words.PHASES.index(name)
        phases.append(Phase(name, fmt.seconds(value, f"phase {name}"), round(x, 2), round(width, 2), colour))
        x += width
    return tuple(phases)


def _gpu(run: Run) -> tuple[tuple[str, Figure], ...]:
    """Before and after, as far as there is anything to tell."""
    timing = run.record.timing if run.record else None
    if timing is None:
        return ()
    rows = [("energy of the GPU", fmt.energy(timing.energy_joules))]
    for state, when in ((timing.gpu_before, "at the start"), (timing.gpu_after, "at the end")):
        if state is not None:
            rows += [
                (f"clock {when}", fmt.whole(state.sm_mhz, f"gpu-clock {when}", "MHz")),
                (f"temperature {when}", fmt.whole(state.temperature_celsius, f"gpu-temperature {when}", "°C")),
            ]
    return tuple((name, figure) for name, figure in rows if figure.value is not None)


def _held_back(run: Run) -> tuple[str, ...]:
    timing = run.record.timing if run.record else None
    states = (timing.gpu_before, timing.gpu_after) if timing else ()
    return tuple(dict.fromkeys(reason for state in states if state for reason in state.slowed_by or ()))


def environment(given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is known of a machine, in words; keys it lacks are left out."""
    rows = []
    for name, value in given.items():
        if value is None or value == "":
            continue
        if name.endswith("_bytes") and isinstance(value, int):
            text = fmt.size(value)
        elif isinstance(value, dict):
            text = ", ".join(f"{k} {words.value('', v)}" for k, v in value.items() if v is not None)
        else:
            text = words.value("", value)
        rows.append((name.removesuffix("_bytes"), text))
    return tuple(rows)


def _facts(run: Run, id: str) -> tuple[tuple[str, str], ...]:
    rows = [("job id", id)]
    if run.record:
        r = run.record
        rows += [
            ("weights", r.weights),
            ("algorithm version", str(r.algorithm)),
            ("started", r.started),
            ("finished", r.finished),
        ]
        if r.timing:
            rows.append(("timing contract", r.timing.contract))
        if r.memory:
            rows.append(("memory measured by", r.memory.method))
    return tuple(rows)
