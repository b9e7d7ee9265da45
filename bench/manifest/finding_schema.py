"""What may stand under ``findings`` and ``open`` of a manifest: what a document says, and what would show it here."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bench.findings.figures import FAMILIES, FIGURES, find, names
from bench.manifest.image_schema import Label
from bench.manifest.parameters import NAMES, Conditions, checked, wrong
from nst.kinds import SWITCH, RefusedError, choice, nearest, number
from nst.recipes import RECIPES

CHANGES = ("lower", "higher", "same")
#: Characters of a question, and of what a document says.
_LONGEST = 500
_PER_CENT = re.compile(r"([0-9]{1,3}(\.[0-9]+)?|\.[0-9]+) ?%")
#: Most that two figures may be apart and still count as the same: one is twice the other.
_MOST = 1.0


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _told(text: str) -> PydanticCustomError:
    return PydanticCustomError("parameter", "{text}", {"text": text})


def _sentence(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise wrong(value, f"text of up to {_LONGEST} characters")
    return " ".join(value.split())


def _figure(value: Any) -> str:
    if not isinstance(value, str) or find(value) is None:
        hint = nearest(value, names()) if isinstance(value, str) else ""
        raise wrong(value, f"one of {', '.join(names())}", hint)
    return value


def _within(value: Any) -> float:
    """``10%``, or 0.1."""
    expected = "a share above 0 and up to 100%, such as 10%"
    share = value
    if isinstance(value, str) and (found := _PER_CENT.fullmatch(value)):
        share = float(found[1]) / 100
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= _MOST:
        raise RefusedError(value, expected)
    return float(share)


_Sentence = Annotated[
    str, BeforeValidator(_sentence), WithJsonSchema({"type": "string", "pattern": r"\S", "maxLength": _LONGEST})
]
_Figure = Annotated[
    str,
    BeforeValidator(_figure),
    WithJsonSchema(
        {"type": "string", "pattern": f"^({'|'.join(FIGURES)}|({'|'.join(FAMILIES)})\\..+)$", "examples": list(FIGURES)}
    ),
]
_Change = Annotated[str, checked(choice(CHANGES)), WithJsonSchema({"type": "string", "enum": list(CHANGES)})]
_Within = Annotated[
    float,
    checked(_within),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": _MOST},
                {"type": "string", "pattern": f"^({_PER_CENT.pattern})$"},
            ]
        }
    ),
]
_Document = Annotated[str, checked(choice(RECIPES)), WithJsonSchema({"type": "string", "enum": list(RECIPES)})]
_Axis = Annotated[str, Field(min_length=1), WithJsonSchema({"type": "string", "minLength": 1, "examples": list(NAMES)})]
_Bound = Annotated[float, checked(number(False, -1e300, 1e300, "a number")), WithJsonSchema({"type": "number"})]


def _chosen(value: Any) -> str:
    """What was chosen where a document leaves something open, as text."""
    if isinstance(value, list) and value and not any(isinstance(item, list) for item in value):
        return ", ".join(_chosen(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.15g}"
    return _sentence(value)


_Chosen = Annotated[
    str,
    BeforeValidator(_chosen),
    WithJsonSchema(
        {
            "anyOf": [
                _SCALAR := {"type": ["string", "number", "boolean"], "pattern": r"\S", "maxLength": _LONGEST},
                {"type": "array", "items": _SCALAR, "minItems": 1},
            ]
        }
    ),
]
#: Parameters, or words, that a document leaves open -> what was chosen.
Open = dict[Label, _Chosen]


class _Expect(_Model):
    pairs: ClassVar[bool] = False
    """Whether a run is held against another, in pairs: only then has it figures that need both."""

    figure: _Figure = Field(
        description="Which figure of the runs shows it: seconds, structure, final_loss, terms.<name>, ..."
    )
    where: Conditions | None = Field(
        None, description="What the runs must be like that count, as in exclude; all if left out."
    )

    @model_validator(mode="after")
    def _not_of_both(self) -> Self:
        if not self.pairs and (known := find(self.figure)) and known.mutual:
            raise _told(f"{self.figure} is a figure of two runs: expected along, which makes pairs of them")
        return self


class _Changes(_Expect):
    """Of two figures, how the second stands to the first."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"change": {"const": "same"}}, "required": ["change"]},
            "then": {"required": ["within"], "properties": {"within": {"not": {"type": "null"}}}},
            "else": {"properties": {"within": {"type": "null"}}},
        }
    )

    change: _Change = Field(description="lower, higher or same: how the figure is said to change.")
    within: _Within | None = Field(
        None, description="For change: same, how far apart two figures count as the same: 10% is up to 1.1 times."
    )

    @model_validator(mode="after")
    def _only_for_same(self) -> Self:
        if self.change == "same" and self.within is None:
            raise _told("within is missing: how far apart two figures may be that count as the same, such as 10%")
        if self.change != "same" and self.within is not None:
            raise _told(f"within goes with change: same, not with change: {self.change}")
        return self


