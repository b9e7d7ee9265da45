"""Agreement between repeats: which jobs are repeats, and that figures are measured once."""

import json

import numpy as np
import pytest

from bench import repeats
from bench.record import Record
from nst import images


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)


@pytest.fixture
def results(tmp_path):
    """Makes records with their pictures: seed, style weight, and what the picture is drawn from."""

    def make(*jobs, init="noise"):
        records, place = [], {}
        for number, (seed, weight, drawn) in enumerate(jobs):
            id = f"{number:064d}"
            place[id] = tmp_path / id
            place[id].mkdir(exist_ok=True)
            data = images.encode_png(picture(drawn))
            (place[id] / "image.png").write_bytes(data)
            records.append(
                Record(
                    id=id,
                    status="done",
                    name="r",
                    parameters={"seed": seed, "style_weight": weight, "init": init},
                    inputs={},
                    weights="random:0",
                    algorithm=2,
                    environment={},
                    files={"image.png": f"{drawn}"},
                    started="",
                    finished="",
                )
            )
        return tmp_path, records, place

    return make


def test_repeats_differ_in_the_seed_alone(results):
    _, records, _ = results((0, 1.0, 0), (1, 1.0, 1), (0, 2.0, 2), (0, 3.0, 3), (1, 3.0, 4))
    found = [[record.id[-1] for record in group] for group in repeats.groups(records)]
    assert found == [["0", "1"], ["3", "4"]]


def test_starts_without_noise_have_no_repeats(results):
    _, records, _ = results((0, 1.0, 0), (1, 1.0, 0), init="content")
    assert repeats.groups(records) == []


def test_equal_pictures_agree_and_others_less(results):
    folder, records, place = results((0, 1.0, 5), (1, 1.0, 5), (0, 2.0, 6), (1, 2.0, 7))
    same, different = repeats.measure(folder, records, place)
    assert (same.structure, same.difference, same.pairs) == (pytest.approx(1.0), 0.0, 1)
    assert different.structure < 0.5
    assert different.difference > 50


def test_figures_are_kept_until_a_picture_changes(results, monkeypatch):
    folder, records, place = results((0, 1.0, 1), (1, 1.0, 2))
    first = repeats.measure(folder, records, place)
    assert repeats.read(folder) == first
    calls = []
    import nst.metrics

    real = nst.metrics.agreement
    monkeypatch.setattr(nst.metrics, "agreement", lambda pictures: calls.append(1) or real(pictures))
    assert repeats.measure(folder, records, place) == first
    assert calls == []
    folder, records, place = results((0, 1.0, 1), (1, 1.0, 3))
    assert repeats.measure(folder, records, place) != first
    assert calls == [1]


def test_a_file_that_is_none_counts_as_nothing_measured(tmp_path):
    assert repeats.read(tmp_path) == []
    for text in ("{", "[1]", json.dumps([{"jobs": []}])):
        (tmp_path / repeats.FILE).write_text(text)
        assert repeats.read(tmp_path) == []
