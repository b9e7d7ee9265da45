"""Real jobs at 32 pixels, one after another: what a worker keeps, and that it changes nothing of what is made."""

import numpy as np
import pytest

from bench.worker.execution import warm_for
from bench.worker.warm import Warm
from nst import attempting, images, preparing
from tests.bench.small import SMALL


def because(error, cause):
    error.__cause__ = cause
    return error


def losses(curve):
    return [{name: value for name, value in row.items() if name != "seconds"} for row in curve]


def test_warming_up_changes_nothing_of_what_is_made(carry_out, monkeypatch):
    _, _, warmed, one = carry_out()
    monkeypatch.setattr(preparing, "WARMUP", {"cpu": 0})
    _, _, cold, other = carry_out()
    assert losses(warmed) == losses(cold)
    assert (one / "image.png").read_bytes() == (other / "image.png").read_bytes()


class TestWarmth:
    """What a worker keeps changes how long a job prepares, and nothing of what it makes."""

    def test_a_second_job_finds_everything_done(self, carry_out):
        warm = Warm("cpu")
        _, first, before, one = carry_out(warm=warm)
        _, second, after, other = carry_out(warm=warm)
        assert first.timing.reused == []
        assert second.timing.reused == ["decode", "weights", "targets", "assess"]
        assert losses(before) == losses(after)
        assert (one / "image.png").read_bytes() == (other / "image.png").read_bytes()
        assert first.outcome == second.outcome
        assert second.timing.targets < first.timing.targets

    def test_a_job_says_what_was_done_for_it_in_part(self, carry_out):
        warm = Warm("cpu")
        carry_out(warm=warm)
        assert carry_out(number=1, warm=warm)[1].timing.reused == ["decode", "weights", "targets", "assess"]
        other_style = carry_out(SMALL.replace("left: left.png, ", ""), warm=warm)[1]
        assert other_style.timing.reused == ["decode", "weights", "targets"]  # the content's
        wider = carry_out(SMALL.replace("0.0625", "0.125"), warm=warm)[1]
        assert wider.timing.reused == ["decode", "assess"]

    def test_a_picture_is_decoded_once_as_long_as_its_file_is_the_same(self, folder):
        warm, path = Warm("cpu"), folder / "one.png"
        first = warm.picture(path)
        assert warm.picture(path) is first
        path.write_bytes((folder / "right.png").read_bytes())
        assert np.array_equal(warm.picture(path).pixels, images.read(folder / "right.png"))
        assert warm.picture(folder / "right.png") is warm.picture(path)

    def test_what_is_kept_counts_as_memory_from_before(self, carry_out):
        warm = Warm("cpu")
        memory = carry_out(warm=warm)[1].memory
        assert memory.kept_bytes > 0
        assert carry_out(warm=warm)[1].memory.kept_bytes > memory.kept_bytes  # and what the first left when it ended
        assert carry_out(warm=Warm("cpu", capacity=0))[1].memory.kept_bytes == 0

    def test_two_networks_stay_loaded(self, carry_out):
        warm = Warm("cpu")
        reused = [
            "weights" in carry_out(SMALL.replace("0.0625", width), warm=warm)[1].timing.reused
            for width in ("0.0625", "0.125", "0.0625", "0.25", "0.0625", "0.125")
        ]
        assert reused == [False, False, True, False, True, False]

    def test_a_process_keeps_one_warmth_for_its_device(self):
        assert warm_for("cpu") is warm_for("cpu")

    @pytest.mark.parametrize(
        "error",
        [
            MemoryError(),
            RuntimeError("DefaultCPUAllocator: can't allocate memory"),
            RuntimeError("std::bad_alloc"),
            because(ValueError("one.png: cannot be read"), MemoryError()),
        ],
    )
    def test_what_does_not_fit_beside_kept_things_is_tried_without_them(self, carry_out, monkeypatch, error):
        warm = Warm("cpu")
        _, first, _, _ = carry_out(warm=warm)
        real = attempting.carry_out

        def crowded(*arguments, **given):
            if warm.kept.reused:
                raise error
            return real(*arguments, **given)

        monkeypatch.setattr("nst.attempting.carry_out", crowded)
        again = carry_out(warm=warm)[1]
        assert again.outcome == first.outcome
        assert again.timing.reused == []

    def test_what_does_not_fit_by_itself_is_not_tried_again(self, carry_out, monkeypatch):
        tries = []

        def never(*_, **__):
            tries.append(1)
            raise MemoryError

        monkeypatch.setattr("nst.attempting.carry_out", never)
        with pytest.raises(MemoryError):
            carry_out()
        assert len(tries) == 1

    @pytest.mark.parametrize("message", ["it broke", "CUDA error: out of memory"])
    def test_any_other_error_is_no_reason_to_try_again(self, carry_out, monkeypatch, message):
        """An error of a kernel is one of them: nothing works after it."""
        warm, tries = Warm("cpu"), []
        carry_out(warm=warm)

        def broken(*_, **__):
            tries.append(1)
            raise RuntimeError(message)

        monkeypatch.setattr("nst.attempting.carry_out", broken)
        with pytest.raises(RuntimeError, match=f"^{message}$"):
            carry_out(warm=warm)
        assert len(tries) == 1
