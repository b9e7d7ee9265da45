"""The schema of a manifest: what may stand in it and of which type. ``nst-bench schema`` prints it for editors."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
)

from bench.parameters import NAMES, ROLES, Changes, Conditions, Grid, InStep, Parameters, checked, wrong
from bench.tasks import TASKS
from nst.kinds import choice, nearest, number

#: Names that Windows keeps for devices, and a last dot, which it drops.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)|.*\.$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LABEL_LIMIT = 200


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value) or _RESERVED.match(value):
        raise wrong(value, "a name of up to 64 letters, digits, dots, dashes and underscores: it names a folder")
    return value


def _label(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LABEL_LIMIT or not value.isprintable():
        raise wrong(value, f"a label of 1 to {_LABEL_LIMIT} printable characters")
    return value


def _source_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong(value, "the path of a picture, or sample:<name>")
    return value


Label = Annotated[str, BeforeValidator(_label)]
_Source = Annotated[str, BeforeValidator(_source_text)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


_Share = Annotated[float, checked(number(False, 1e-6, 1e6, "a weight from 0.000001 to 1,000,000"))]


class Mix(_Model):
    """Several styles at once."""

    mix: Annotated[dict[Label, _Share], Field(min_length=1)] = Field(
        description="Label of a style -> its weight, relative to the others."
    )


class Region(_Model):
    """A part of the result and the style it gets."""

    style: Label = Field(description="Label of a style, or of a mix.")
    mask: _Source = Field(
        description="Where: mask:left, right, top, bottom, disc or frame; or a grey picture, white inside."
    )
    style_mask: _Source | None = Field(
        None, description="Which part of the style picture counts; all of it if left out."
    )
    weight: _Share = Field(1.0, description="Relative to other entries with the same mask.")


class Regions(_Model):
    """Styles by region."""

    regions: Annotated[list[Region], Field(min_length=1)]


def _style_kind(value: Any) -> str:
    if isinstance(value, dict):
        return "made of regions" if "regions" in value else "mixed"
    return "picture"


def _known_kind(value: Any) -> Any:
    if not isinstance(value, str | dict) or not value:
        raise wrong(value, "the path of a picture, sample:<name>, {mix: ...} or {regions: ...}")
    if isinstance(value, dict):
        kinds = {"mix", "regions"} & set(value)
        if len(kinds) == 2:
            raise wrong("mix and regions", "one of the two")
        if not kinds:
            given = next(iter(value))
            raise wrong(given, "mix or regions", nearest(given, ("mix", "regions")))
    return value


#: A style: a picture, a mix of styles, or a style for each region.
_Style = Annotated[
    Annotated[_Source, Tag("picture")] | Annotated[Mix, Tag("mixed")] | Annotated[Regions, Tag("made of regions")],
    Discriminator(_style_kind),
    BeforeValidator(_known_kind),
]


class Images(_Model):
    """Pictures by label: a path (relative to the manifest) or ``sample:<name>``; styles may be made of others."""

    contents: dict[Label, _Source] = Field(default_factory=dict)
    styles: dict[Label, _Style] = Field(default_factory=dict)


def _all_or_labels(value: Any) -> Any:
    if value == "all" or (isinstance(value, list) and value and all(isinstance(v, str) for v in value)):
        return value
    raise wrong(value, "all, or a list of labels")


_Selection = Annotated[Literal["all"] | list[str], BeforeValidator(_all_or_labels)]


class PairProduct(_Model):
    """Every chosen content with every chosen style."""

    contents: _Selection = "all"
    styles: _Selection = "all"


def is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value)


def _pair(value: Any) -> Any:
    if is_pair(value):
        return value
    raise wrong(value, "a pair [content, style]")


def _pairs_kind(value: Any) -> str:
    return "list" if isinstance(value, list) else "product"


_Pairs = Annotated[
    Annotated[PairProduct, Tag("product")]
    | Annotated[list[Annotated[list[str], BeforeValidator(_pair)]], Tag("list"), Field(min_length=1)],
    Discriminator(_pairs_kind),
]


def _zip_name(value: Any) -> str:
    if value in NAMES or value in ROLES:
        raise wrong(value, "a name that no parameter has: it stands for all that it zips")
    return _label(value)


_Repeats = Annotated[int, checked(number(True, 1, 10_000, "a whole number from 1 to 10,000"))]
_Axis = Annotated[str, WithJsonSchema({"type": "string", "examples": list(NAMES)})]


class Override(_Model):
    """Parameters for the jobs that are like this."""

    when: Conditions = Field(description="What must all hold of a job: values of parameters, labels of pictures.")
    set: Changes = Field(description="Parameters it then gets, over defaults, grid, zip and include.")


class Experiment(_Model):
    """Pairs of pictures x combinations of parameters x seeds."""

    task: Annotated[str, checked(choice(TASKS)), WithJsonSchema({"type": "string", "enum": list(TASKS)})] = "transfer"
    pairs: _Pairs = Field(default_factory=PairProduct)
    defaults: Parameters = Field(default_factory=Parameters, description="As at the top, for this experiment only.")
    grid: Grid = Field(default_factory=Grid, description="Lists of values; every combination becomes a job.")
    zip: dict[Annotated[str, BeforeValidator(_zip_name)], InStep] = Field(
        default_factory=dict, description="By name: lists of values that are gone through in step, as one axis."
    )
    exclude: list[Conditions] = Field(
        default_factory=list, description="Combinations of grid and zip to leave out: those that are like one of these."
    )
    include: list[Parameters] = Field(
        default_factory=list, description="Further combinations, each over the defaults alone; none is excluded."
    )
    override: list[Override] = Field(
        default_factory=list, description="Parameters set where others have certain values; later ones after earlier."
    )
    repeats: _Repeats = Field(1, description="How many seeds: seed, seed + 1, ...")
    compare: list[_Axis] = Field(
        default_factory=list, description="Parameters and zips that vary, whose values the report pairs up."
    )


class Manifest(_Model):
    """A batch of experiments."""

    name: Annotated[str, BeforeValidator(_name)] = Field(description="Names the results folder.")
    title: str = Field("", description="Heading of the site; the name if left out.")
    intro: str = Field("", description="Plain text under the heading.")
    images: Images
    defaults: Parameters = Field(default_factory=Parameters, description="Parameters of every experiment.")
    experiments: Annotated[dict[Label, Experiment], Field(min_length=1)]
