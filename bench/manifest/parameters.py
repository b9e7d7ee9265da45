"""The parameters of a job: the settings of :mod:`nst.settings` and the recipe that fills them in.

The same list reads ``defaults`` of a manifest, makes the ``grid`` (a list of each) and everything else that names
parameters, checks ``--set`` and writes the JSON Schema for editors. A new setting is one more field of
:class:`nst.settings.Settings`; nothing changes here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import PydanticCustomError

from nst.kinds import LAYERS, Kind, RefusedError, one_of
from nst.recipes import RECIPES
from nst.settings import FIELDS


def wrong(value: object, expected: str, hint: str = "", at: int | None = None) -> PydanticCustomError:
    """A mistake in the words of :class:`nst.kinds.RefusedError`; ``at``: of which item of the list that is checked."""
    return _told(RefusedError(value, expected, hint), at)


def _told(error: RefusedError, at: int | None = None) -> PydanticCustomError:
    # Braces would be read as placeholders by pydantic's message templates, so the text goes in as one.
    return PydanticCustomError("parameter", "{text}", {"text": str(error), "at": at})


#: Items of a list up to which they are looked at one by one when it is refused.
_FEW = 100


def checked(check: Callable[[Any], Any]) -> BeforeValidator:
    """A check of :mod:`nst.kinds` as pydantic takes it. Of a list, the first item is blamed that is wrong alone."""

    def validate(value: Any) -> Any:
        try:
            return check(value)
        except RefusedError as error:
            refused = error
        few = isinstance(value, list) and len(value) <= _FEW
        alone = [_refused(check, [item] * len(value)) for item in value] if few else []
        if not any(alone) or all(alone):  # all: their number is wrong, or the list is no such thing at all
            raise _told(refused) from None
        at = next(i for i, error in enumerate(alone) if error)
        raise _told(_refused(check, value[at]) or alone[at] or refused, at) from None

    return BeforeValidator(validate)


def _refused(check: Callable[[Any], Any], value: Any) -> RefusedError | None:
    try:
        check(value)
    except RefusedError as error:
        return error
    return None


#: What each parameter may be, and what it means.
KINDS: dict[str, Kind] = {"recipe": one_of(RECIPES), **{name: item.metadata["kind"] for name, item in FIELDS.items()}}
MEANINGS: dict[str, str] = {
    "recipe": "Named conventions: values for all other parameters.",
    **{name: item.metadata["meaning"] for name, item in FIELDS.items()},
}
NAMES: tuple[str, ...] = tuple(KINDS)

#: By which the pictures of a job are chosen, where conditions are put on it.
ROLES = ("content", "style")

#: Context of a validation that lets conditions be empty: what they held was refused before.
REST = {"rest": True}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _NotEmpty(_Model):
    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _some(self, info: ValidationInfo) -> Self:
        if not info.context and not self.model_dump(exclude_none=True):
            raise PydanticCustomError("parameter", "{text}", {"text": "nothing: expected at least one entry"})
        return self


def frozen(value: Any) -> Any:
    """A parameter's value that can be looked up."""
    return tuple(value) if type(value) is list else value


def _distinct(values: list[Any]) -> list[Any]:
    seen: set[Any] = set()
    for i, value in enumerate(values):
        if frozen(value) in seen:
            raise wrong(value, "each value once", at=i)
        seen.add(frozen(value))
    return values


def _schema(kind: Kind) -> dict[str, Any]:
    """JSON Schema of one value, as people may write it."""
    if kind is LAYERS:  # a torchvision index is a number
        layer = {"type": ["string", "integer"]}
        return {"anyOf": [layer, {"type": "array", "items": layer}]}
    if re.fullmatch(r"`[^`]+`(, `[^`]+`)*", kind.values) and kind.type is str:
        return {"type": "string", "enum": re.findall(r"`([^`]+)`", kind.values)}
    return TypeAdapter(kind.type).json_schema()


def _value(kind: Kind) -> Any:
    return Annotated[kind.type, checked(kind.check), WithJsonSchema(_schema(kind))]


def _list_of(kind: Kind) -> Any:
    return Annotated[list[_value(kind)], Field(min_length=1)]  # type: ignore[misc]


def _distinct_list_of(kind: Kind) -> Any:
    return Annotated[_list_of(kind), AfterValidator(_distinct)]


def any_of(check: Callable[[Any], Any]) -> BeforeValidator:
    """One value, or a list of values of which any will do; a list that is a value itself is that value.

    The result is a list of checked values either way.
    """

    def validate(given: Any) -> list[Any]:
        refused = _refused(check, given)
        if refused is None:
            return [check(given)]
        if not isinstance(given, list) or not given:
            raise _told(refused)
        for i, item in enumerate(given):
            if error := _refused(check, item):
                raise _told(error, i)
        return [check(item) for item in given]

    return BeforeValidator(validate)


def any_of_schema(value: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]})


def _condition(kind: Kind) -> Any:
    return Annotated[list[Any], any_of(kind.check), any_of_schema(_schema(kind))]


def _label(value: Any) -> str:
    if not isinstance(value, str):
        raise RefusedError(value, "the label of a picture, or a list of them")
    return value


_LABELS = Annotated[list[Any], any_of(_label), any_of_schema({"type": "string"})]


def _model(name: str, type_of: Callable[[Kind], Any], base: type[BaseModel] = _Model, **more: Any) -> type[BaseModel]:
    fields: dict[str, Any] = {
        key: (type_of(kind), Field(None, description=MEANINGS[key])) for key, kind in KINDS.items()
    }
    return create_model(name, __base__=base, **more, **fields)


def _or_none(type_of: Callable[[Kind], Any]) -> Callable[[Kind], Any]:
    return lambda kind: type_of(kind) | None


#: What a manifest may set for a job; what it leaves out comes from the recipe.
Parameters: Any = _model("Parameters", _or_none(_value))
#: Lists of the same, of which every combination counts.
Grid: Any = _model("Grid", _or_none(_distinct_list_of))
#: Lists of the same that are gone through in step.
InStep: Any = _model("InStep", _or_none(_list_of), _NotEmpty)
#: Parameters that are set over others.
Changes: Any = _model("Changes", _or_none(_value), _NotEmpty)
#: What a combination must be like: the values that will do, by parameter, or the labels of its pictures.
Conditions: Any = _model(
    "Conditions",
    _condition,
    _NotEmpty,
    content=(_LABELS, Field(None, description="Label of the content picture, or a list of which any will do.")),
    style=(_LABELS, Field(None, description="Label of the style, or a list of which any will do.")),
)
