"""What a job asks of a machine, in numbers that need no machine: sizes, evaluations, multiplications. No torch here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from bench.inputs.mixtures import Mixture
from bench.inputs.picture import Input
from bench.plan import Job
from bench.plan.sizing import files
from bench.record import Value
from bench.tasks import TASKS
from nst.groups import SYNTHESIS
from nst.layers import Layer, Topology, topology
from nst.resolution import settle
from nst.settings import Settings, from_values
from nst.stages import later_stages, needed_side, result_size, shown_filters, stages, style_size, taps

#: Settings that decide how often something is done, where it starts or by what it is multiplied, but not what one
#: evaluation costs. All others are taken to: a new setting makes a trial of its own until it is named here.
FREE = frozenset(
    {
        "weights", "size", "size_rule", "resampling", "style_fit", "style_scale", "style_upscale", "colours",
        "coarse_sizes", "coarse_evaluations", "init", "noise", "noise_centre", "noise_spread", "seed", "restarts",
        "content_weight", "content_reduction", "style_weight", "style_layer_weights", "gram_divisor",
        "style_reduction", "tv_weight", "learning_rate", "pixel_range", "evaluations", "history", "curvature_gate",
        "max_change", "betas", "averaging", "clamp", "balance", "feature_filters", "blend", "blend_offset",
        "blend_seam", "frames", "temporal_weight", "frame_batch", "video_format", "video_size",
    }
)  # fmt: skip

#: Multiplications taken to be worth moving one byte. A rough figure (two cores did 60 to 70 thousand million
#: multiplications a second): it only ranks kinds of jobs and carries a measured time over to the nearest kind.
_PER_BYTE = 10.0

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Kind:
    """All that decides what an evaluation costs, but the size of the pictures."""

    values: tuple[tuple[str, object], ...]
    """Settings by name, :data:`FREE` left out, and whether there is any total variation."""
    content: bool
    style: bool
    regions: int

    @property
    def optimizer(self) -> object:
        return dict(self.values)["optimizer"]

    def describe(self) -> str:
        """For messages: ``vgg19 of width 0.25, lbfgs``."""
        values = dict(self.values)
        width = "" if values["width"] == 1 else f" of width {values['width']:g}"
        return f"{values['backbone']}{width}, {values['optimizer']}"


@dataclass(frozen=True)
class StageWork:
    """One size of a job."""

    result: Size
    styles: tuple[Size, ...]
    evaluations: int

    @property
    def pixels(self) -> int:
        return area(self.result)


@dataclass(frozen=True)
class Work:
    """A job in numbers."""

    kind: Kind
    settings: Settings
    stages: tuple[StageWork, ...]
    inputs: tuple[Size, ...]
    """Of the pictures as they lie on disk."""
    compared: bool
    """Whether the result is compared with one whole style picture in the end."""
    saved: int
    """Pixels of all pictures that are saved."""
    frames: int = 1
    """Of a clip, each of which is made as the first is."""
    later: tuple[StageWork, ...] = ()
    """What every frame after the first goes through."""
    optimises: bool = True
    """If not, a picture passes through the network once, and there is nothing of what an evaluation has beside."""

    @property
    def largest(self) -> StageWork:
        return max(self.stages, key=lambda stage: stage.pixels)

    @property
    def operations(self) -> float:
        """About how much there is to do, in multiplications; for ranking."""

        def of(stages: Iterable[StageWork]) -> float:
            return sum(operations(self.kind, stage.pixels) * stage.evaluations for stage in stages)

        return of(self.stages) + (self.frames - 1) * of(self.later)


def area(size: Size) -> int:
    return size[0] * size[1]


def work(job: Job) -> Work:
    """What a job of the plan asks for; its task is one that uses a network (:func:`is_measured`)."""
    settings = from_values(measured_as(job))
    pictures = [(role, own) for role, given in job.inputs.items() for own in files(given)]
    found = tuple(
        at_size(settings, pictures, stage.size, stage.evaluations) for stage in stages(settings)
    )  # coarse to fine
    sizes = tuple((own.width, own.height) for _, own in pictures)
    optimises = TASKS[str(job.parameters["task"])].optimises
    tiles = 1
    if not optimises:
        filters = int(str(job.parameters["feature_filters"]))
        shown = shown_filters(taps(settings), filters, topology(settings.backbone, settings.width))
        tiles = 2 * sum(shown)  # the sheet of all layers holds every tile once more
    saved = found[-1].pixels * tiles
    later = found[-len(later_stages(settings)) :] if job.frames > 1 else ()
    return Work(_kind(settings, job), settings, found, sizes, _compared(job), saved, job.frames, later, optimises)


def is_measured(job: Job) -> bool:
    """Whether trials tell what a job costs: those are of networks alone."""
    return "network" in TASKS[str(job.parameters["task"])].groups


def measured_as(job: Job) -> Mapping[str, Value]:
    """The parameters of a trial that shows what a job costs: its own; of one that only looks at features, those of an
    evaluation that reads the same layers."""
    if TASKS[str(job.parameters["task"])].optimises:
        return job.parameters
    used = {name: value for name, value in job.parameters.items() if name != "task" and value is not None}
    alike = {"content_layers": job.parameters["feature_layers"], "optimizer": "adam", "evaluations": 1}
    told, settings, _ = settle(used | alike, (*SYNTHESIS, "content"))
    return {"task": "reconstruct", "recipe": told, **settings}


def at_size(settings: Settings, pictures: Iterable[tuple[str, Input]], size: int, evaluations: int) -> StageWork:
    """A stage of ``size`` with pictures by role, the one that the result follows first."""
    listed = list(pictures)
    lead = listed[0][1]
    result = result_size(settings, size, lead.width, lead.height)
    styles = tuple(style_size(settings, size, own.width, own.height, result) for role, own in listed if role == "style")
    return StageWork(result, styles, evaluations)


def fits(settings: Settings, stage: StageWork) -> bool:
    """Whether all pictures of a stage are large enough for the layers that are read."""
    needed, _ = needed_side(settings)
    return all(min(size) >= needed for size in (stage.result, *stage.styles))


def _kind(settings: Settings, job: Job) -> Kind:
    values: dict[str, object] = {
        item.name: getattr(settings, item.name) for item in fields(settings) if item.name not in FREE
    }
    if not settings.tv_weight:
        values["tv"] = None
    values["gamut_weight"] = bool(settings.gamut_weight)  # what it is costs nothing; that there is one does
    style = job.inputs.get("style")
    masks = {part.mask.sha256 for part in style.parts if part.mask} if isinstance(style, Mixture) else ()
    return Kind(tuple(sorted(values.items())), "content" in job.inputs, style is not None, len(masks))


def _compared(job: Job) -> bool:
    """As :mod:`bench.worker.execution` has it: with a style that is one picture, of which all counts everywhere."""
    style = job.inputs.get("style")
    if not isinstance(style, Mixture):
        return style is not None
    (first, *others) = style.parts
    return not others and first.mask is None and first.style_mask is None


@lru_cache(maxsize=4096)
def operations(kind: Kind, pixels: int) -> float:
    """Multiplications of an evaluation of a square picture, with what it moves counted as multiplications."""
    values = dict(kind.values)
    shape = topology(str(values["backbone"]), float(str(values["width"])))
    taps = {name: list(values[name] or ()) for name in ("content_layers", "style_layers")}  # type: ignore[call-overload]
    products, moved = _passed(shape, [*taps["content_layers"], *taps["style_layers"]], pixels)
    for tap in taps["style_layers"]:
        rows, columns = shape.positions(tap, *_square(pixels))
        channels = shape.channels(tap)
        products += 2 * channels**2 * rows * columns * max(1, kind.regions)
        moved += 4 * channels * rows * columns * max(1, kind.regions)
        if values["style_statistic"] == "wasserstein":
            products += 100 * channels**3  # eigenvalues in float64: they scale badly and differ from one to the next
    return 2 * products + _PER_BYTE * 4 * 2 * moved  # forward, and as much again backward


def _passed(shape: Topology, taps: Iterable[str], pixels: int) -> tuple[float, float]:
    """Multiplications and values of a forward pass up to the deepest tap."""
    rows, columns = _square(pixels)
    products, moved = 0.0, 0.0
    for layer in shape.stack[: max((shape.index(tap) for tap in taps), default=-1) + 1]:
        before = rows * columns
        rows, columns = layer.window.positions(rows), layer.window.positions(columns)
        products += sum(
            per_position * (before if at_input else rows * columns) for per_position, at_input in _products(layer)
        )
        moved += layer.channels * rows * columns * {"fire": 3, "block": 4}.get(layer.kind, 1)
    return products, moved


def _products(layer: Layer) -> Iterable[tuple[float, bool]]:
    """Multiplications per position of each convolution in a layer, and whether they count positions of its input."""
    for name, shape in layer.tensors.items():
        if len(shape) == 4:
            outputs, inputs, height, width = shape
            yield outputs * inputs * height * width, layer.kind == "block" and name.startswith("conv1")


def _square(pixels: int) -> Size:
    side = max(1, round(pixels**0.5))
    return side, side
