"""Pictures made with the small network, an observer that writes down what it hears, and diagnoses as given."""

from contextlib import contextmanager

from nst.diagnosis import Diagnosis
from nst.making import make
from nst.preparing import StyleSource
from tests.nst.small import network, settings, stored


class Heard:
    """An observer that writes down what it hears."""

    def __init__(self):
        self.phases, self.progress, self.attempts = [], [], []

    @contextmanager
    def phase(self, name):
        self.phases.append(name)
        yield

    def progressed(self, progress):
        self.progress.append(progress.evaluations)

    def gave_up(self, attempt):
        self.attempts.append(attempt)


def transfer(observer=None, styles=None, content=None, **changes):
    styles = [StyleSource(stored(2))] if styles is None else styles
    content = stored(1, 32, 40) if content is None else content
    return make(network(), settings(**changes), content=content, styles=styles, observer=observer)


def texture(styles, **changes):
    changes = {"content_layers": None, "content_weight": None, "content_reduction": None, **changes}
    return make(network(), settings(**changes), styles=styles)


def judged(monkeypatch, *verdicts):
    """Diagnoses in the order given, whatever happened."""
    left = list(verdicts)
    monkeypatch.setattr("nst.made.diagnose", lambda *_, **__: Diagnosis(left.pop(0), "so it was said", {}))
