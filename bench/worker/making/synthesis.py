"""A synthesis: transfer, texture or reconstruction, from pictures and settings to a picture and a curve."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from bench import record
from bench.finite import finite
from bench.record import Outcome
from bench.worker.making import Order, Product, Watcher, read_pictures, save
from bench.worker.making.assessing import pull_of, quality_of
from bench.worker.warm import Warm
from nst import images, making
from nst.images import Picture
from nst.made import Made
from nst.making import Wanted
from nst.preparing import StyleSource


def make(order: Order, warm: Warm, watch: Watcher) -> Product:
    with watch.phase("decode"):
        content, styles = read_pictures(order.task, order.inputs, warm)
    with watch.phase("weights"):
        network = warm.network(order.settings, order.weights)
    watch.kept = warm.kept
    made = making.make(
        network,
        order.settings,
        content=None if content is None else content.pixels,
        styles=styles,
        observer=watch,
        kept=warm.kept,
        graphs=warm.graphs,
    )
    return _product(order, made, content, styles, warm, watch)


def make_together(orders: Sequence[Order], warm: Warm, watch: Watcher) -> list[Product]:
    """Jobs of one network, one size and one recipe, as one batch (:func:`nst.making.make_together`)."""
    with watch.phase("decode"):
        pictures = [read_pictures(order.task, order.inputs, warm) for order in orders]
    with watch.phase("weights"):
        network = warm.network(orders[0].settings, orders[0].weights)
    watch.kept = warm.kept
    wanted = [
        Wanted(order.settings, None if content is None else content.pixels, styles)
        for order, (content, styles) in zip(orders, pictures, strict=True)
    ]
    results = making.make_together(network, wanted, observer=watch, kept=warm.kept, graphs=warm.graphs)
    return [
        _product(order, made, content, styles, warm, watch)
        for order, made, (content, styles) in zip(orders, results, pictures, strict=True)
    ]


def _product(
    order: Order, made: Made, content: Picture | None, styles: Sequence[StyleSource], warm: Warm, watch: Watcher
) -> Product:
    with watch.phase("save"):
        alpha = None
        if content is not None and content.alpha is not None:
            alpha = images.resize_alpha(content.alpha, *made.image.shape[:2])
        files = {"image.png": images.encode_png(made.image, alpha), "curve.csv": _curve_csv(made)}
        if made.blended is not None:
            files["mask.png"] = images.encode_png(made.blended.mask)
            files["stylised.png"] = images.encode_png(made.blended.stylised)
        saved = save(order.folder, files)
    with watch.phase("assess"):
        pixels = None if content is None else content.pixels
        quality = quality_of(order.settings, made.image, pixels, styles, warm.kept)
    return Product(_outcome(made, quality), _diagnosis(made), saved)


def _outcome(made: Made, quality: record.Quality) -> Outcome:
    row, totals = made.picture_evaluation, made.totals
    outside = (made.picture < 0) | (made.picture > 1)
    return Outcome(
        width=made.image.shape[1],
        height=made.image.shape[0],
        evaluations=len(totals),
        updates=made.updates,
        picture_evaluation=row,
        start_loss=finite(totals[made.last_stage][0]),
        final_loss=finite(totals[row]) if row >= 0 else None,
        saved_loss=finite(made.saved_loss),
        terms={name: finite(made.curve[row, i]) if row >= 0 else None for i, name in enumerate(made.terms)},
        out_of_gamut=float(outside.mean()),
        seed=made.seed,
        attempts=[record.Attempt(**asdict(attempt)) for attempt in made.attempts],
        quality=quality,
        pull=pull_of(made),
    )


def _diagnosis(made: Made) -> record.Diagnosis | None:
    return None if made.diagnosis is None else record.Diagnosis(**asdict(made.diagnosis))


def _curve_csv(made: Made) -> bytes:
    """Every evaluation in full precision; ``nan`` where a loss was not finite."""
    text = io.StringIO()
    text.write(",".join(["evaluation", "seconds", "size", "total", *made.terms]) + "\n")
    for k, (second, size, terms) in enumerate(zip(made.seconds, made.sizes, made.curve, strict=True)):
        numbers = [terms.sum(), *terms]
        text.write(
            ",".join(
                [
                    str(k),
                    repr(float(second)),
                    str(size),
                    *(repr(float(n)) if np.isfinite(n) else "nan" for n in numbers),
                ]
            )
            + "\n"
        )
    return text.getvalue().encode()
