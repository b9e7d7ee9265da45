"""What planning takes: ``pytest tests/benchmarks --benchmark-only``. These times gate nothing here."""

import pytest

from bench.manifest import load
from bench.plan import make_plan
from tests.bench.small import SMALL

HEAD = SMALL[: SMALL.index("    grid:")] + "    pairs: [[one, left]]\n"
RULES = (
    "    grid: {style_weight: [MANY], init: [noise, content]}\n"
    "    zip: {depth: {content_layers: [conv1_1, conv2_1], content_weight: [1, 2]}}\n"
    "    repeats: 30\n    exclude: [{init: content, seed: [0, 1, 2, 3, 4]}]\n"
    "    override: [{when: {content_layers: conv3}, set: {evaluations: 7}}]\n"
)


def numbers(count):
    return ", ".join(str(n) for n in range(1, count + 1))


def shapes(many, more):
    """Experiments of one pair with about ``many`` x ``more`` jobs."""
    first, second = numbers(many), numbers(more)
    return {
        "settings": f"    grid: {{style_weight: [{first}], content_weight: [{second}], init: [noise]}}\n",
        "repeats": f"    grid: {{style_weight: [{first}]}}\n    repeats: {more}\n",
        "rules": RULES.replace("MANY", numbers(many * more // 110)),
    }


@pytest.mark.parametrize("shape", ["settings", "repeats", "rules"])
def test_planning_ten_thousand_jobs(benchmark, manifest, shape):
    jobs = benchmark(make_plan, load(manifest(HEAD + shapes(100, 100)[shape]))).jobs
    assert 9_900 <= len(jobs) <= 10_000


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["settings", "repeats", "rules"])
def test_planning_a_hundred_thousand_jobs(benchmark, manifest, shape):
    jobs = benchmark.pedantic(make_plan, args=[load(manifest(HEAD + shapes(100, 1000)[shape]))], rounds=1).jobs
    assert 99_000 <= len(jobs) <= 100_000


@pytest.mark.slow
def test_planning_a_thousand_pairs_in_a_hundred_settings(benchmark, folder, manifest):
    """Twenty contents, fifty styles: a setting is worked out once for all pairs."""
    for number in range(20):
        (folder / f"c{number}.png").write_bytes((folder / "one.png").read_bytes() + bytes([number]))
    for number in range(50):
        (folder / f"s{number}.png").write_bytes((folder / "left.png").read_bytes() + bytes([number]))
    text = SMALL.replace("{one: one.png}", '{c: {glob: "c*.png"}}').replace(
        "{left: left.png, right: right.png}", '{s: {glob: "s*.png"}}'
    )
    text = text[: text.index("    grid:")] + f"    grid: {{style_weight: [{numbers(100)}]}}\n"
    assert len(benchmark.pedantic(make_plan, args=[load(manifest(text))], rounds=1, warmup_rounds=1).jobs) == 100_000
