"""What Ctrl-C and its like ask of a run."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: Ctrl-C, a polite kill, and the terminal that is closed (which Windows does not tell of).
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


@dataclass
class Interrupt:
    """What has been asked for so far: once, finish what runs; twice, stop now.

    Asking only counts. The run looks at it several times a second, so nothing happens inside a signal handler, which
    may come in the middle of anything.
    """

    requests: int = 0

    def request(self) -> None:
        self.requests += 1

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let signals ask, for the length of a block; only the main thread may.

        A signal that is ignored stays so: ``nohup`` means that a closed terminal shall not end the run.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [signal.Signals[name] for name in _SIGNALS if hasattr(signal, name)]
        heeded = [number for number in numbers if signal.getsignal(number) not in (signal.SIG_IGN, None)]
        before = {number: signal.signal(number, lambda *_: self.request()) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
