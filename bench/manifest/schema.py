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

from bench.manifest.finding_schema import Finding, Open
from bench.manifest.image_schema import Images, Label, label
from bench.manifest.parameters import NAMES, ROLES, Changes, Conditions, Grid, InStep, Parameters, checked, wrong
from bench.tasks import TASKS
from nst.kinds import choice, number

#: Names that Windows keeps for devices, and a last dot, which it drops.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)|.*\.$", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COLOUR = re.compile(r"(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6})?")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise wrong(value, "a name of up to 64 letters, digits, dots, dashes and underscores: it names a folder")
    if _RESERVED.match(value):
        raise wrong(value, "another name: Windows keeps such names for devices, and drops a last dot")
    return value


def _accent(value: Any) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        hint = "; in quotes, as YAML takes what follows # for a comment" if value is None else ""
        raise wrong(value, f"a colour '#rgb' or '#rrggbb'{hint}")
    return value


_Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
_Accent = Annotated[
    str, BeforeValidator(_accent), WithJsonSchema({"type": "string", "pattern": f"^{_COLOUR.pattern}$"})
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _all_or_labels(value: Any) -> Any:
    if value != "all" and (not isinstance(value, list) or not value):
        raise wrong(value, "all, or a list of labels")
    for i, item in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(item, str):
            raise wrong(item, "the label of a picture", at=i)
    return value


_Selection = Annotated[Literal["all"] | list[str], BeforeValidator(_all_or_labels)]


class PairProduct(_Model):
    """Every chosen content with every chosen style; of a video, every chosen clip."""

    contents: _Selection = Field("all", description="all, or a list of labels; the label of a set means all of it.")
    clips: _Selection = Field("all", description="all, or a list of labels: what a video is made of, not a content.")
    styles: _Selection = Field("all", description="all, or a list of labels; the label of a set means all of it.")


def is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value)


def _pair(value: Any) -> Any:
    if is_pair(value):
        return value
    raise wrong(value, "a pair [content, style]")


def _product_or_list(value: Any) -> Any:
    if isinstance(value, dict | list):
        return value
    raise wrong(value, "{contents: all, styles: [...]}, or a list of pairs [content, style]")


def _pairs_kind(value: Any) -> str:
    return "list" if isinstance(value, list) else "product"


_Pairs = Annotated[
    Annotated[PairProduct, Tag("product")]
    | Annotated[list[Annotated[list[str], BeforeValidator(_pair)]], Tag("list"), Field(min_length=1)],
    Discriminator(_pairs_kind),
    BeforeValidator(_product_or_list),
]


def _zip_name(value: Any) -> str:
    if value in NAMES or value in ROLES:
        raise wrong(value, "a name that no parameter has: it stands for all that it zips")
    return label(value)


_Repeats = Annotated[int, checked(number(True, 1, 10_000, "a whole number from 1 to 10,000"))]
_Axis = Annotated[str, WithJsonSchema({"type": "string", "examples": list(NAMES)})]


class Override(_Model):
    """Parameters for the jobs that are like this."""

    when: Conditions = Field(description="What must all hold of a job: values of parameters, labels of pictures.")
    set: Changes = Field(description="Parameters it then gets, over defaults, grid, zip and include.")


class Experiment(_Model):
    """Pairs of pictures x combinations of parameters x seeds."""

    task: Annotated[str, checked(choice(TASKS)), WithJsonSchema({"type": "string", "enum": list(TASKS)})] = Field(
        "transfer", description="; ".join(f"{task.name}: {task.summary}" for task in TASKS.values()) + "."
    )
    pairs: _Pairs = Field(
        default_factory=PairProduct,
        description="Which contents go with which styles: all with all if left out; or a list of [content, style].",
    )
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
    findings: list[Finding] = Field(
        default_factory=list, description="What documents found, as questions that this experiment's figures answer."
    )
    open: Open = Field(
        default_factory=dict, description="What the document leaves open here -> what was chosen: parameters, or words."
    )


def _path(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong(value, "the path of a manifest")
    return value


_Included = Annotated[str, BeforeValidator(_path), WithJsonSchema({"type": "string", "pattern": r"\S"})]

#: What a manifest must have that includes no others.
OWN = ("images", "experiments")


class Manifest(_Model):
    """A batch of experiments: its own, or those of other manifests, or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["manifests"]}, {"required": [*OWN]}]})

    name: _Name = Field(description="Names the results folder.")
    title: str = Field("", description="Heading of the site; the name if left out.")
    intro: str = Field("", description="Text under the heading, in Markdown (CommonMark): words and links, no HTML.")
    accent: _Accent = Field("", description="Colour of links and marks on the site, '#rgb' or '#rrggbb', in quotes.")
    open: Open = Field(
        default_factory=dict, description="What the documents leave open -> what was chosen: parameters, or words."
    )
    manifests: Annotated[list[_Included], Field(min_length=1)] = Field(
        default_factory=list,
        description="Other manifests, by paths relative to this one: their experiments come first, as each has them.",
    )
    images: Images = Field(default_factory=Images, description="Pictures by label.")
    defaults: Parameters = Field(default_factory=Parameters, description="Parameters of every experiment.")
    experiments: Annotated[dict[Label, Experiment], Field(min_length=1)] = Field(
        default_factory=dict, description="Experiments by name, at least one."
    )
