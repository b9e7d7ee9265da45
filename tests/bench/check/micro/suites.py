"""Made-up figures of pytest-benchmark, as files and as folders of runs, and what the rule says of two sides."""

from datetime import UTC, datetime, timedelta

from bench.check.micro.compare import compare
from bench.check.micro.suite import Content, Run, Suite
from bench.check.model import Limits

MACHINE = {
    "node": "runner-17",
    "processor": "x86_64",
    "machine": "x86_64",
    "python_implementation": "CPython",
    "python_version": "3.11.7",
    "release": "6.8.0-1021-azure",
    "system": "Linux",
    "cpu": {"brand_raw": "AMD EPYC 7763", "count": 4, "hz_actual": [2445426000, 0], "hz_actual_friendly": "2.4454 GHz"},
}
COMMITS = {"base": "1a" * 20, "head": "2b" * 20}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPTIONS = {"timer": "perf_counter", "disable_gc": False, "warmup": False, "min_rounds": 5, "max_time": 1.0}

ONE_PROCESS = (
    "one process each way: what differs between any two processes of the same code, such as where things lie in "
    "memory, counts as a difference here; two folders of runs made in turns measure it"
)
UNCONFIRMED = (
    "what was flagged is not confirmed: this check runs no benchmarks; run both sides again and believe what is "
    "flagged twice"
)


def jitter(seconds, number=0, rounds=48):
    """Rounds that differ a little from each other and from run to run."""
    return [seconds * (1 + ((7 * i + 3 * number) % 11) / 1000) for i in range(rounds)]


def measured(name, data, **options):
    full = f"tests/test_{name.partition('[')[0]}.py::test_{name}"
    return {
        "name": f"test_{name}",
        "fullname": full,
        "options": OPTIONS | options,
        "stats": {"data": data, "rounds": 0},
    }


def content(role, *benchmarks, minutes=0, **more):
    return {
        "machine_info": MACHINE,
        "commit_info": {"id": COMMITS[role], "dirty": False},
        "benchmarks": list(benchmarks),
        "datetime": (NOON + timedelta(minutes=minutes)).isoformat(),
        "version": "5.3.1",
    } | more


def file(role, *benchmarks, **more):
    return Suite(
        role, f"{role}.json", (Run(f"{role}.json", Content.model_validate(content(role, *benchmarks, **more))),)
    )


def folder(role, *contents):
    names = (f"{role}/{number}.json" for number in range(len(contents)))
    return Suite(
        role, role, tuple(Run(n, Content.model_validate(c)) for n, c in zip(names, contents, strict=True)), True
    )


def check(base, head, limits=None, **more):
    limits = limits or Limits(floor=1e-9)
    return compare(base, head, limits, command=["nst-bench", "check"], now=NOON, **more)


def files(base, head, *, limits=None, base_more=None, head_more=None, **more):
    """Two files that hold these benchmarks."""
    sides = file("base", *base, **base_more or {}), file("head", *head, **head_more or {"minutes": 1})
    return check(*sides, limits, **more)


def row(found, number=0):
    benchmark = found.benchmarks[number]
    return benchmark.name, benchmark.verdict, benchmark.reason


def series(role, speeds, start=0, step=2):
    """A folder of runs, each ``step`` minutes after the one before."""
    return folder(
        role,
        *(
            content(role, measured("gram", jitter(speed, i, 5)), minutes=start + step * i)
            for i, speed in enumerate(speeds)
        ),
    )


SLOW = measured("slow", jitter(1.0))
