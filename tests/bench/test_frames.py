"""``frames.csv``: read as it is, or told what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.frames import read_frames

HEAD = "frame,time,evaluations,loss,content.conv4_2,seconds,flicker,visible,cut\n"


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "frames.csv"
    path.write_text(text)
    return path


def test_columns_come_by_name_and_what_is_empty_is_not_a_number(tmp_path: Path) -> None:
    text = f"{HEAD}1,0.0,40,3.5,1.25,0.5,,,1\n2,0.08333333333333333,41,nan,,0.25,1.5,0.75,0\n"
    found = read_frames(table(tmp_path, text))
    assert list(found) == HEAD.strip().split(",")
    assert {name: values.dtype for name, values in found.items() if values.dtype != np.float64} == dict.fromkeys(
        ("frame", "evaluations", "cut"), np.int64
    )
    assert found["time"].tolist() == [0.0, 0.08333333333333333]
    assert found["evaluations"].tolist() == [40, 41]
    assert [np.isnan(found[name]).tolist() for name in ("loss", "content.conv4_2", "flicker")] == [
        [False, True], [False, True], [True, False],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "No columns"),
        ("frame,time\n1,0\n", "has no column evaluations, loss, seconds, flicker, visible, cut"),
        (HEAD, "has no rows"),
        (f"{HEAD}1,0.0,forty,3,1,0.5,,,1\n", "could not convert string to float: 'forty'"),
        (f"{HEAD}1,0.0,,3,1,0.5,,,1\n", "Cannot convert non-finite"),
        (f"{HEAD}1,0.5,4,3,1,0.5,,,1\n2,0.5,4,3,1,0.5,1,1,0\n", "the column time does not rise from row to row"),
        (f"{HEAD}2,0.5,4,3,1,0.5,,,1\n1,0.6,4,3,1,0.5,1,1,0\n", "the column frame does not rise from row to row"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_a_sentence(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^frames\.csv: ") as caught:
        read_frames(table(tmp_path, text))
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^frames\.csv is missing$"):
        read_frames(tmp_path / "frames.csv")
