"""What was chosen, over what a recipe says: the full settings of a run, checked as far as that needs no picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from nst import compact
from nst.groups import TRANSFER, Group
from nst.kinds import RefusedError, nearest, one_of
from nst.layers import Topology, UnknownLayerError, UnsupportedError, topology
from nst.recipes import DEFAULT_RECIPE, RECIPES
from nst.settings import FIELDS, FUSIONS, NOISE_INITS, Settings, from_values, group

#: Adam's step where Adam is not the recipe's own optimiser, as a share of white: crowsonkb/style-transfer-pytorch.
_ADAM_STEP = 0.02

#: Settings that nothing else depends on: :func:`settle` takes such a value as it is or sets it aside, whatever it
#: is. Who settles many combinations need look at one value of each; a new setting is none of them until it is
#: entered here, and a test holds all that are entered to it.
PASSED_ON = frozenset(
    {"pixels", "precision", "size_rule", "resampling", "style_fit", "style_scale", "style_upscale", "noise",
     "noise_centre", "noise_spread", "seed", "restarts", "content_weight", "content_reduction", "style_weight",
     "gram_divisor", "style_reduction", "tv", "learning_rate", "evaluations", "history", "curvature_gate",
     "max_change", "betas", "feature_filters", "blend_offset"}
)  # fmt: skip

#: Likewise, as long as they are not zero.
PASSED_ON_BUT_ZERO = frozenset({"tv_weight", "averaging"})

#: Settings whose values are layers: which those are, the backbone decides.
LAYERS = ("content_layers", "style_layers", "feature_layers")

#: Settings of one optimiser that mean nothing to the other.
_LBFGS = ("history", "line_search", "curvature_gate", "max_change")
_ADAM = ("betas",)


class SettingsError(ValueError):
    """Settings that do not go together: one sentence for each thing wrong."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


