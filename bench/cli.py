"""Arguments in, exit code out. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import json
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import bench
from bench.errors import BenchError, Exit

if TYPE_CHECKING:
    from bench.plan import Plan
    from bench.progress import Bars, Lines
    from bench.store import Store


def main(arguments: list[str] | None = None) -> int:
    """Run one command; errors that people cause become one message and an exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    # File names that are no UTF-8 reach us with stand-ins that no JSON file can hold.
    if any("\udc80" <= character <= "\udcff" for text in given for character in text):
        print("the command line holds bytes that are not UTF-8: rename the file or folder", file=sys.stderr)
        return int(Exit.USAGE)
    options = parser().parse_args(given)
    try:
        return int(options.command(options, given))
    except BenchError as error:
        print(error, file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output, such as head, has had enough
        sys.stderr.close()
        return int(Exit.FINE)
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"{error.filename}: {error.strerror}" if error.filename else str(error), file=sys.stderr)
        return int(Exit.USAGE)
    except Exception:
        traceback.print_exc()
        print("This is a mistake in nst-bench, not in your input: please report it.", file=sys.stderr)
        return int(Exit.INTERNAL)


def parser() -> argparse.ArgumentParser:
    """All commands and options; a test holds docs/commands.md to it."""
    top = argparse.ArgumentParser(
        prog="nst-bench", description="Batch benchmarking and galleries of neural style transfer."
    )
    top.add_argument("--version", action="version", version=f"nst-bench {bench.__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    manifest = argparse.ArgumentParser(add_help=False)
    manifest.add_argument("manifest", metavar="MANIFEST", help="a YAML file, or the name of one that ships")
    manifest.add_argument("--out", type=Path, metavar="FOLDER", help="results folder (default: results/<name>)")
    manifest.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="fix a parameter for all jobs; repeatable"
    )

    plan = commands.add_parser("plan", parents=[manifest], help="show what would run")
    plan.add_argument("--json", action="store_true", help="print the jobs as JSON")
    plan.set_defaults(command=_plan)

    run = commands.add_parser("run", parents=[manifest], help="run what is missing, then render the site")
    run.add_argument("--device", default="auto", metavar="DEVICE", help="auto (default), cpu, cuda or cuda:<n>")
    run.add_argument("--no-site", action="store_true", help="do not render the site")
    run.set_defaults(command=_run)

    report = commands.add_parser("report", help="render the site of a results folder again")
    report.add_argument("results", type=Path, metavar="RESULTS", help="a results folder")
    report.set_defaults(command=_report)

    schema = commands.add_parser("schema", help="print the JSON Schema of manifests, for editors")
    schema.set_defaults(command=_schema)
    return top


def _plan(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.store import Store

    plan = _load_plan(options)
    _say_warnings(plan)
    store = Store(options.out or default_folder(plan.name))
    done = store.finished(plan.jobs)
    if options.json:
        jobs = [
            {
                "id": job.id,
                "done": job.id in done,
                "parameters": dict(job.parameters),
                "inputs": {role: given.picture.model_dump() for role, given in job.inputs.items()},
            }
            for job in plan.jobs.values()
        ]
        told = {"name": plan.name, "results": str(store.root), "warnings": plan.warnings, "jobs": jobs}
        print(json.dumps(told, indent=1))
        return Exit.FINE
    from bench.progress import describe

    for job in plan.jobs.values():
        print(f"{job.id[:12]}  {'done' if job.id in done else 'to do'}  {describe(plan, job)}")
    print(f"{len(plan.jobs)} jobs, {len(done)} done, {len(plan.jobs) - len(done)} to run, in {store.root}")
    return Exit.FINE


def _run(options: argparse.Namespace, given: list[str]) -> Exit:
    from bench import planned, runner
    from bench.engines.local import LocalEngine
    from bench.store import Store

    _check_device(options.device)
    plan = _load_plan(options)
    store = Store(options.out or default_folder(plan.name))
    store.acquire()
    try:
        _say_warnings(plan)
        planned.store_plan(plan, store, ["nst-bench", *given])
        listener = _listener(plan)
        interrupt = runner.Interrupt()
        engine = LocalEngine(options.device, store.root / "worker.log")
        try:
            with interrupt.on_signals():
                summary = runner.run(plan, store, engine, listener, interrupt)
        finally:
            listener.stop()
        _measure_repeats(plan, store)
        _say_summary(summary, store.root, "records" if options.no_site else "site")
        if not options.no_site:
            _render(store.root)
        return summary.exit_code
    finally:
        store.release()


def _report(options: argparse.Namespace, _: list[str]) -> Exit:
    _render(options.results)
    return Exit.FINE


def _schema(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.schema import Manifest

    print(json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **Manifest.model_json_schema()}, indent=1))
    return Exit.FINE


def default_folder(name: str) -> Path:
    return Path("results") / name


def _load_plan(options: argparse.Namespace) -> Plan:
    from bench.fixing import set_defaults
    from bench.manifest import find, load
    from bench.plan import make_plan

    return make_plan(set_defaults(load(find(options.manifest)), options.set))


def _say_warnings(plan: Plan) -> None:
    for warning in plan.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def _check_device(device: str) -> None:
    """Refuse a device that is no device, or that this machine lacks, before anything is written."""
    if device in ("auto", "cpu"):
        return
    if not re.fullmatch(r"cuda(:[0-9]{1,3})?", device):
        raise BenchError(f"--device {device}: expected auto, cpu, cuda or cuda:<n>")
    import torch

    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(device.partition(":")[2] or 0) >= found:
        devices = f"CUDA devices 0 to {found - 1}" if found else "no CUDA device that torch can use"
        raise BenchError(f"--device {device}: this machine has {devices}; expected auto or cpu")


def _listener(plan: Plan) -> Bars | Lines:
    from bench.progress import Bars, Lines

    return Bars(plan) if sys.stderr.isatty() else Lines(plan)


def _say_summary(summary: object, root: Path, where: str) -> None:
    from bench.runner import Summary

    assert isinstance(summary, Summary)
    done = summary.skipped + len(summary.ended) - len(summary.failed)
    text = f"{done} of {summary.total} jobs done"
    if summary.failed:
        text += f", {len(summary.failed)} failed: the {where} say{'s' if where == 'site' else ''} why"
    if summary.interrupted:
        text += "; interrupted: run the same command again to go on"
    print(f"{text}. Results: {root}", file=sys.stderr)


def _measure_repeats(plan: Plan, store: Store) -> None:
    from bench import repeats

    if len({job.parameters["seed"] for job in plan.jobs.values()}) < 2:
        return  # no record need be read again
    found = [record for id in plan.jobs if (record := store.record(id))]
    repeats.measure(store.root, found, {record.id: store.folder(record.id) for record in found})


def _render(results: Path) -> None:
    from bench.report import build

    site = build(results)
    if site.problems:
        print(f"{len(site.problems)} files could not be read: {site.problems[0]} (the site names all)", file=sys.stderr)
    print(site.index)
