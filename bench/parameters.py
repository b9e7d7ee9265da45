"""The parameters of a job: the settings of :mod:`nst.settings` and the recipe that fills them in.

The same model reads ``defaults`` of a manifest, makes the ``grid`` (a list of each), checks ``--set`` and writes
the JSON Schema for editors. A new setting is one more field of :class:`nst.settings.Settings`; nothing changes here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic_core import PydanticCustomError

from nst.kinds import Kind, RefusedError, one_of
from nst.recipes import RECIPES
from nst.settings import FIELDS


def wrong(value: object, expected: str, hint: str = "") -> PydanticCustomError:
    return _told(RefusedError(value, expected, hint))


def _told(error: RefusedError) -> PydanticCustomError:
    # Braces would be read as placeholders by pydantic's message templates, so the text goes in as one.
    return PydanticCustomError("parameter", "{text}", {"text": str(error)})


def checked(check: Callable[[Any], Any]) -> BeforeValidator:
    """A check of :mod:`nst.kinds` as pydantic takes it."""

    def validate(value: Any) -> Any:
        try:
            return check(value)
        except RefusedError as error:
            raise _told(error) from None

    return BeforeValidator(validate)


#: What each parameter may be, and what it means.
KINDS: dict[str, Kind] = {"recipe": one_of(RECIPES), **{name: item.metadata["kind"] for name, item in FIELDS.items()}}
MEANINGS: dict[str, str] = {
    "recipe": "Named conventions: values for all other parameters.",
    **{name: item.metadata["meaning"] for name, item in FIELDS.items()},
}
NAMES: tuple[str, ...] = tuple(KINDS)

_CONFIG = ConfigDict(extra="forbid", strict=True)


def _distinct(values: list[Any]) -> list[Any]:
    for i, value in enumerate(values):
        if value in values[:i]:
            raise wrong(value, "each value once")
    return values


def _value(kind: Kind) -> Any:
    return Annotated[kind.type, checked(kind.check)]


def _model(name: str, type_of: Callable[[Kind], Any]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        key: (type_of(kind) | None, Field(None, description=MEANINGS[key])) for key, kind in KINDS.items()
    }
    return create_model(name, __config__=_CONFIG, **fields)


def _list_of(kind: Kind) -> Any:
    return Annotated[list[_value(kind)], Field(min_length=1), AfterValidator(_distinct)]  # type: ignore[misc]


#: What a manifest may set for a job; what it leaves out comes from the recipe.
Parameters: Any = _model("Parameters", _value)
#: Lists of the same.
Grid: Any = _model("Grid", _list_of)
