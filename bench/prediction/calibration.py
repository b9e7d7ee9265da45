"""Which trials a plan is worth, and what its jobs cost by them. Pure but for what it is given to measure with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.plan import Job
from bench.plan.resolve import weights_source
from bench.plan.sizing import files
from bench.prediction.blocks import Blocks
from bench.prediction.forecast import Forecasts, Prediction
from bench.prediction.model import Model
from bench.prediction.point import Point
from bench.prediction.work import Kind, StageWork, Work, at_size, fits, is_measured, measured_as, operations, work
from nst.layers import topology
from nst.stages import stages

#: Runs one trial on a worker: from :func:`bench.prediction.trial.run`'s content to what it returns. None: it failed.
Measure = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]

#: Seconds of measuring, for a whole plan.
BUDGET = 8.0

#: Least seconds a kind must be worth for a trial of its own.
_WORTH = 0.25
#: The first trial of a kind is about this large: it must not take long on any machine.
_FIRST_SIDE = 128
#: Blocks are tracked at these two sides or, where layers ask for more, larger ones.
_TRACKED_SIDES = (64, 96)
#: Evaluations that a trial's targets, warm-up, shortest run and steps are worth together.
_TRIAL_EVALUATIONS = 6.0
#: How much longer than expected a trial may take.
_MARGIN = 1.2
#: Share of free memory that a trial may be expected to need.
_SAFE = 0.8
#: Trials of one kind, at most.
_TRIALS = 4
#: Networks that a worker keeps (:mod:`bench.worker.execution`).
_KEPT_NETWORKS = 2


@dataclass
class _Group:
    """Jobs of one kind, with what was measured of it."""

    kind: Kind
    jobs: list[tuple[Job, Work]] = field(default_factory=list)
    operations: float = 0.0
    model: Model | None = None
    reason: str = ""
    too_large: int | None = None
    """Pixels of a trial that ran out of memory."""

    @property
    def heaviest(self) -> tuple[Job, Work]:
        return max(self.jobs, key=lambda pair: pair[1].largest.pixels)


def predict(jobs: Sequence[Job], measure: Measure, budget: float = BUDGET, warm: bool = False) -> Forecasts:
    """Seconds and peak memory of each job.

    The budget goes to the kinds of jobs by how much of the plan's work they carry, heaviest first; a kind that gets
    none of it is predicted from the nearest that did.

    Args:
        jobs: of the plan, in the order they will run.
        measure: runs a trial.
        budget: seconds that trials may take, all together.
        warm: whether the jobs run in the workers that measured, which then have networks loaded.
    """
    unlike = {job.id: f"no trial shows what a {job.parameters['task']} costs" for job in jobs if not is_measured(job)}
    jobs = [job for job in jobs if job.id not in unlike]
    groups = _grouped(jobs)
    ranked = sorted(groups.values(), key=lambda group: -group.operations)
    spent, notes, free = 0.0, dict[str, None](), None
    for number, group in enumerate(ranked):
        rest = sum(other.operations for other in ranked[number:])
        share = (budget - spent) * group.operations / rest if rest else 0.0
        if number and share < _WORTH:
            group.reason = "nothing like it was measured"
            continue
        points = _measured(group, measure, share)
        spent += sum(point.took for point in points)
        notes.update({point.note: None for point in points if point.note})
        free = min((p.free_bytes for p in points if p.free_bytes is not None), default=free)
    _borrow(ranked)
    order = [(job, demand, groups[demand.kind]) for job, demand in _works(jobs, groups)]
    return _forecasts(order, unlike, tuple(notes), free, spent, warm)


def _grouped(jobs: Sequence[Job]) -> dict[Kind, _Group]:
    groups: dict[Kind, _Group] = {}
    for job in jobs:
        demand = work(job)
        group = groups.setdefault(demand.kind, _Group(demand.kind))
        group.jobs.append((job, demand))
        group.operations += demand.operations
    return groups


def _works(jobs: Sequence[Job], groups: Mapping[Kind, _Group]) -> Iterable[tuple[Job, Work]]:
    """All jobs in their order, without working them out again."""
    known = {job.id: demand for group in groups.values() for job, demand in group.jobs}
    return ((job, known[job.id]) for job in jobs)


def _measured(group: _Group, measure: Measure, share: float) -> list[Point]:
    """Trials of a kind, within a share of the budget, at one size and as large as it allows; gives the group its model,
    or the reason why it has none."""
    job, demand = group.heaviest
    sizes = _sizes(job, demand)
    least = min(_FIRST_SIDE**2, *(stage.pixels for _, other in group.jobs for stage in other.stages))
    first = min(sizes, key=lambda stage: abs(stage.pixels - least))
    tracked = _tracked(job, demand)
    points: list[Point] = []
    blocks: Blocks | None = None
    wanted: StageWork | None = first
    while wanted is not None:
        left = share - sum(point.took - point.prepared for point in points)
        told = measure(_content(job, demand, wanted, [] if points else tracked, (0.25 if points else 0.1) * left))
        if told is None or told.get("out_of_memory"):
            if told is not None:
                group.too_large = wanted.pixels
            break
        points = sorted([*points, Point.read(told, demand.settings)], key=lambda point: point.pixels)
        if told["blocks"]["events"]:
            blocks = Blocks(tuple(told["blocks"]["pixels"]), tuple(told["blocks"]["events"]))
        model = Model(demand.settings, demand.kind.content, tuple(points), blocks, bool(told.get("cuda")))
        group.model = model
        wanted = _next(sizes, model, share - sum(p.took - p.prepared for p in points))
    if not points:
        lost = "out of memory" if group.too_large else "failed"
        group.reason = f"a trial at {first.result[0]} x {first.result[1]} pixels {lost}"
    return points


def _sizes(job: Job, demand: Work) -> list[StageWork]:
    """Sizes that a trial may have, smallest first: the job's largest, and that divided by powers of root 2."""
    pictures = [(role, own) for role, given in job.inputs.items() for own in files(given)]
    largest = max(stage.size for stage in stages(demand.settings))
    found: dict[int, StageWork] = {}
    for halvings in range(16):
        stage = at_size(demand.settings, pictures, round(largest / 2 ** (halvings / 2)), 1)
        if min(stage.result) < 32 or not fits(demand.settings, stage):
            break
        found[stage.pixels] = stage
    return [found[pixels] for pixels in sorted(found)] or [demand.largest]


