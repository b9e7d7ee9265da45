"""``python -m bench.worker``: what engines start."""

import sys

from bench.worker.main import main

sys.exit(main())
