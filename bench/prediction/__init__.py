"""How long jobs will take and how much memory they need, from a few seconds of measuring on the machine they run on.

:func:`predict` groups the jobs of a plan by all that decides what an evaluation costs, has a few of each kind tried out
at sizes that are affordable (:mod:`bench.prediction.trial`, in a worker), and works out the rest
(:mod:`bench.prediction.model`). docs/prediction.md says how, and how well that holds.
"""

from bench.prediction.calibration import BUDGET, Measure, predict
from bench.prediction.forecast import Forecasts, Prediction

__all__ = ["BUDGET", "Forecasts", "Measure", "Prediction", "predict"]
