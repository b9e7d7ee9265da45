"""The file of what is expected: read with every mistake named, written as people left it."""

import pytest

from bench.check.exact.baseline import Baseline, Expected, Row, load, read
from bench.errors import BenchError
from bench.manifest.source import SourceError

JOB = "3f" * 32

FILE = f"""\
# ours

# the gate
perf:  # see docs
  cpu:
    "lbfgs: a #1 x b":  # quoted
      job: {JOB}
      # why so wide: measured
      flops: {{expected: 138240, margin: 0}}
      final_loss: {{expected: 0.001234, margin: 0.01}}  # one per cent

    site:
      files: {{expected: 52, margin: 0}}
  cuda:
    site:
      bytes: {{expected: 2000000, margin: 0.05}}
other-one:
  cpu:
    site:
      files: {{expected: 3, margin: 0}}
# the end
"""


def test_a_file_is_manifests_with_devices_with_benchmarks_with_figures():
    found = load(FILE, "exact.yml")
    assert found.rows("perf", "cpu") == {
        "lbfgs: a #1 x b": Row(JOB, {"flops": Expected(138240, 0.0), "final_loss": Expected(0.001234, 0.01)}),
        "site": Row(None, {"files": Expected(52, 0.0)}),
    }
    assert found.rows("perf", "cuda") == {"site": Row(None, {"bytes": Expected(2000000, 0.05)})}
    assert (found.rows("perf", "other"), found.rows("none", "cpu")) == (None, None)


def test_what_is_written_again_is_the_same_to_the_byte():
    assert load(FILE, "exact.yml").render() == FILE


def test_other_rows_leave_the_rest_and_the_comments_as_they_are():
    rows = dict(load(FILE, "exact.yml").rows("perf", "cpu"))
    rows["lbfgs: a #1 x b"] = Row(JOB, {"flops": Expected(7, 0.0), "final_loss": Expected(0.001234, 0.01)})
    changed = load(FILE, "exact.yml").having("perf", "cpu", rows).render()
    assert changed == FILE.replace("138240", "7")


def test_a_row_goes_with_its_comments_and_a_new_one_comes_without():
    rows = {"adam: a x b": Row(JOB, {"updates": Expected(2, 0.0)})}
    changed = load(FILE, "exact.yml").having("perf", "cpu", rows).render()
    before, after = FILE[: FILE.index('    "lbfgs')], FILE[FILE.index("  cuda:") :]
    assert (
        changed == f'{before}    "adam: a x b":\n      job: {JOB}\n      updates: {{expected: 2, margin: 0}}\n{after}'
    )


def test_a_new_file_says_what_it_is():
    row = Row(JOB, {"final_loss": Expected(1e-07, 0.01)})
    text = Baseline().having("small", "cpu", {"main: ü x b": row}).render()
    assert text == (
        "# What `nst-bench check exact` expects. `nst-bench check exact MANIFEST --update` writes it; docs/check.md "
        "explains it.\n"
        "# A margin is the share of `expected` that a figure may be off, in either direction; it may be changed by "
        "hand.\n\n"
        f'small:\n  cpu:\n    "main: ü x b":\n      job: {JOB}\n'
        "      final_loss: {expected: 1e-07, margin: 0.01}\n"
    )
    assert load(text, "new").rows("small", "cpu") == {"main: ü x b": row}
    assert load(text, "new").render() == text


def test_a_figure_is_written_to_the_last_digit():
    figure = 0.1 + 0.2
    text = Baseline().having("small", "cpu", {"m: a": Row(JOB, {"final_loss": Expected(figure, 0.0)})}).render()
    assert load(text, "new").rows("small", "cpu")["m: a"].metrics["final_loss"].expected == figure


def test_no_file_is_none_and_an_empty_one_expects_nothing(tmp_path):
    assert read(tmp_path / "none.yml") is None
    (tmp_path / "empty.yml").write_text("# nothing yet\n")
    assert read(tmp_path / "empty.yml").manifests == {}


def test_every_mistake_is_named_with_its_place():
    text = f"""\
perf:
  gpu: {{}}
  cpu:
    "lbfgs: a x b":
      job: 12ab
      flop: {{expected: 1, margin: 0}}
      flops: {{expected: many, margin: -1}}
      updates: {{expected: 1}}
      forwards: 28
    "adam: a x b":
      flops: {{expected: 1, margin: 0, unit: one}}
    site:
      job: {JOB}
      files: {{expected: true, margin: .inf}}
other: 3
"""
    with pytest.raises(SourceError) as raised:
        load(text, "exact.yml")
    assert [line for line in str(raised.value).splitlines() if line.startswith("exact.yml")] == [
        "exact.yml:2:3: perf.gpu: unknown: expected one of cpu, cuda",
        "exact.yml:5:12: perf.cpu.lbfgs: a x b.job: expected the job's id, 64 digits from 0 to f",
        "exact.yml:6:7: perf.cpu.lbfgs: a x b.flop: unknown: expected one of job, flops, evaluation_flops, "
        "evaluations, updates, forwards, unknowns, parameters, network_bytes, state_bytes, peak_bytes, final_loss; did you mean flops?",
        "exact.yml:7:25: perf.cpu.lbfgs: a x b.flops.expected: expected a number",
        "exact.yml:7:39: perf.cpu.lbfgs: a x b.flops.margin: expected 0 or more",
        "exact.yml:8:16: perf.cpu.lbfgs: a x b.updates: expected a number under 'margin' too",
        "exact.yml:9:17: perf.cpu.lbfgs: a x b.forwards: expected {expected: a number, margin: a number}",
        "exact.yml:10:5: perf.cpu.adam: a x b.job: expected the job's id, 64 digits from 0 to f",
        "exact.yml:11:39: perf.cpu.adam: a x b.flops.unit: unknown: expected one of expected, margin",
        "exact.yml:13:7: perf.cpu.site.job: unknown: expected one of files, bytes",
        "exact.yml:14:25: perf.cpu.site.files.expected: expected a number",
        "exact.yml:14:39: perf.cpu.site.files.margin: expected a number",
        "exact.yml:15:8: other: expected a mapping",
    ]


def test_a_file_that_cannot_be_read_is_said_in_a_sentence(tmp_path):
    with pytest.raises(BenchError, match=f"^{tmp_path}: cannot be read: Is a directory$"):
        read(tmp_path)
    (tmp_path / "latin.yml").write_bytes("müll: {}".encode("latin-1"))
    with pytest.raises(BenchError, match=r"latin.yml: cannot be read: it is not UTF-8$"):
        read(tmp_path / "latin.yml")
