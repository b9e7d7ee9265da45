"""For all tests, before any of them imports torch."""

import os

from bench.engines.local import worker_environment

# As in a worker: on a machine that is busy elsewhere, spinning threads make the tests many times slower.
os.environ.update({k: v for k, v in worker_environment(os.environ).items() if k == "OMP_WAIT_POLICY"})
