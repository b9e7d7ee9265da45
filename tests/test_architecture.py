"""Arrows never turn back, and light commands stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize(
    ("importers", "forbidden"),
    [
        ("nst/**/*.py", "bench"),
        ("bench/report/*.py", "bench.runner"),
        ("bench/report/*.py", "bench.plan"),
        ("bench/[!_]*/*.py", "bench.cli"),
        ("bench/[!c]*/*.py", "bench.commands"),
        ("bench/inputs/*.py", "bench.plan"),
        ("bench/manifest/*.py", "bench.inputs"),
        ("bench/plan/*.py", "bench.runner"),
        ("bench/store/*.py", "bench.runner"),
        ("bench/worker/*.py", "bench.runner"),
        ("bench/worker/*.py", "bench.plan"),
        ("bench/engines/*.py", "bench.runner"),
    ],
)
def test_data_flows_one_way(importers, forbidden):
    files = list(ROOT.glob(importers))
    assert files
    guilty = [(path.name, name) for path in files for name in imports(path) if f"{name}.".startswith(f"{forbidden}.")]
    assert guilty == []


@pytest.mark.parametrize(
    "module",
    [
        "bench.cli",
        "bench.plan",
        "bench.runner",
        "bench.engines.local",
        "bench.runner.session",
        "bench.prediction",
        "bench.report",
    ],
)
def test_torch_is_left_to_the_workers(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("path", [*ROOT.glob("nst/**/*.py"), *ROOT.glob("bench/**/*.py")], ids=lambda path: path.name)
def test_a_module_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
