"""Workers on the machines of a Ray cluster. Ray is not imported, nor anything here, unless this engine is chosen.

The driver is the process that runs the plan: it alone decides, and alone writes the results folder. On every node of
the cluster an actor for each GPU, or for each share of its processors, starts and tends the very worker process that
the local engine starts, and by means of that engine, so that a crash, a lack of memory and a hard stop mean the same.
"""

import os

# Ray repeats on standard output what its daemons have to say, as of nodes that went away. There programs read events,
# and people are told by the run itself. Ray looks at this once, when it is imported.
os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
