"""``nst-bench findings``: what documents found, and what our runs say."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.commands.shared import Commands, read
from bench.errors import Exit

if TYPE_CHECKING:
    from bench.findings.answers import Answer
    from bench.results import Results


def add(commands: Commands) -> None:
    parser = commands.add_parser("findings", help="what documents found, and what the runs say")
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULTS", help="results folders, read as one")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(command=findings)


def findings(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.findings.answers import answers

    results = read(options.results)
    found = answers(results)
    print(json.dumps(as_data(results, found), indent=1) if options.json else as_text(results, found))
    return Exit.FINE


def as_text(results: Results, found: list[Answer]) -> str:
    """Every question with what its document says and what our runs do, experiment by experiment."""
    from bench.report import answers as told
    from bench.report.asked import MARKS

    lines = _open(results.plan.open, "the documents", "")
    for experiment in results.plan.experiments:
        own = [answer for answer in found if answer.experiment == experiment.name]
        if not own and not experiment.open:
            continue
        lines += ["", experiment.name] if lines else [experiment.name]
        for answer in own:
            says = [told.plain(told.sentence(answer)), *told.notes(answer)]
            lines += [
                f"  {answer.finding.question}",
                f"    {answer.finding.document}: {answer.finding.said}",
                f"    {MARKS[answer.word]} {told.word(answer)}. {' '.join(says)}",
            ]
        lines += _open(experiment.open, "the document", "  ")
    return "\n".join(lines) or "The manifest names no findings of documents."


def _open(given: dict[str, str], whose: str, indent: str) -> list[str]:
    chosen = "; ".join(f"{what}: {how}" for what, how in given.items())
    return [f"{indent}left open by {whose}, and chosen here: {chosen}"] if chosen else []


def as_data(results: Results, found: list[Answer]) -> dict[str, Any]:
    """The same for programs (docs/findings.md)."""
    return {
        "schema": 1,
        "name": results.plan.name,
        "open": results.plan.open,
        "experiments": {
            experiment.name: {
                "open": experiment.open,
                "findings": [_as_data(answer) for answer in found if answer.experiment == experiment.name],
            }
            for experiment in results.plan.experiments
            if experiment.findings or experiment.open
        },
    }


def _as_data(answer: Answer) -> dict[str, Any]:
    from bench.report import answers as told

    finding = answer.finding
    return {
        "question": finding.question,
        "document": finding.document,
        "said": finding.said,
        "learned": finding.learned,
        "answer": answer.word,
        "sentence": told.plain(told.sentence(answer)),
        "notes": list(told.notes(answer)),
        "figure": finding.figure,
        "unit": answer.unit,
        "of": answer.of,
        "showing": answer.showing,
        "measured": answer.measured,
        "tied": answer.tied,
        "left_out": vars(answer.left),
        "random_weights": answer.random,
        "looked_at": answer.looked_at,
        "groups": [vars(group) for group in answer.groups],
        "ratio": vars(answer.ratio) if answer.ratio else None,
    }
