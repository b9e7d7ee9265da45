"""Every combination is measured, written as soon as it is known, and what does not fit is said."""

import json

import pytest

from bench.floor import sweep
from bench.floor.measure import WARMUP
from bench.floor.sweep import Row, Sweep, Wanted, main
from tests.nst.recording import record

SMALL = ["--device", "cpu", "--sizes", "32", "--batches", "1,2", "--precisions", "float32,bfloat16", "--histories", "2"]


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(sweep, "STEPS", 1)
    monkeypatch.setattr(sweep, "ROUNDS", 2)


def rows(file):
    return Sweep.model_validate_json(file.read_text()).rows


def test_every_combination_is_in_the_file(tmp_path, capsys):
    file = tmp_path / "sweep.json"
    assert main([str(file), *SMALL, "--width", "0.0625"]) == 0
    found = rows(file)
    assert [(row.size, row.precision, row.batch, row.history) for row in found] == [
        (32, "float32", 1, 2), (32, "float32", 2, 2), (32, "bfloat16", 1, 2), (32, "bfloat16", 2, 2)
    ]  # fmt: skip
    assert all(row.seconds > 0 and row.seconds_per_picture == row.seconds / row.batch for row in found)
    assert all((row.peak_bytes, row.waits, row.failure) == (None, None, "") for row in found)
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 4
    assert told[1].startswith("32 px, float32, 2 at a time, history 2: ")
    assert json.loads(file.read_text())["threads"] >= 1


def test_what_was_measured_before_an_error_is_in_the_file(tmp_path, monkeypatch):
    file, real = tmp_path / "sweep.json", sweep.Step

    def fragile(network, settings, height, width, batch):
        if batch == 2:
            raise RuntimeError("the device fell off the bus")
        return real(network, settings, height, width, batch)

    monkeypatch.setattr(sweep, "Step", fragile)
    with pytest.raises(RuntimeError, match="fell off"):
        main([str(file), *SMALL, "--width", "0.0625"])
    assert [row.batch for row in rows(file)] == [1]


def test_what_does_not_fit_is_a_row_like_any_other(tmp_path, monkeypatch):
    def large(*given):
        raise MemoryError("not enough memory: you tried to allocate 1000000000 bytes")

    monkeypatch.setattr(sweep, "Step", large)
    file = tmp_path / "sweep.json"
    assert main([str(file), *SMALL]) == 0
    assert {row.failure for row in rows(file)} == {"out of memory"}
    assert Row(size=1, batch=1, precision="float32", history=1, graph=False).seconds is None


class TestGraphs:
    """By a recorder that keeps a graph's rules on a processor, where a GPU would be asked for its own."""

    @pytest.fixture(autouse=True)
    def recorder(self, monkeypatch):
        rehearsed = []
        monkeypatch.setattr(sweep, "rehearse", rehearsed.extend)
        monkeypatch.setattr(sweep, "capture", record)
        return rehearsed

    def wanted(self, **changes):
        few = {"sizes": (32,), "batches": (2,), "precisions": ("float32",), "histories": (3,), "width": 0.0625}
        return Wanted(device="cpu", graphs=(False, True), **{**few, **changes})

    def test_steps_are_timed_call_by_call_and_replayed(self, recorder):
        told = []
        found = sweep.sweep(self.wanted(), told.append)
        assert [(row.graph, row.failure) for row in found.rows] == [(False, ""), (True, "")]
        assert all(row.seconds > 0 for row in found.rows)
        assert len(recorder) == WARMUP
        assert len(told) == 2

    def test_what_cannot_be_recorded_is_a_row_like_any_other(self, monkeypatch):
        def refuse(works):
            raise RuntimeError("operation not permitted when stream is capturing\nmore of it")

        monkeypatch.setattr(sweep, "capture", refuse)
        rows = sweep.sweep(self.wanted(), lambda found: None).rows
        assert [row.failure for row in rows] == ["", "operation not permitted when stream is capturing"]
        assert rows[1].seconds is None

    def test_a_processor_is_not_asked_for_any(self, tmp_path, capsys):
        with pytest.raises(SystemExit):
            main([str(tmp_path / "sweep.json"), *SMALL, "--graphs", "yes,no"])
        assert "--graphs yes: cpu has no CUDA graphs" in capsys.readouterr().err
