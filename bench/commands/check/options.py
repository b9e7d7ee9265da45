"""Options that several checks have, and what they make of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bench.errors import BenchError

if TYPE_CHECKING:
    from bench.check.model import Limits
    from bench.check.paired.session import Asked
    from bench.machine.devices import Slot


def job_options() -> argparse.ArgumentParser:
    """Which jobs, on which device."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("manifest", metavar="MANIFEST", help="a YAML file, or the name of one that ships, such as perf")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="fix a parameter for all jobs; repeatable"
    )
    parser.add_argument(
        "--only", action="append", default=[], metavar="GLOB", help="only jobs that match a pattern; repeatable"
    )
    parser.add_argument("--devices", default="auto", metavar="DEVICE", help="auto (default), cpu or cuda:<n>")
    return parser


def limit_options() -> argparse.ArgumentParser:
    """What counts as a difference, and how many pairs show it."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--delta", type=_share, metavar="SHARE", help="difference that matters: 10%% or 0.1 (10%%)")
    parser.add_argument("--alpha", type=float, metavar="LEVEL", help="how often a bound may be wrong (0.0125)")
    parser.add_argument("--floor", type=float, metavar="SECONDS", help="difference that never matters, in seconds")
    parser.add_argument("--pairs", type=int, metavar="N", help="how many pairs (16)")
    return parser


def measure_options() -> argparse.ArgumentParser:
    """What a worker measures."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--rounds", type=int, metavar="N", help="runs of each job by a worker (5)")
    parser.add_argument(
        "--phase", action="append", default=[], metavar="NAME", help="phase of the timing (optimise); repeatable"
    )
    return parser


def limits(options: argparse.Namespace, otherwise: Mapping[str, Any] | None = None) -> Limits:
    """Limits as the options have them.

    Args:
        otherwise: in place of the defaults, where an option is not given.

    Raises:
        BenchError: for a value that makes no sense.
    """
    from pydantic import ValidationError

    from bench.check.model import Limits

    names = [name for name in Limits.model_fields if getattr(options, name, None) is not None]
    try:
        return Limits(**{**(otherwise or {}), **{name: getattr(options, name) for name in names}})
    except ValidationError as error:
        first = error.errors()[0]
        raise BenchError(f"--{first['loc'][0]} {first['input']}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


def phases(options: argparse.Namespace) -> Sequence[str]:
    from bench.worker.timing import PHASES

    for name in options.phase:
        if name not in PHASES:
            raise BenchError(f"--phase {name}: expected one of {', '.join(PHASES)}")
    return tuple(dict.fromkeys(options.phase)) or ("optimise",)


def asked(
    options: argparse.Namespace,
    given: Sequence[str],
    tell: Callable[[str], None],
    check: str,
    otherwise: Mapping[str, Any] | None = None,
) -> Asked:
    """Plan the manifest, and make the folder of what the check leaves behind.

    Args:
        check: its name.
        otherwise: limits in place of the defaults.

    Raises:
        BenchError: for mistakes in it, or in the options.
    """
    from bench.check.outputs import output_folder
    from bench.check.paired.session import Asked
    from bench.commands.shared import chosen_jobs, load_plan
    from bench.manifest import find

    plan = load_plan(options, tell)
    only = chosen_jobs(options, plan)
    return Asked(
        plan=plan,
        manifest=find(options.manifest).resolve(),
        jobs=[job for job in plan.jobs.values() if only is None or job.id in only],
        fixed=options.set,
        place=device(options.devices, tell),
        command=["nst-bench", *given],
        limits=limits(options, otherwise),
        phases=phases(options),
        folder=output_folder(options, f"{check}-{plan.name}"),
        whole=only is None,
    )


def check_slowdown(option: str, factor: float | None) -> None:
    """Raises:
    BenchError: for a factor by which nothing is slowed down, or by more than makes sense.
    """
    if factor is not None and not 1 < factor <= 10:
        raise BenchError(f"{option} {factor:g}: expected a factor above 1, up to 10")


def device(wanted: str, tell: Callable[[str], None]) -> Slot:
    """The one place where everything is measured, one job at a time."""
    from bench.machine import devices

    first, *others = devices.find(wanted)
    if others:
        tell(f"several devices: {first.name} alone is measured; --devices names another")
    return first


def _share(text: str) -> float:
    """``10%`` or ``0.1``; 10 alone would be 1000 %, which nobody means."""
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a share such as 10% or 0.1") from None
    if found >= 1 and not text.endswith("%"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a share below 1; did you mean {text}%?")
    return found
