"""Runs paired up: whole comparisons, exact numbers."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from scipy import stats

from bench import pairing, results
from bench.pairing import Descent, Spread
from tests.bench.report.synthetic_results import Trial, failed, make, seconds


def one(tmp_path: Path, *, contents: tuple[str, ...] = ("cat",), edit: Any = None, **options: Any) -> Any:
    """Runs of one experiment, and its curves."""
    make(tmp_path, [Trial("first", contents, ("waves",), **options)], edit=edit)
    found = results.load(tmp_path)
    return results.frame(found), lambda id: Descent.of(results.curve(found, id))


class TestCompare:
    def test_runs_are_matched_on_everything_else(self, tmp_path: Path) -> None:
        runs, curve = one(
            tmp_path, contents=("cat", "town"), grid={"init": ["noise", "content"], "size": [32, 64], "seed": [0, 1]}
        )
        found = pairing.compare(runs, "init", curve)
        (contrast,) = found.contrasts
        assert (contrast.a, contrast.b, len(contrast.pairs), contrast.unmatched) == ("noise", "content", 8, ())
        by_id = runs.set_index("id")
        for pair in contrast.pairs:
            a, b = by_id.loc[pair.a], by_id.loc[pair.b]
            columns = [name for name in runs.columns if name not in results.MEASURED]
            same = [name for name in columns if name not in ("id", "init")]
            assert (a["init"], b["init"]) == ("noise", "content")
            assert [a[n] for n in same] == [b[n] for n in same]
            assert (pair.loss_a, pair.loss_b, pair.seconds_a, pair.seconds_b) == (
                a["loss"],
                b["loss"],
                a["seconds"],
                b["seconds"],
            )

    def test_ratios_differences_and_wins_are_medians_over_pairs(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            # Ratios of time 1, 2, 3, 4 and of loss 0.5, 1, 1.5, 2 by seed.
            k = p["seed"] + 1 if p["init"] == "content" else 1
            record["timing"]["optimise"] = 10.0 * k
            record["outcome"]["final_loss"] = 4.0 * k / 2 if p["init"] == "content" else 4.0
            return record

        runs, _ = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1, 2, 3]}, edit=edit)
        (contrast,) = pairing.compare(runs, "init").contrasts
        assert contrast.seconds == Spread(
            n=4,
            median=2.5,
            lower=1.75,
            upper=3.25,
            least=1.0,
            most=4.0,
            difference=15.0,
            wins=0,
            losses=3,
            ties=1,
            p=0.25,
        )
        assert contrast.loss == Spread(
            n=4,
            median=1.25,
            lower=0.875,
            upper=1.625,
            least=0.5,
            most=2.0,
            difference=1.0,
            wins=1,
            losses=2,
            ties=1,
            p=1.0,
        )
        assert contrast.reach is None

    def test_time_to_the_same_loss_is_read_off_the_curves(self, tmp_path: Path) -> None:
        runs, curve = one(tmp_path, grid={"init": ["noise", "content"]})
        (contrast,) = pairing.compare(runs, "init", curve).contrasts
        (pair,) = contrast.pairs
        first = next(k for k in range(40) if 2000 * (k + 1.0) ** -1.1 + 3 <= 9000 * 40.0**-1.1 + 3)
        took = seconds({"evaluations": 40, "coarse_sizes": [], "size": 64, "init": "content"})
        assert pair.reach_a == pytest.approx(40 * 0.0123)
        assert pair.reach_b == pytest.approx(took * (first + 1) / 40)
        assert contrast.reach is not None
        assert contrast.reach.median == pair.reach_ratio

    def test_a_loss_that_is_never_reached_takes_forever_and_is_a_loss(self, tmp_path: Path) -> None:
        runs, curve = one(tmp_path, grid={"init": ["content", "noise"]})
        (contrast,) = pairing.compare(runs, "init", curve).contrasts
        assert (contrast.pairs[0].reach_b, contrast.reached) == (math.inf, 0)
        assert contrast.reach == Spread(
            n=1, median=math.inf, lower=math.inf, upper=math.inf, least=math.inf, most=math.inf, difference=math.inf,
            wins=0, losses=1, ties=0, p=1.0,
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("axis", "values", "comparable"),
        [("init", ["noise", "content"], True), ("seed", [0, 1], True), ("evaluations", [20, 40], True),
         ("line_search", ["none", "strong-wolfe"], True), ("coarse_sizes", [[], [32]], True),
         ("size", [32, 64], False), ("style_weight", [1.0, 2.0], False), ("pooling", ["max", "average"], False)],
    )  # fmt: skip
    def test_losses_are_compared_only_where_the_objective_is_the_same(
        self, tmp_path: Path, axis: str, values: list[Any], comparable: bool
    ) -> None:
        runs, curve = one(tmp_path, grid={axis: values})
        found = pairing.compare(runs, axis, curve)
        assert found.losses_comparable is comparable
        assert (found.contrasts[0].loss is not None) is comparable
        assert (found.contrasts[0].reach is not None) is comparable
        assert found.contrasts[0].seconds is not None

    def test_every_further_value_is_compared_with_the_first(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"size": [32, 48, 64]})
        found = pairing.compare(runs, "size", values=[48, 32, 64])
        assert [(c.a, c.b) for c in found.contrasts] == [(48, 32), (48, 64)]

    def test_runs_without_a_partner_are_listed_with_the_reason(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
            if p["init"] == "content":
                return {0: failed(record), 1: None}.get(p["seed"], record)
            return record

        runs, _ = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1, 2]}, edit=edit)
        alone = runs[~((runs["init"] == "noise") & (runs["seed"] == 2))]
        (contrast,) = pairing.compare(alone, "init").contrasts
        by_id = runs.set_index("id")
        told = sorted((by_id.loc[u.id, "init"], by_id.loc[u.id, "seed"], u.reason) for u in contrast.unmatched)
        assert contrast.pairs == ()
        assert told == [
            ("content", 0, "its own status is failed"),
            ("content", 1, "its own status is not run"),
            ("content", 2, "the plan has no run to pair it with"),
            ("noise", 0, "its partner's status is failed"),
            ("noise", 1, "its partner's status is not run"),
        ]

    def test_a_time_that_is_not_valid_makes_no_ratio(self, tmp_path: Path) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            if p["seed"] == 1 and p["init"] == "content":
                record["timing"] |= {"valid": False, "invalid_reason": "another job shared the device"}
            return record

        runs, curve = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1]}, edit=edit)
        (contrast,) = pairing.compare(runs, "init", curve).contrasts
        assert [pair.seconds_ratio is None for pair in contrast.pairs] == [False, True]
        assert [s and s.n for s in (contrast.seconds, contrast.loss, contrast.reach)] == [1, 2, 1]

    def test_what_the_manifest_changes_in_step_with_the_axis_does_not_part_the_pairs(self, tmp_path: Path) -> None:
        small, large = ({"size": n, "evaluations": e} for n, e in ((32, 10), (64, 20)))
        make(tmp_path, [Trial("x", fixed=small, grid={"size": [32]}), Trial("x", fixed=large, grid={"size": [64]})])
        comparison = pairing.compare(results.frame(results.load(tmp_path)), "size")
        assert comparison.in_step == ("evaluations",)
        assert len(comparison.contrasts[0].pairs) == 4

    def test_what_one_run_sets_differently_moves_with_nothing_and_parts_the_pairs(self, tmp_path: Path) -> None:
        both = {"init": ["noise", "content"], "seed": [0, 1]}
        odd = Trial(
            "x",
            ("cat",),
            ("waves",),
            both,
            override=lambda p: {"history": 5} if p["seed"] and p["init"] == "noise" else {},
        )
        make(tmp_path, [odd])
        comparison = pairing.compare(results.frame(results.load(tmp_path)), "init")
        assert comparison.in_step == ()
        assert (len(comparison.contrasts[0].pairs), len(comparison.contrasts[0].unmatched)) == (1, 2)

    def test_the_time_of_an_evaluation_is_told_where_runs_made_more_of_them(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"evaluations": [10, 30]})
        (contrast,) = pairing.compare(runs, "evaluations").contrasts
        assert contrast.seconds is not None
        assert contrast.seconds.median == pytest.approx(3.0)
        assert contrast.per_evaluation is not None
        assert contrast.per_evaluation.median == pytest.approx(1.0)

    def test_the_time_of_an_evaluation_says_nothing_new_where_all_made_as_many(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"init": ["noise", "content"]})
        assert pairing.compare(runs, "init").contrasts[0].per_evaluation is None

    def test_ten_thousand_runs_are_paired_in_half_a_second(self) -> None:
        """Generously: it takes 0.2 s on two slow cores, and took minutes were any step quadratic."""
        runs = _many(10_000)
        curve = Descent([0.5 * k for k in range(300)], [300.0 - k for k in range(300)])
        began = time.process_time()
        for axis in ("init", "optimizer"):
            (contrast,) = pairing.compare(runs, axis, lambda id: curve).contrasts
            assert (len(contrast.pairs), contrast.unmatched) == (5_000, ())
            assert contrast.reach is not None
        assert time.process_time() - began < 2.0

    def test_figures_of_the_task_s_own_are_compared_and_those_that_are_times_only_where_these_are_valid(
        self, tmp_path: Path
    ) -> None:
        def edit(p: Any, record: dict[str, Any]) -> dict[str, Any]:
            late = p["init"] == "content"
            own = {"flicker": 2.0 if late else 8.0, "seconds_per_frame": 3.0 if late else 2.0, "shots": 1.0}
            record["outcome"]["numbers"] = own if p["seed"] < 2 else {}
            record["timing"]["valid"] = p["seed"] != 1
            return record

        runs, _ = one(tmp_path, grid={"init": ["noise", "content"], "seed": [0, 1, 2]}, edit=edit)
        (contrast,) = pairing.compare(runs, "init").contrasts
        assert [pair.own for pair in contrast.pairs] == [
            {"flicker": (8.0, 2.0), "seconds_per_frame": (2.0, 3.0)},
            {"flicker": (8.0, 2.0), "seconds_per_frame": (None, None)},
            {"flicker": (None, None), "seconds_per_frame": (None, None)},
        ]
        told = {name: (spread.n, spread.median, spread.wins) for name, spread in contrast.own.items()}
        assert told == {"flicker": (2, 0.25, 2), "seconds_per_frame": (1, 1.5, 0)}

    def test_a_figure_that_no_run_has_is_not_spoken_of(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"init": ["noise", "content"]})
        (contrast,) = pairing.compare(runs, "init").contrasts
        assert (contrast.own, contrast.pairs[0].own) == ({}, {})

    def test_one_value_compares_with_nothing(self, tmp_path: Path) -> None:
        runs, _ = one(tmp_path, grid={"size": [32]})
        assert pairing.compare(runs, "size").contrasts == ()


def _many(count: int) -> pd.DataFrame:
    """Rows of that many runs: two starts, two optimisers and seeds, beside sixty parameters that are always the same."""
    rows = [
        dict.fromkeys((*results.LEADING, *results.MEASURED))
        | {f"parameter_{n}": ("conv1_1", "conv2_1") if n % 5 == 0 else f"value {n}" for n in range(60)}
        | {
            "id": f"{k:064x}",
            "init": ["noise", "content"][k % 2],
            "optimizer": ["lbfgs", "adam"][k // 2 % 2],
            "seed": k // 4,
        }
        | {
            "status": "done",
            "loss": 1.0 + k % 7,
            "seconds": 10.0 + k % 3,
            "timing_valid": True,
            "evaluations_done": 300,
        }
        for k in range(count)
    ]
    return pd.DataFrame(rows, dtype=object)


class TestSpread:
    def test_ties_are_neither_won_nor_lost(self) -> None:
        found = pairing.spread([(2.0, 2.0), (2.0, 1.0), (2.0, 1.5)])
        assert found is not None
        assert (found.wins, found.losses, found.ties, found.p) == (2, 0, 1, 0.5)

    def test_who_never_got_there_stands_last_and_is_counted(self) -> None:
        found = pairing.spread([(1.0, 0.25), (1.0, 0.5), (1.0, 0.75), (1.0, math.inf), (1.0, math.inf)])
        assert found == Spread(
            n=5, median=0.75, lower=0.5, upper=math.inf, least=0.25, most=math.inf, difference=-0.25,
            wins=3, losses=2, ties=0, p=1.0,
        )  # fmt: skip

    @pytest.mark.parametrize("pairs", [[], [(None, 1.0)], [(1.0, None)], [(0.0, 1.0)]])
    def test_without_a_ratio_there_is_nothing_to_say(self, pairs: list[Any]) -> None:
        assert pairing.spread(pairs) is None


class TestSignTest:
    @pytest.mark.parametrize(
        ("wins", "losses", "p"),
        [(0, 0, 1.0), (1, 0, 1.0), (2, 0, 0.5), (5, 0, 0.0625), (6, 0, 0.03125), (3, 3, 1.0), (4, 3, 1.0),
         (8, 2, 112 / 1024), (2, 8, 112 / 1024), (22, 2, 602 / 2**24)],
    )  # fmt: skip
    def test_it_is_twice_the_smaller_tail_of_fair_coins(self, wins: int, losses: int, p: float) -> None:
        assert pairing.sign_test(wins, losses) == p

    @pytest.mark.parametrize(("wins", "losses"), [(13, 29), (400, 600), (2400, 2600)])
    def test_it_agrees_with_scipy_s_binomial_test(self, wins: int, losses: int) -> None:
        expected = stats.binomtest(wins, wins + losses, 0.5).pvalue
        assert pairing.sign_test(wins, losses) == pytest.approx(expected, rel=1e-9)

    def test_thousands_of_pairs_neither_overflow_nor_take_long(self) -> None:
        assert pairing.sign_test(10_000, 0) == 0.0
        assert pairing.sign_test(10_000, 10_000) == 1.0


def test_the_first_time_at_or_below_a_loss() -> None:
    curve = Descent([1.0, 2.0, 3.0], [9.0, math.nan, 4.0])
    assert [pairing.seconds_to(curve, loss) for loss in (9.0, 5.0, 4.0, 3.9)] == [1.0, 3.0, 3.0, None]


def test_a_loss_at_a_smaller_size_is_no_such_time() -> None:
    table = pd.DataFrame({"seconds": [1.0, 2.0, 3.0], "size": [32, 64, 64], "total": [0.5, 9.0, 4.0]})
    assert Descent.of(table) == ([2.0, 3.0], [9.0, 4.0])


def test_a_curve_without_points_reaches_nothing() -> None:
    assert pairing.seconds_to(Descent([], []), 1.0) is None