def checked(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Names and values as a person wrote them, each in its one form.

    Raises:
        SettingsError: names every unknown setting and every wrong value.
    """
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, value in chosen.items():
        kind = one_of(RECIPES) if name == "recipe" else FIELDS[name].metadata["kind"] if name in FIELDS else None
        if kind is None:
            wrong.append(f"unknown setting {name!r}{nearest(name, (*FIELDS, 'recipe'))}")
            continue
        try:
            values[name] = kind.check(value)
        except RefusedError as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise SettingsError(wrong)
    return values


class Settled(NamedTuple):
    """All settings of a run as plain data, and what is wrong with them."""

    recipe: str
    values: dict[str, Any]
    wrong: list[str]
    """One sentence for each thing that does not go together. A layer that does not exist stands as it was given."""


def complete(chosen: Mapping[str, Any], groups: Collection[Group] = TRANSFER) -> tuple[str, Settings]:
    """The recipe's name and all settings of a run.

    Args:
        chosen: checked values by name (:func:`checked`), ``recipe`` among them or not.
        groups: of settings that the run uses; those of others are None, chosen or not.

    Raises:
        SettingsError: for layers the backbone does not have, weights that do not match the layers, sizes out of
            order, or a start picture that does not exist.
    """
    name, values, wrong = settle(chosen, groups)
    if wrong:
        raise SettingsError(wrong)
    return name, from_values(values)


@cache
def _own(recipe: str) -> dict[str, Any]:
    return RECIPES[recipe].settings.values()


_DEFAULTS = Settings().values()


def settle(chosen: Mapping[str, Any], groups: Collection[Group] = TRANSFER) -> Settled:
    """As :func:`complete`, with what is wrong beside the values. Lists are shared: change none."""
    name = chosen.get("recipe", DEFAULT_RECIPE)
    own = _own(name)
    values = own.copy()
    if not {"content", "style"} <= set(groups):
        values |= {"init": "noise", "colours": "style"}  # from its own picture a texture would have nothing to do
    if _only_blends(groups):
        values["blend"] = "poisson"
    values |= chosen
    values.pop("recipe", None)
    wrong: list[str] = []
    if "optimiser" in groups:
        _settle_synthesis(values, chosen, own, groups, wrong)
    elif _only_blends(groups) and values["blend"] == "none":
        wrong.append("blend: none: a blend has nothing else to do: expected paste, poisson or mixed")
    values |= dict.fromkeys(_outside(groups))
    if values["blend"] not in FUSIONS:
        values["blend_seam"] = None
    if values["style_layer_weights"] is not None:
        _check_layer_weights(values, wrong)
    if values["backbone"] is not None:
        _settle_weights(values, chosen, wrong)
        _settle_network(values, wrong)
    return Settled(name, values, wrong)


def _only_blends(groups: Collection[Group]) -> bool:
    return "blend" in groups and "optimiser" not in groups


def _outside(groups: Collection[Group]) -> list[str]:
    """Settings that a run with these groups does not use."""
    unused = [name for name, item in FIELDS.items() if item.metadata["group"] not in groups]
    # A region lies where its mask does: only what is brought from elsewhere can be moved.
    return unused if _only_blends(groups) else [*unused, "blend_offset"]


def _settle_synthesis(
    values: dict[str, Any],
    chosen: Mapping[str, Any],
    own: Mapping[str, Any],
    groups: Collection[Group],
    wrong: list[str],
) -> None:
    """What the settings of a synthesis are beside one another; ``values`` is changed."""
    if values["optimizer"] != own["optimizer"]:
        values |= {key: chosen[key] if key in chosen else _DEFAULTS[key] for key in (*_LBFGS, *_ADAM)}
        adam = values["optimizer"] == "adam"
        # L-BFGS knows how long a step is from the curvature, in whatever unit: its rate is a factor on that.
        foreign: dict[str, Any] = {
            "learning_rate": _ADAM_STEP * values["pixel_range"] if adam else _DEFAULTS["learning_rate"]
        }
        if not adam:
            # What is cut off between two gradients is no part of their curvature; averages are for rates that jitter.
            foreign |= {"clamp": "never", "averaging": 0.0}
        values |= {key: value for key, value in foreign.items() if key not in chosen}
    values |= dict.fromkeys(_LBFGS if values["optimizer"] == "adam" else _ADAM)
    if values["init"] not in NOISE_INITS:
        values["restarts"] = 0
    if "coarse_sizes" in chosen:  # a recipe's own counts are for its own stages
        values["coarse_evaluations"] = chosen.get("coarse_evaluations", [])
    else:  # those of its stages that are below the size that was asked for
        below = sum(size < values["size"] for size in values["coarse_sizes"])
        values["coarse_sizes"] = values["coarse_sizes"][:below]
        if "coarse_evaluations" not in chosen:
            values["coarse_evaluations"] = values["coarse_evaluations"][:below]
    wrong += _wrong_together(values, "content" in groups, "style" in groups)
    values |= dict.fromkeys(_without_effect(values))
    if len(values["coarse_evaluations"]) == 1:
        values["coarse_evaluations"] = values["coarse_evaluations"] * len(values["coarse_sizes"])


def _check_layer_weights(values: Mapping[str, Any], wrong: list[str]) -> None:
    factors, layers = values["style_layer_weights"], values["style_layers"]
    if isinstance(factors, list | tuple) and len(factors) != len(layers):
        wrong.append(f"style_layer_weights has {len(factors)} numbers for {len(layers)} style layers")


def _settle_weights(values: dict[str, Any], chosen: Mapping[str, Any], wrong: list[str]) -> None:
    """Which weights a network has that nobody chose any for; ``values`` is changed."""
    own = values["backbone"] == compact.NAME
    if "weights" not in chosen and own != (values["weights"] == "packaged"):
        values["weights"] = "packaged" if own else _DEFAULTS["weights"]
    if own and values["weights"] == "imagenet":
        wrong.append(f"weights: {compact.NAME} never saw ImageNet: expected packaged, random or a file")
    if not own and values["weights"] == "packaged":
        wrong.append(f"weights: only {compact.NAME} comes with its own: expected imagenet, random or a file")


def _settle_network(values: dict[str, Any], wrong: list[str]) -> None:
    """Layers by their canonical names, if the network can be had at all; ``values`` is changed."""
    layers = topology(values["backbone"], values["width"])
    try:
        layers.check(pooling=values["pooling"], padding=values["padding"])
    except UnsupportedError as error:
        wrong.append(str(error))
    for role in LAYERS:
        if values[role] is not None:
            values[role] = _resolve_layers(layers, role, values[role], wrong)


def _without_effect(values: Mapping[str, Any]) -> list[str]:
    """Settings that mean nothing beside the others: two runs that differ in them alone are one."""
    names: list[str] = []
    if values["init"] != "noise":
        names += ["noise", "noise_centre", "noise_spread"]
    if values["style_statistic"] == "wasserstein":
        names += ["gram_divisor", "style_reduction"]
    if not values["tv_weight"]:
        names.append("tv")
    names.append("temporal_weight" if values["frames"] == "independent" else "frame_batch")
    return names


def _wrong_together(values: Mapping[str, Any], content: bool, style: bool) -> list[str]:
    wrong = []
    for kind, there, task in (("content", content, "texture"), ("style", style, "reconstruct")):
        if values["init"] == kind and not there:
            wrong.append(f"init: a {task} has no {kind} to start from: expected noise, uniform, normal or grey")
    if values["colours"] != "style" and not (content and style):
        wrong.append("colours: only a transfer has a content whose colours could be kept: leave it out")
    if values["line_search"] == "strong-wolfe" and values["clamp"] != "never":
        wrong.append("clamp: a line search needs the trial it asked for: expected never with line_search: strong-wolfe")
    if values["line_search"] == "strong-wolfe" and values["averaging"]:
        wrong.append("averaging: a line search drops trials that an average takes in: expected 0 with strong-wolfe")
    coarse = [*values["coarse_sizes"], values["size"]]
    if coarse != sorted(set(coarse)):
        wrong.append(
            f"coarse_sizes: {values['coarse_sizes']} before size {values['size']}: expected growing sizes below it"
        )
    given = len(values["coarse_evaluations"])
    if given > 1 and given != len(values["coarse_sizes"]):
        wrong.append(f"coarse_evaluations has {given} numbers for {len(values['coarse_sizes'])} coarse sizes")
    return wrong


def _resolve_layers(layers: Topology, role: str, names: Iterable[str], wrong: list[str]) -> list[str]:
    found, known = [], []
    for name in names:
        try:
            known.append(layers.resolve(name))
            found.append(known[-1])
        except UnknownLayerError as error:
            wrong.append(str(error))
            found.append(name)
    if len(set(known)) < len(known):
        wrong.append(f"{role} names a layer twice: {', '.join(known)}")
    return found


def layer_weights(weights: tuple[float, ...] | str, channels: tuple[int, ...]) -> tuple[float, ...]:
    """One factor per style layer, from the layers' numbers of channels N.

    ``sum``: 1; ``average``: 1 / number of layers; ``channels``: 1 / N^2 (Gatys' released code).
    """
    if isinstance(weights, tuple):
        return weights
    return {
        "sum": (1.0,) * len(channels),
        "average": (1.0 / len(channels),) * len(channels),
        "channels": tuple(1.0 / n**2 for n in channels),
    }[weights]


def shared(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of settings, or of what holds them: all but how a result starts, which is each one's own among several that are
    made together."""
    return {name: value for name, value in values.items() if name not in group("start")}


def apart(settings: Settings) -> str:
    """Why a result with these settings is made by itself; empty where it may be made together with others."""
    if settings.restarts and settings.init in NOISE_INITS:
        return "restarts: one that goes wrong is begun again, alone"
    if settings.blend not in (None, "none"):
        return "blend: its regions are blended one at a time"
    return ""
