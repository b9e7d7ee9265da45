"""The clip that comes along, in both modes: how much steadier one is than the other, and that browsers play it."""

import pytest

from bench.cli import main
from bench.results import load
from nst import video

MANIFEST = """\
name: sample
images:
  clips: {pan: sample:pan}
  styles: {waves: sample:seigaiha}
defaults: {weights: random, width: 0.0625, init: content, size: 48, size_rule: long, evaluations: 30, recipe: untrained}
experiments:
  frames: {task: video, grid: {frames: [independent, warm]}, compare: [frames]}
"""


@pytest.mark.slow
def test_frames_that_start_from_the_one_before_flicker_half_as_much_at_the_most(tmp_path, manifest):
    out = tmp_path / "results"
    assert main(["run", str(manifest(MANIFEST)), "--out", str(out), "--quiet", "--no-site", "--no-measure"]) == 0
    results = load(out)
    by_mode = {record.parameters["frames"]: record for record in results.records.values()}
    flicker = {mode: record.outcome.numbers["flicker"] for mode, record in by_mode.items()}
    assert flicker["warm"] <= 0.5 * flicker["independent"]
    for record in by_mode.values():
        facts = video.look(results.folders[record.id] / "result.mp4")
        assert (facts.width, facts.height, facts.frames, facts.steady) == (192, 128, 24, True)
        assert record.outcome.numbers["shots"] == 1
