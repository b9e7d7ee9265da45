import numpy as np
import pytest

from nst.diagnosis import diagnose

K = np.arange(100)


@pytest.mark.parametrize(
    ("curve", "verdict", "reason"),
    [
        (np.exp(-K / 5.0) + 0.01, "converged", "the last tenth of the evaluations lowered the loss by 0.00%"),
        (100.0 / (K + 1), "falling", "the last tenth of the evaluations still lowered the loss by 9.0%"),
        (
            np.where(K < 20, 10 - 0.02 * K, 9.6),
            "stalled",
            "the loss fell by 4.0% in all, and by 0.00% in the last tenth of the evaluations",
        ),
        (
            np.where(K < 90, 10 / (K + 1), 0.11 + 0.1 * (K - 89)),
            "unsteady",
            "the last tenth of the evaluations raised the loss by 428.6%",
        ),
        (1.0 + K, "diverged", "the loss ended at 100 times its start"),
        (np.where(K < 7, 1.0, np.nan), "non-finite", "the loss stopped being a finite number at evaluation 7"),
        (np.where(K < 7, 1.0, np.inf), "non-finite", "the loss stopped being a finite number at evaluation 7"),
    ],
)
def test_a_curve_and_its_verdict(curve, verdict, reason):
    found = diagnose(curve)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_a_loss_of_zero_throughout_has_converged():
    assert diagnose(np.zeros(20)).verdict == "converged"


def test_a_loss_that_leaves_zero_has_diverged():
    assert diagnose(np.array([0.0, 1.0])).reason == "the loss ended at more than its start"


def test_a_single_evaluation_tells_nothing():
    assert diagnose(np.array([3.0])) is None
