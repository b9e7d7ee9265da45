"""Jobs to show the progress of."""

import pytest


@pytest.fixture
def jobs(plan):
    return list(plan.jobs.values())
