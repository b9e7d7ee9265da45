"""Reports as checks make them, small enough to read in one look, and any that can be made."""

from hypothesis import strategies as st

from bench.check.model import Verdict
from bench.check.shown import Place, Report, Row

COLUMNS = ("base", "head", "ratio")

START = Row(
    name="start: cat x waves, init noise",
    verdict=Verdict.REGRESSION,
    cells=("452 ms", "571 ms", "1.27"),
    message="1.27 times as long as before (1.24 to 1.31), 119 ms more",
    weight=0.21,
    place=Place("manifests/perf.yaml", 12, 3),
    group="start",
    seconds=0.571,
)
SIZE = Row(
    name="size: cat x waves",
    verdict=Verdict.INCONCLUSIVE,
    cells=("2.10 s", "", ""),
    message="the worker of the head crashed",
    place=Place("manifests/perf.yaml", 20),
    group="size",
)
ADAM = Row("adam: cat x waves", Verdict.NO_CHANGE, ("1.00 s", "1.01 s", "1.01"), "as long", group="adam", seconds=1.01)
QUICK = Row("quick", Verdict.IMPROVEMENT, ("1.00 s", "500 ms", "0.50"), "0.50 times as long", seconds=0.5)

SLOWER = Report(
    title="compare perf: main against this code",
    verdict=Verdict.REGRESSION,
    sentence="1 of 4 benchmarks is slower: start: cat x waves, init noise, 1.27 times as long",
    columns=COLUMNS,
    rows=(START, ADAM, SIZE, QUICK),
    notes=("the checkout differs from its commit",),
    facts=(("base", "main (1a2b3c4d5e6f)"), ("machine", "AMD EPYC 7763, 2 threads")),
    next_step="nst-bench check compare perf --base main measures again",
)
FINE = Report("exact perf", Verdict.NO_CHANGE, "none of 1 counters moved", COLUMNS, (ADAM,))
NOTHING = Report(
    title="compare perf: main against this code",
    verdict=Verdict.INCONCLUSIVE,
    sentence="nothing was measured; it cannot pass: interrupted",
    columns=COLUMNS,
    rows=(),
    reasons=("interrupted",),
)

#: What breaks formats: their marks, controls, what is no character, right-to-left, wide, and ends of lines.
_HOSTILE = ["|", "`", "<b>", "&amp;", "]]>", "\\", "\\|", "\n", "\r\n", "\x00", "\x1b[2J", "\ufffe", "\ud800", "\u202e", "夜", "é", "🎨", "::error::", "%0A", "@someone", "#1", "# ", "- ", "1. ", "~~", "$x$", "\t", " ", "-->", "</details>", "##[error]", "a"]  # fmt: skip

texts = st.one_of(st.text(max_size=20), st.lists(st.sampled_from(_HOSTILE), max_size=8).map("".join))
verdicts = st.sampled_from(Verdict)
places = st.builds(Place, texts.filter(lambda path: "\0" not in path), st.integers(1, 99), st.integers(1, 99))
seconds = st.none() | st.floats(allow_nan=True)


@st.composite
def reports(draw):
    columns = draw(st.lists(texts, max_size=3))
    cells = st.tuples(*[texts for _ in columns])
    row = st.builds(Row, texts, verdicts, cells, texts, st.floats(-9, 9), st.none() | places, texts, seconds)
    lists = st.lists(texts, max_size=3).map(tuple)
    return Report(
        title=draw(texts),
        verdict=draw(verdicts),
        sentence=draw(texts),
        columns=tuple(columns),
        rows=tuple(draw(st.lists(row, max_size=4))),
        reasons=draw(lists),
        notes=draw(lists),
        facts=tuple(draw(st.lists(st.tuples(texts, texts), max_size=3))),
        next_step=draw(texts),
    )
