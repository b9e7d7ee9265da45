"""``nst-bench floor``: how far from its limit this machine is."""

from __future__ import annotations

import argparse

from bench.commands.shared import Commands
from bench.errors import BenchError, Exit


def add(commands: Commands) -> None:
    parser = commands.add_parser("floor", help="how far from its limit this machine is")
    parser.add_argument("--size", type=int, metavar="PIXELS", help="side of the picture, which is square (256)")
    parser.add_argument("--backbone", metavar="NAME", help="network (the recipe's)")
    parser.add_argument("--recipe", metavar="NAME", help="whose losses and optimiser (gatys-paper)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="any other parameter; repeatable"
    )
    parser.add_argument("--devices", default="auto", metavar="DEVICE", help="auto (default), cpu or cuda:<n>")
    parser.add_argument("--seconds", type=float, default=20, metavar="N", help="how long to measure, at most (20)")
    parser.add_argument("--compile", action="store_true", help="measure the step by torch.compile, too")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(command=floor)


def floor(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.floor.asking import ask
    from bench.floor.model import Asked
    from bench.floor.shown import text
    from bench.machine.devices import find
    from bench.manifest.fixing import assigned
    from bench.plan.resolve import resolve
    from bench.tasks import TASKS
    from nst.resolution import SettingsError, checked

    slots = find(options.devices)
    if len(slots) > 1:
        raise BenchError(f"--devices {options.devices}: one device is measured at a time: name it, such as cuda:0")
    if not options.seconds > 0:
        raise BenchError(f"--seconds {options.seconds:g}: expected more than 0")
    chosen = {"weights": "random:0", "recipe": "gatys-paper", "history": 10, "size": 256}
    chosen |= assigned(options.set)
    try:
        chosen |= checked({name: value for name, value in _own(options).items() if value is not None})
    except SettingsError as error:
        raise BenchError("\n".join(f"--{message}" for message in error.messages)) from error
    try:
        parameters = dict(resolve(TASKS["transfer"], chosen))
    except SettingsError as error:
        raise BenchError(str(error)) from error
    recipe, side = str(parameters.pop("recipe")), int(str(parameters["size"]))
    del parameters["task"]
    asked = Asked(
        recipe=recipe,
        parameters=parameters,
        width=side,
        height=side,
        device=slots[0].device,
        seconds=options.seconds,
        compile=options.compile,
    )
    found = ask(asked, slots[0].variables)
    print(found.model_dump_json(indent=1) if options.json else text(found))
    return Exit.FINE


def _own(options: argparse.Namespace) -> dict[str, object]:
    return {name: getattr(options, name) for name in ("size", "backbone", "recipe")}
