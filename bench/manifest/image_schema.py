"""What may stand under ``images`` in a manifest: pictures, sets of pictures, and styles made of others."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from bench.manifest.parameters import checked, wrong
from nst import samples
from nst.kinds import nearest, number
from nst.samples.registry import SAMPLES

#: Pictures that a set may come to.
MAX_SET = 10_000
_LABEL_LIMIT = 200
_ADDRESS_LIMIT = 2000
_ADDRESS = r"^https?://[^/?#@\s]+([/?#]\S*)?$"
_WILD = r"[*?\[]"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _refused(text: str) -> PydanticCustomError:
    return PydanticCustomError("parameter", "{text}", {"text": text})


def label(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LABEL_LIMIT or not value.isprintable():
        raise wrong(value, f"a label of 1 to {_LABEL_LIMIT} printable characters")
    return value


def _text(expected: str) -> BeforeValidator:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise wrong(value, expected)
        return value

    return BeforeValidator(check)


def _address(value: Any) -> str:
    expected = "an address that begins with https:// or http://"
    if not isinstance(value, str) or len(value) > _ADDRESS_LIMIT:
        raise wrong(value, expected)
    if re.match(r"https?://[^/?#]*@", value):  # without repeating it
        raise _refused(
            "an address with a user or password in it: a manifest is stored and shown with its results; "
            "put them into ~/.netrc, which is read"
        )
    try:
        whole = bool(re.fullmatch(_ADDRESS, value)) and urlsplit(value).port != 0
    except ValueError:  # half an IPv6 address, a port that is no number
        whole = False
    if not whole:
        raise wrong(value, expected)
    return value


def _hash(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{64}", value):
        raise wrong(value, "64 hexadecimal digits, the first word that sha256sum FILE prints")
    return value.lower()


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not re.search(_WILD, value) or "://" in value:
        raise wrong(value, "a pattern of file names such as photos/*.jpg; for all pictures of a folder {folder: ...}")
    return value


def _sample(value: Any) -> str:
    if not isinstance(value, str):
        raise wrong(value, "the name of a sample")
    try:
        return samples.find(value).name
    except samples.UnknownSampleError as error:
        raise _refused(error.message) from None


def _all_or_names(value: Any) -> Any:
    if value == "all" or (isinstance(value, list) and value):
        return value
    raise wrong(value, "all, or a list of samples")


def _as(kind: str, **limits: Any) -> WithJsonSchema:
    """What the JSON Schema says of a value that is checked by a function."""
    return WithJsonSchema({"type": kind, **limits})


_FILLED = _as("string", pattern=r"\S")
_NAMES = [*SAMPLES, *(alias for sample in SAMPLES.values() for alias in sample.aliases)]

# Of a key, pydantic would take a pattern for that of some keys only: allOf keeps it together.
Label = Annotated[
    str, BeforeValidator(label), _as("string", minLength=1, maxLength=_LABEL_LIMIT, allOf=[{"pattern": r"\S"}])
]
_Path = Annotated[str, _text("the path of a picture, or sample:<name>"), _FILLED]
_ClipPath = Annotated[str, _text("the path of a video, or sample:<name>"), _FILLED]
_Share = Annotated[
    float,
    checked(number(False, 1e-6, 1e6, "a weight from 0.000001 to 1,000,000")),
    _as("number", minimum=1e-6, maximum=1e6),
]
_Limit = Annotated[
    int,
    checked(number(True, 1, MAX_SET, f"a whole number from 1 to {MAX_SET:,}")),
    _as("integer", minimum=1, maximum=MAX_SET),
]
_Rate = Annotated[
    float,
    checked(number(False, 0.1, 1000, "frames per second, from 0.1 to 1,000")),
    _as("number", minimum=0.1, maximum=1000),
]
_SampleName = Annotated[str, BeforeValidator(_sample), _as("string", enum=_NAMES)]
_Url = Annotated[str, BeforeValidator(_address), _as("string", pattern=_ADDRESS, maxLength=_ADDRESS_LIMIT)]
_Sha256 = Annotated[str, BeforeValidator(_hash), _as("string", pattern="^[0-9a-fA-F]{64}$")]
_Pattern = Annotated[str, BeforeValidator(_pattern), _as("string", pattern=_WILD, allOf=[{"not": {"pattern": "://"}}])]


class Address(_Model):
    """A picture on the web, and the hash that says which."""

    url: _Url = Field(description="http:// or https://; downloaded once, then read from the cache.")
    sha256: _Sha256 = Field(description="SHA-256 of the file: what sha256sum FILE prints first.")


class Glob(_Model):
    """Every picture whose path fits a pattern."""

    glob: _Pattern = Field(
        description="Relative to the manifest; * ? [...] within a name, ** for any number of folders."
    )
    limit: _Limit = Field(MAX_SET, description="Takes the first so many.")


class Folder(_Model):
    """Every picture in a folder, without the folders in it."""

    folder: Annotated[str, _text("the path of a folder"), _FILLED] = Field(description="Relative to the manifest.")
    limit: _Limit = Field(MAX_SET, description="Takes the first so many.")


class Frames(_Model):
    """A clip whose frames are the pictures of a folder."""

    folder: Annotated[str, _text("the path of a folder"), _FILLED] = Field(
        description="Relative to the manifest; its pictures by their names, in the order in which people count."
    )
    rate: _Rate | None = Field(None, description="Frames per second; left out: as clip.json in it says, or 25.")


class Samples(_Model):
    """Pictures that come along."""

    samples: Annotated[
        Annotated[Literal["all"], Tag("all")] | Annotated[list[_SampleName], Tag("list"), Field(min_length=1)],
        Discriminator(lambda value: "all" if value == "all" else "list"),
        BeforeValidator(_all_or_names),
    ] = Field(description="all: every photograph among contents, every drawn style among styles; or a list of names.")


class Mix(_Model):
    """Several styles at once."""

    mix: Annotated[dict[Label, _Share], Field(min_length=1)] = Field(
        description="Label of a style -> its weight, relative to the others."
    )


class Region(_Model):
    """A part of the result and the style it gets."""

    style: Label = Field(description="Label of a style, or of a mix.")
    mask: _Path = Field(
        description="Where: mask:left, right, top, bottom, disc or frame; or a grey picture, white inside."
    )
    style_mask: _Path | None = Field(None, description="Which part of the style picture counts; all of it if left out.")
    weight: _Share = Field(1.0, description="Relative to other entries with the same mask.")


class Regions(_Model):
    """Styles by region."""

    regions: Annotated[list[Region], Field(min_length=1)] = Field(description="The regions, each with its style.")


#: What an entry is, by the key that says so; these are the tags that pydantic puts into its locations.
_SHARED: dict[str, type[_Model]] = {"url": Address, "glob": Glob, "folder": Folder, "samples": Samples}
_MADE: dict[str, type[_Model]] = {"mix": Mix, "regions": Regions}
_CLIPS: dict[str, type[_Model]] = {"url": Address, "folder": Frames}
_PICTURE = "picture"


def entry_keys(group: str, tag: str) -> list[str]:
    """The keys of an entry of this kind under ``images.<group>``."""
    return list((_CLIPS if group == "clips" else _SHARED | _MADE)[tag].model_fields)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return next(key for key in (*_SHARED, *_MADE) if key in value)
    return _PICTURE


def _known(kinds: dict[str, type[_Model]], path: str = "the path of a picture") -> BeforeValidator:
    """An entry of one of these kinds, so that :func:`_kind` is sure to find it."""
    words = [path, "sample:<name>", *(f"{{{key}: ...}}" for key in kinds)]

    def check(value: Any) -> Any:
        if not isinstance(value, str | dict) or not value:
            raise wrong(value, f"{', '.join(words[:-1])} or {words[-1]}")
        if isinstance(value, dict):
            found = [key for key in kinds if key in value]
            if len(found) > 1:
                raise wrong(" and ".join(found), "only one of them")
            if not found:
                given = next(iter(value))
                raise wrong(given, f"{', '.join(list(kinds)[:-1])} or {list(kinds)[-1]}", nearest(given, kinds))
            if found == ["url"] and "sha256" not in value:
                raise _refused(
                    "sha256 is missing beside url, and what lies at an address may change: save the picture, look at "
                    "it, and give the first word that sha256sum FILE prints (macOS: shasum -a 256 FILE, Windows: "
                    "certutil -hashfile FILE SHA256)"
                )
        return value

    return BeforeValidator(check)


_Content = Annotated[
    Annotated[_Path, Tag(_PICTURE)]
    | Annotated[Address, Tag("url")]
    | Annotated[Glob, Tag("glob")]
    | Annotated[Folder, Tag("folder")]
    | Annotated[Samples, Tag("samples")],
    Discriminator(_kind),
    _known(_SHARED),
]
#: As contents; or a mix of styles, or a style for each region.
_Style = Annotated[
    Annotated[_Path, Tag(_PICTURE)]
    | Annotated[Address, Tag("url")]
    | Annotated[Glob, Tag("glob")]
    | Annotated[Folder, Tag("folder")]
    | Annotated[Samples, Tag("samples")]
    | Annotated[Mix, Tag("mix")]
    | Annotated[Regions, Tag("regions")],
    Discriminator(_kind),
    _known(_SHARED | _MADE),
]

_Clip = Annotated[
    Annotated[_ClipPath, Tag(_PICTURE)] | Annotated[Address, Tag("url")] | Annotated[Frames, Tag("folder")],
    Discriminator(_kind),
    _known(_CLIPS, "the path of a video"),
]

#: An entry that stands for several pictures.
Set = Glob | Folder | Samples
#: Any entry.
Entry = str | Address | Frames | Set | Mix | Regions


class Images(_Model):
    """Pictures by label: a path (relative to the manifest), ``sample:<name>``, an address, or a set of pictures.

    Styles may be made of others.
    """

    contents: dict[Label, _Content] = Field(
        default_factory=dict,
        description="Label -> a path, sample:<name>, an address with its hash, or a set of pictures.",
    )
    styles: dict[Label, _Style] = Field(
        default_factory=dict, description="As contents; or a mix of styles, or a style for each region."
    )
    clips: dict[Label, _Clip] = Field(
        default_factory=dict,
        description="Label -> the path of a video, sample:<name>, an address with its hash, or a folder of frames.",
    )
