"""From a manifest to jobs: what varies, every combination resolved and checked, each with its identity."""

from bench.plan.model import Job, Plan
from bench.plan.planning import MAX_COMBINATIONS, MAX_JOBS, make_plan

__all__ = ["MAX_COMBINATIONS", "MAX_JOBS", "Job", "Plan", "make_plan"]
