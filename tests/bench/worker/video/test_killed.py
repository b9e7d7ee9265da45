"""A run that is killed in the middle of a clip: the same command again goes on with the next frame."""

import os
import signal
import subprocess
import sys
import time

import pytest

from bench.results import load as load_results
from nst import images
from tests.bench.worker.video.drawn import drawn

FRAMES = 12
MANIFEST = """\
name: clips
images:
  clips: {walk: frames}
  styles: {left: left.png}
defaults: {weights: random, width: 0.0625, size: 48, size_rule: long, evaluations: 30, init: content}
experiments:
  only: {task: video, defaults: {frames: warm}}
"""


def start(path, out):
    command = [
        sys.executable,
        "-m",
        "bench",
        "run",
        str(path),
        "--out",
        str(out),
        "--quiet",
        "--no-site",
        "--no-measure",
    ]
    return subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def outcome(out):
    results = load_results(out)
    (record,) = results.records.values()
    return record


@pytest.mark.slow
def test_what_is_killed_in_the_middle_goes_on_there_and_ends_the_same(manifest, folder, tmp_path):
    (folder / "frames").mkdir()
    for k in range(FRAMES):
        (folder / "frames" / f"{k}.png").write_bytes(images.encode_png(drawn(k)))
    path = manifest(MANIFEST)
    running = start(path, tmp_path / "cut")
    deadline = time.monotonic() + 60
    while len(list((tmp_path / "cut" / "parts").glob("*/*.json"))) < 3:
        assert time.monotonic() < deadline, running.poll()
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not list((tmp_path / "cut" / "jobs").glob("*/*"))
    there = len(list((tmp_path / "cut" / "parts").glob("*/*.json")))
    assert there < FRAMES

    for out in ("cut", "whole"):
        ended = start(path, tmp_path / out)
        said, _ = ended.communicate(timeout=120)
        assert ended.returncode == 0, said
    cut, whole = outcome(tmp_path / "cut"), outcome(tmp_path / "whole")
    names = set(whole.files) - {"frames.csv"}
    assert {name: cut.files[name] for name in names} == {name: whole.files[name] for name in names}
    assert f"{FRAMES} frames were there, from an earlier try" in cut.timing.invalid_reason
    assert "earlier try" not in (whole.timing.invalid_reason or "")
    assert not list((tmp_path / "cut").glob("parts/*"))
