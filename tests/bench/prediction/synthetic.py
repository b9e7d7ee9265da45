"""A machine whose laws are known: it answers trials by them, and says what a job would truly take."""

import random
from dataclasses import dataclass, field

from bench.prediction.point import DECODED
from bench.prediction.work import area, work
from nst.settings import from_values

IDLE = 500_000_000


@dataclass
class Machine:
    """All laws are linear in the pixels; ``noise`` is the deviation of the factor on every span of time."""

    overhead: float = 2e-3
    per_pixel: float = 4e-7
    step: float = 1e-4
    per_pair_pixel: float = 1e-9
    bytes_per_pixel: int = 900
    grain: float = 1.5
    beside: int = 8_000_000
    free_bytes: int | None = 16_000_000_000
    slower: dict = field(default_factory=dict)
    """Factor on evaluations, by a setting's value."""
    noise: float = 0.0
    memory_at: int | None = None
    """Pixels from which on a trial runs out of memory."""
    asked: list = field(default_factory=list)
    seed: int = 0

    def evaluation(self, settings, pixels):
        factor = 1.0
        for value, times in self.slower.items():
            factor *= times if value in (settings.backbone, settings.pooling) else 1.0
        return self.overhead + factor * self.per_pixel * pixels

    def pairs(self, settings, step):
        """Room for pairs: 8, doubled when full, at most one more than the history."""
        if settings.optimizer != "lbfgs":
            return 0
        room = 8
        while room <= step:
            room *= 2
        return min(room, settings.history + 1)

    def stepped(self, settings, pixels, step):
        return self.step + self.per_pair_pixel * pixels * self.pairs(settings, step)

    def measure(self, content):
        self.asked.append(content)
        draw = random.Random(self.seed + len(self.asked))

        def spent(seconds):
            return seconds * max(0.2, draw.gauss(1, self.noise))

        settings = from_values(content["parameters"])
        pixels = area(content["result"])
        if self.memory_at and pixels >= self.memory_at:
            return {"out_of_memory": True}
        styles = sum(map(area, content["styles"]))
        one = self.evaluation(settings, pixels)
        count = max(3, min(16, int(content["seconds"] / one)))
        spans = [spent(one + (self.stepped(settings, pixels, k) if k else 0)) for k in range(count)]
        tracked = [area(size) for size, _ in content["track"]]
        return {
            "pixels": pixels,
            "style_pixels": styles,
            "seconds": {
                "weights": 0.5,
                "decode": 2e-8 * DECODED**2,
                "targets": spent(0.4 * one * (1 + styles / pixels)),
                "save": spent(1e-7 * pixels),
                "assess": spent(0.01 + 1e-7 * pixels),
                "compare": spent(0.05),
                "evaluations": spans,
            },
            "updates": [spent(self.stepped(settings, pixels, k)) for k in range(1, 21)],
            "fresh": 0.0,
            "idle_bytes": IDLE,
            "peak_bytes": self.peak(settings, pixels, count),
            "free_bytes": self.free_bytes,
            "blocks": {"pixels": tracked, "events": [self.blocks(at) for at in tracked]},
            "cuda": False,
            "note": "",
            "prepared": 0.1,
            "took": 0.1 + 2 * one + sum(spans),
        }

    def blocks(self, pixels):
        """Ten blocks at a time in each of three evaluations."""
        block = self.bytes_per_pixel * pixels // 10
        return [block] * 10 + [-block] * 10 + [block] * 10 + [-block] * 10 + [block] * 10 + [-block] * 10

    def peak(self, settings, pixels, evaluations):
        """Of evaluations whose blocks are small; the room for 8 pairs is part of these."""
        history = 2 * 4 * 3 * pixels * (self.pairs(settings, evaluations - 1) - 8) if settings.history else 0
        return IDLE + self.beside + int(self.grain * self.bytes_per_pixel * pixels) + max(0, history)

    def truth(self, job):
        """Seconds of a job whose network is loaded, phase by phase."""
        demand = work(job)
        settings, total = demand.settings, 0.0
        for stage in demand.stages:
            one = self.evaluation(settings, stage.pixels)
            targets = [stage.pixels, *map(area, stage.styles)]
            total += sum(0.4 * self.evaluation(settings, pixels) for pixels in targets) + one
            total += 1e-8 * (sum(map(area, demand.inputs)) / len(demand.stages) + sum(targets))
            total += stage.evaluations * one
            total += sum(self.stepped(settings, stage.pixels, k) for k in range(1, stage.evaluations))
        last = demand.stages[-1].pixels
        return total + 2e-7 * last + 0.06 + 0.4 * self.evaluation(settings, last)