def _tracked(job: Job, demand: Work) -> list[StageWork]:
    """Two small squares to follow blocks of memory at."""
    shape = topology(demand.settings.backbone, demand.settings.width)
    taps = (*(demand.settings.content_layers or ()), *(demand.settings.style_layers or ()))
    least = max((shape.smallest(tap) for tap in taps), default=1)
    sides = [max(side, -(-least * side // _TRACKED_SIDES[0] // 16) * 16) for side in _TRACKED_SIDES]
    count = len(demand.stages[-1].styles)
    return [StageWork((side, side), ((side, side),) * count, 1) for side in sides]


def _next(sizes: Sequence[StageWork], model: Model, left: float) -> StageWork | None:
    """The largest size beyond the trials' that is affordable, in time and in memory; for want of one, a smaller one.

    Where small pictures take as long as larger ones, as on a GPU, the first trial makes all others look too long: so
    there may be a third and a fourth.
    """
    point = model.points[-1]
    free = point.free_bytes

    def affordable(stage: StageWork) -> bool:
        grown = stage.pixels / point.pixels
        seconds = _TRIAL_EVALUATIONS * model.evaluation(stage.pixels)
        if _MARGIN * (seconds + point.assess + point.compare + grown * (point.decode + point.save)) > left:
            return False
        return free is None or (point.peak_bytes or 0) * max(1.0, grown) < _SAFE * free

    larger = [stage for stage in sizes if stage.pixels > 1.5 * point.pixels and affordable(stage)]
    if larger and len(model.points) < _TRIALS:
        return larger[-1]
    if len(model.points) > 1:
        return None
    smaller = [stage for stage in sizes if stage.pixels < point.pixels / 1.9]
    return smaller[-1] if smaller and affordable(smaller[-1]) else None


def _content(job: Job, demand: Work, stage: StageWork, tracked: Sequence[StageWork], seconds: float) -> dict[str, Any]:
    return {
        "parameters": dict(measured_as(job)),
        "weights": weights_source(str(job.parameters["weights"]), job.folder),
        "result": list(stage.result),
        "styles": [list(size) for size in stage.styles],
        "regions": demand.kind.regions,
        "seconds": seconds,
        "track": [[list(small.result), [list(size) for size in small.styles]] for small in tracked],
    }


def _borrow(groups: Sequence[_Group]) -> None:
    """Give kinds without trials the law of the nearest that has one, in proportion to what both have to do."""
    measured = [group for group in groups if group.model is not None]
    for group in groups:
        if group.model is None and not group.too_large and group.reason.startswith("nothing") and measured:
            near = max(measured, key=lambda other: (_likeness(group.kind, other.kind), other.operations))
            assert near.model is not None
            pixels = group.heaviest[1].largest.pixels
            ratio = operations(group.kind, pixels) / operations(near.kind, pixels)
            group.model = replace(near.model, scale=ratio, _known={})


def _likeness(one: Kind, other: Kind) -> int:
    same = dict(other.values)
    return 3 * (one.optimizer == other.optimizer) + sum(same[name] == value for name, value in one.values)


def _forecasts(
    order: Iterable[tuple[Job, Work, _Group]],
    unlike: Mapping[str, str],
    notes: tuple[str, ...],
    free: int | None,
    spent: float,
    warm: bool,
) -> Forecasts:
    found: dict[str, Prediction] = {}
    left_out = dict(unlike)
    too_large: dict[str, str] = {}
    networks: list[tuple[object, ...]] = []
    prepared: set[tuple[object, ...]] = set()  # pictures in their roles, of which targets were taken before
    for job, demand, group in order:
        if group.too_large is not None and demand.largest.pixels >= group.too_large:
            too_large[job.id] = f"a trial of {group.too_large:,} pixels ran out of memory"
            left_out[job.id] = too_large[job.id]
        elif group.model is None:
            left_out[job.id] = group.reason
        else:
            cost = group.model.cost(demand)
            network = (job.weights, *(dict(group.kind.values)[name] for name in ("backbone", "width", "pooling")))
            loaded = network in networks or (warm and group.model.scale == 1)
            loading = 0.0 if loaded else group.model.points[0].weights
            networks = [*[known for known in networks if known != network], network][-_KEPT_NETWORKS:]
            keys = {
                (network, group.kind, role, given.picture.sha256, demand.stages) for role, given in job.inputs.items()
            }
            spared = cost.prepared * len(keys & prepared) / len(keys)
            prepared |= keys
            found[job.id] = Prediction(cost.seconds - spared + loading, cost.optimise, cost.peak_bytes)
    return Forecasts(found, left_out, too_large, free, notes, spent)
