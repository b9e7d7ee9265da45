"""The wheel, installed elsewhere, does the main job."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy of what git would give, so that nothing untracked or stale can help."""
    source = tmp_path_factory.mktemp("source")
    ignored = shutil.ignore_patterns(
        ".git", "results", "*.egg-info", "build", "dist", "__pycache__", ".venv", ".*_cache"
    )
    shutil.copytree(ROOT, source, ignore=ignored, dirs_exist_ok=True)
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = out.glob("*.whl")
    return found


def test_the_wheel_carries_everything_it_needs_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"bench/_data/{p.relative_to(ROOT)}" for p in ROOT.glob("manifests/**/*.yaml")}
    expected |= {f"bench/_data/{p.relative_to(ROOT)}" for p in ROOT.glob("site_templates/**/*") if p.is_file()}
    expected |= {str(p.relative_to(ROOT)) for folder in ("nst", "bench") for p in ROOT.glob(f"{folder}/**/*.py")}
    expected |= {"nst/compact/compact.safetensors", "nst/compact/MODEL_CARD.md"}
    assert expected - names == set()
    assert {name.split("/")[0] for name in names} == {
        "nst",
        "bench",
        next(n for n in names if "dist-info" in n).split("/")[0],
    }


@pytest.mark.slow
def test_an_installed_copy_runs_a_shipped_manifest_from_any_folder(wheel, tmp_path):
    """pip puts the wheel into a folder of its own; only the dependencies come from this environment."""
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True)
    environment = {**os.environ, "PYTHONPATH": str(target)}
    ask = [sys.executable, "-c", "import bench, nst; print(bench.__file__); print(nst.__file__)"]
    where = subprocess.check_output(ask, text=True, cwd=tmp_path, env=environment)
    assert all(Path(line).is_relative_to(target) for line in where.splitlines())

    (command,) = (target / "bin").glob("nst-bench*")
    small = ["--set", "size=32", "--set", "evaluations=2"]
    done = subprocess.run(
        [command, "run", "quickstart", *small], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    assert done.returncode == 0, done.stderr
    site = tmp_path / "results" / "quickstart" / "site"
    assert (site / "index.html").is_file()
    assert {"report.css", "report.js"} <= {path.name for path in (site / "assets").iterdir()}
