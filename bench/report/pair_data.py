"""The pairs of every contrast for the site's script, so that statistics can follow a filter: ``data/pairs-<k>.js``.

Each calls ``nst.pairs`` with the number of the contrast and::

    width, rows          rows of runs.js, A and B of each pair in turn, so many digits of base 64 to each
    quantities           [{name, kind, ratios, differences}]: B / A and B - A of each pair, null where there is none,
                         1e999 where B never got there; kind names the formatter in format.js

They are read when a filter is first set, and are exact to what is shown: eight digits, the signs of differences kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from bench.report.comparisons import ContrastView, Quantity
from bench.report.packing import digits, json_text, number, width
from bench.report.site import Site, rows

#: Significant digits: a median of ratios is shown with three.
EXACT = 8


def files(site: Site) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name of each, and what makes its content."""
    listed = rows(site.model)
    place = {(row.experiment.name, row.run.id): k for k, row in enumerate(listed)}
    wide = width(len(listed))
    for view in site.compared:
        here = {id: k for (name, id), k in place.items() if name == view.experiment.name}
        for contrast in view.contrasts:
            yield f"data/pairs-{contrast.number}.js", partial(_script, contrast, here, wide)


def _script(contrast: ContrastView, place: Mapping[str, int], wide: int) -> bytes:
    return f"nst.pairs({contrast.number},{contrast_json(contrast, place, wide)});\n".encode()


def contrast_json(contrast: ContrastView, place: Mapping[str, int], wide: int) -> str:
    """The second argument of ``nst.pairs``; ``place`` leads from a run to its row."""
    pairs = (place[id] for pair in contrast.found.pairs for id in (pair.a, pair.b))
    quantities = ",".join(map(_quantity, contrast.quantities))
    return f'{{"width":{wide},"rows":"{digits(pairs, wide)}","quantities":[{quantities}]}}'


def _quantity(quantity: Quantity) -> str:
    known = [(a, b) if a is not None and b is not None and a > 0 else None for a, b in quantity.sides]
    ratios = _numbers([side and side[1] / side[0] for side in known])
    differences = _numbers([side and side[1] - side[0] for side in known])
    head = json_text({"name": quantity.name, "kind": quantity.kind})
    return f'{head[:-1]},"ratios":{ratios},"differences":{differences}}}'


def _numbers(values: Sequence[float | None]) -> str:
    """A JSON list; infinity is a number that is too large for any reader."""
    return f"[{','.join(_texts(values))}]"


def _texts(values: Iterable[float | None]) -> Iterator[str]:
    for value in values:
        yield "1e999" if value is not None and math.isinf(value) else number(value, EXACT)
