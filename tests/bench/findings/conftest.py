"""Findings of an experiment, answered."""

import pytest

from bench import results
from bench.findings.answers import answers
from tests.bench.report.synthetic_results import Trial, make


@pytest.fixture
def answered(tmp_path):
    """The answers to findings of one experiment with two contents, two styles and two starts."""

    def read(*findings, grid=None, edit=None, other=None, **more):
        grid = grid or {"init": ["noise", "content"]}
        trials = [Trial("first", grid=grid, findings=findings, **more), *([other] if other else [])]
        make(tmp_path, trials, edit=edit)
        return answers(results.load(tmp_path))

    return read
