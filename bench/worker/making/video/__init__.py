"""A video job: a clip taken apart, every frame stylised, the frames put together again.

Three things go on at once: frames are decoded and looked at ahead (:mod:`.ahead`), stylised one after another or
several at a time (:mod:`.stylising`), and encoded behind (:mod:`.showing`). Only as many frames are held as wait
between them. Each is on disk before the next is begun (:mod:`.done`), so that a try that was cut off loses one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from bench.record import Outcome, Quality
from bench.store.verified import hash_file
from bench.worker.making import Order, Product, Watcher, read_styles, save
from bench.worker.making.assessing import quality_of
from bench.worker.making.video.ahead import look_ahead, prefetched
from bench.worker.making.video.behind import handed_on
from bench.worker.making.video.done import Done
from bench.worker.making.video.showing import TABLE, Row, put_together, stills, table
from bench.worker.making.video.stylising import Stylist, mean, worst
from bench.worker.warm import Warm
from nst import images, video
from nst.images import Bytes
from nst.stages import result_size
from nst.video import Broken, Frame


def make(order: Order, warm: Warm, watch: Watcher) -> Product:
    clip = order.inputs["content"][0].path
    settings = order.settings
    done = Done(order.parts or order.folder / "frames")
    with watch.phase("decode"):
        facts = video.look(clip)
        first = next(iter(video.frames(clip))).pixels
        styles = read_styles(order.inputs, warm)
    with watch.phase("weights"):
        network = warm.network(settings, order.weights)
    stylist = Stylist(network, settings, styles, watch, warm.kept, done, warm.graphs)
    stylist.get_ready(first)
    watch.kept = warm.kept
    size = result_size(settings, settings.size, facts.width, facts.height)
    rows: list[Row] = []
    middle = facts.frames // 2
    content: Bytes | None = None
    with (
        watch.phase("optimise"),
        put_together(order.folder, settings, facts, size, clip) as pair,
        handed_on(pair.add) as encode,
        prefetched(look_ahead(_readable(clip), settings)) as ahead,
    ):
        for one in stylist.frames(ahead):
            encode(one)
            rows.append(Row.of(one))
            if one.ahead.index == middle:
                content = one.ahead.sized
    clips = [f"{stem}.{settings.video_format}" for stem in ("result", "source")]
    with watch.phase("save"):
        files = stills(order.folder, done, len(rows)) | save(order.folder, {TABLE: table(rows)})
        if content is not None:
            files |= save(order.folder, {"source.png": images.encode_png(content)})
        files |= {name: hash_file(order.folder / name)[0] for name in clips}
    with watch.phase("assess"):
        quality = quality_of(settings, done.picture(middle), content, styles, warm.kept)
    outcome = _outcome(rows, size, quality).model_copy(update={"notes": pair.notes})
    return Product(outcome, worst([(row.index, row.notes) for row in rows]), files, _note(rows))


def _readable(clip: Path) -> Iterator[Frame]:
    """Frames up to where the file cannot be read any further, which was said when it was looked at."""
    with suppress(Broken):
        yield from video.frames(clip)


def _outcome(rows: Sequence[Row], size: tuple[int, int], quality: Quality) -> Outcome:
    notes = [row.notes for row in rows]
    terms = dict.fromkeys(term for one in notes for term in one.terms)
    return Outcome(
        width=size[0],
        height=size[1],
        evaluations=sum(one.evaluations for one in notes),
        updates=sum(one.updates for one in notes),
        picture_evaluation=None,
        final_loss=mean(one.loss for one in notes),
        saved_loss=mean(one.saved_loss for one in notes),
        terms={term: mean(one.terms.get(term) for one in notes) for term in terms},
        out_of_gamut=mean(one.out_of_gamut for one in notes),
        seed=notes[0].seed,
        quality=quality,
        pull=notes[len(notes) // 2].pull,
        numbers={name: value for name, value in _numbers(rows).items() if value is not None},
    )


def _numbers(rows: Sequence[Row]) -> dict[str, float | None]:
    return {
        "frames": float(len(rows)),
        "shots": float(sum(row.cut for row in rows)),
        "flicker": mean(row.flicker for row in rows),
        "flicker_source": mean(row.flicker_source for row in rows),
        "seconds_per_frame": mean(row.notes.seconds for row in rows),
    }


def _note(rows: Sequence[Row]) -> str:
    """What speaks against comparing the job's time with others."""
    again = sum(row.again for row in rows)
    return f"{again} of {len(rows)} frames were there, from an earlier try" if again else ""
