"""Runs paired up along one axis: what changes when nothing else does.

Pure functions over the rows of :func:`bench.results.frame`.
"""

from bench.pairing.comparing import OWN_FIGURES, SAME_OBJECTIVE, Descent, compare, seconds_to
from bench.pairing.found import Comparison, Contrast, Pair, Step, Unmatched
from bench.pairing.matching import codes, moves_with, varying
from bench.pairing.spread import Spread, sign_test, spread

__all__ = [
    "OWN_FIGURES",
    "SAME_OBJECTIVE",
    "Comparison",
    "Contrast",
    "Descent",
    "Pair",
    "Spread",
    "Step",
    "Unmatched",
    "codes",
    "compare",
    "moves_with",
    "seconds_to",
    "sign_test",
    "spread",
    "varying",
]
