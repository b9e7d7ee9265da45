"""Limits by which more than one test of the rule decides."""

from bench.check.model import Limits

#: No floor: ratios alone decide.
RATIOS = Limits(floor=0)