class Paired(_Changes):
    """Runs that differ in one axis alone."""

    pairs = True

    along: _Axis = Field(description="The axis: a parameter or a zip that varies in the experiment.")
    from_: Any = Field(
        None,
        alias="from",
        description="Where it starts: a value of the axis, the first if left out; of a zip, values of its parameters.",
    )
    to: Any = Field(None, description="Where it ends: as from, the last if left out.")
    by: _Within | None = Field(
        None, description="For lower and higher, by how much at least: 10% is 1.1 times or more. Any, if left out."
    )

    @model_validator(mode="after")
    def _not_for_same(self) -> Self:
        if self.change == "same" and self.by is not None:
            raise _told("by goes with change: lower or higher, not with change: same")
        return self


class Against(_Changes):
    """Every run against every run of another experiment."""

    than: Label = Field(description="The other experiment of the manifest.")


class Bounded(_Expect):
    """Every run by itself."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "number"}}} for name in ("at_least", "at_most")
            ]
        }
    )

    at_least: _Bound | None = Field(None, description="What the figure of a run is said to reach.")
    at_most: _Bound | None = Field(None, description="What the figure of a run is said to keep to.")
    always: Annotated[bool, checked(SWITCH.check)] = Field(
        False, description="Whether every run must: one that does not is enough to disagree."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise _told(f"at_least: {self.at_least:g} is above at_most: {self.at_most:g}: no figure is both")
        return self


#: The forms of ``expect``, by the tag that pydantic puts into its locations, with the keys that tell them.
FORMS: dict[str, tuple[type[_Expect], tuple[str, ...]]] = {
    "pairs": (Paired, ("along",)),
    "experiments": (Against, ("than",)),
    "runs": (Bounded, ("at_least", "at_most")),
}


def expect_keys(tag: str) -> list[str]:
    """The keys of a form of ``expect``."""
    return [field.alias or name for name, field in FORMS[tag][0].model_fields.items()]


def _forms(value: Any) -> list[str]:
    return [tag for tag, (_, keys) in FORMS.items() if any(value.get(key) is not None for key in keys)]


def _form(value: Any) -> str:
    return (
        _forms(value)[0]
        if isinstance(value, dict)
        else next(tag for tag, (form, _) in FORMS.items() if isinstance(value, form))
    )


def _one_form(value: Any) -> Any:
    """A mapping of one form, so that :func:`_form` is sure to find it."""
    words = "along (pairs of runs), than (another experiment), or at_least and at_most (every run)"
    if not isinstance(value, dict):
        raise wrong(value, f"a mapping with figure and {words}")
    found = _forms(value)
    if not found:
        raise _told(f"nothing says what the figure is held against: expected one of {words}")
    if len(found) > 1:
        mixed = [next(key for key in FORMS[tag][1] if value.get(key) is not None) for tag in found]
        raise _told(f"{' and '.join(mixed)} are of different forms: expected one of {words}")
    return value


Expect = Paired | Against | Bounded
_ExpectField = Annotated[
    Annotated[Paired, Tag("pairs")] | Annotated[Against, Tag("experiments")] | Annotated[Bounded, Tag("runs")],
    Discriminator(_form),
    BeforeValidator(_one_form),
]


class Finding(_Model):
    """Something a document found, and what shows it in our own figures."""

    question: _Sentence = Field(description="The document's finding as a question.")
    document: _Document = Field(description="The recipe whose write-up says so.")
    said: _Sentence = Field(description="What the document found, in words of yours.")
    learned: bool = Field(
        False,
        description="Whether it rests on weights trained on ImageNet: with random ones the answer is cannot tell.",
    )
    expect: _ExpectField = Field(description="What our figures show where they agree with the document.")


#: One that asks for nothing, in place of one that was refused, so that the others keep their places.
SILENT: dict[str, Any] = {
    "question": "-",
    "document": next(iter(RECIPES)),
    "said": "-",
    "expect": {"figure": next(iter(FIGURES)), "at_least": 0},
}
