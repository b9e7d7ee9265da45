"""A features job: a picture through the network once, the responses of layers' first filters as contact sheets."""

from __future__ import annotations

from bench.finite import finite
from bench.record import Outcome
from bench.worker.making import Order, Product, Watcher, read_pictures, save
from bench.worker.warm import Warm
from nst import images, sheets
from nst.features import responses
from nst.kept import fit
from nst.preparing import WARMUP
from nst.stages import result_size


def make(order: Order, warm: Warm, watch: Watcher) -> Product:
    settings = order.settings
    layers, filters = settings.feature_layers, settings.feature_filters
    assert layers is not None
    assert filters is not None
    with watch.phase("decode"):
        content, _ = read_pictures(order.task, order.inputs, warm)
        assert content is not None
        own_height, own_width = content.pixels.shape[:2]
        width, height = result_size(settings, settings.size, own_width, own_height)
        picture = fit(warm.kept, content.pixels, height, width, settings.resampling)
    with watch.phase("weights"):
        network = warm.network(settings, order.weights)
    with watch.phase("warmup"):
        for _ in range(WARMUP.get(network.mean.device.type, 1)):
            responses(network, picture, layers, filters)
    watch.kept = warm.kept
    with watch.phase("optimise"):
        found = responses(network, picture, layers, filters)
    with watch.phase("save"):
        strips = {response.layer: sheets.strip(list(response.maps), height, width) for response in found}
        whole = sheets.sheet(list(strips.values()))
        pictures = {"image.png": whole} | {f"layer-{k}.png": sheets.in_colour(one) for k, one in strips.items()}
        files = save(order.folder, {name: images.encode_png(one) for name, one in pictures.items()})
    numbers = {f"{name}.{r.layer}": finite(getattr(r, name)) for r in found for name in ("positive", "largest")}
    outcome = Outcome(
        width=whole.shape[1],
        height=whole.shape[0],
        evaluations=0,
        updates=0,
        picture_evaluation=None,
        out_of_gamut=None,
        numbers={name: value for name, value in numbers.items() if value is not None},
    )
    return Product(outcome, None, files)
