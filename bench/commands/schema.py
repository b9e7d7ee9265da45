"""``nst-bench schema``: the JSON Schema of manifests, for editors."""

from __future__ import annotations

import argparse
import json

from bench.commands.shared import Commands
from bench.errors import Exit


def add(commands: Commands) -> None:
    parser = commands.add_parser("schema", help="print the JSON Schema of manifests, for editors")
    parser.set_defaults(command=schema)


def schema(options: argparse.Namespace, _: list[str]) -> Exit:
    from bench.manifest.schema import Manifest

    print(json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", **Manifest.model_json_schema()}, indent=1))
    return Exit.FINE
