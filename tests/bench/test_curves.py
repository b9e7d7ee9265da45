"""Curves as columns: fast, exact, and of one mind with the patient reader about everything unusual."""

from __future__ import annotations

import math
import random
import re
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench import curves
from bench.curves import read_curve

HEAD = "evaluation,seconds,size,total,tv\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "curve.csv"


@pytest.fixture
def no_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pd, "read_csv", None)


@pytest.mark.usefixtures("no_pandas")
class TestAsThisProgramWritesIt:
    def test_columns_come_in_order_with_their_types(self, path: Path) -> None:
        path.write_text(HEAD + "0,0.25,64,1e3,-0.5\n1,0.5,64,7,2\n")
        found = read_curve(path)
        assert {name: column.tolist() for name, column in found.items()} == {
            "evaluation": [0, 1], "seconds": [0.25, 0.5], "size": [64, 64], "total": [1000.0, 7.0], "tv": [-0.5, 2.0],
        }  # fmt: skip
        assert list(found) == ["evaluation", "seconds", "size", "total", "tv"]
        assert [column.dtype.name for column in found.values()] == ["int64", "float64", "int64", "float64", "float64"]

    @pytest.mark.parametrize("diverged", [False, True])
    def test_every_number_is_the_one_that_float_makes_of_its_text(self, path: Path, diverged: bool) -> None:
        draw = random.Random(0)
        numbers = [struct.unpack("d", draw.randbytes(8))[0] for _ in range(3000)]
        texts = [repr(x) for x in numbers if math.isfinite(x) and abs(x) < 1e300]
        texts += [f"{x:.25e}" for x in map(float, texts[:500])] + [f"{draw.gauss(0, 1):.40f}" for _ in range(500)]
        rows = [f"{k},0.5,64,{text},{'nan' if diverged else 1}" for k, text in enumerate(texts)]
        path.write_text(HEAD + "\n".join(rows) + "\n")
        found = read_curve(path)
        assert found["total"].tolist() == [float(text) for text in texts]
        assert np.isnan(found["tv"]).all() == diverged

    def test_what_float32_cannot_hold_is_not_a_number(self, path: Path) -> None:
        path.write_text(HEAD + "0,1,64,1e301,-1e301\n1,1,64,inf,nan\n2,1,64,1e300,-Infinity\n")
        found = read_curve(path)
        assert np.isnan(found["total"]).tolist() == [True, True, False]
        assert np.isnan(found["tv"]).all()


ODD = [
    HEAD.replace("tv", '"tv"') + '0,1,64,"2",3\n',
    HEAD.replace("\n", "\r\n") + "0,1,64,2,3\r\n1,1,64,2,3\r\n",
    HEAD + "\n0,1,64,2,3\n\n1,1,64,2,3\n\n\n",
    "\ufeff" + HEAD + "0,1,64,2,3\n",
    "evaluation,seconds,size,total,total\n0,1,64,2,3\n",
    "evaluation,seconds,size,total,\n0,1,64,2,3\n",
    HEAD + "0,1,64, 2 ,+3\n",
    HEAD + "007,1_0,64,.5,5.\n",
    HEAD + "0.0,1,6.4e1,2,3",
    HEAD + "1.75,1,64,2,3\n",
    "evaluation,seconds,size,total,stile ü\n0,1,64,2,3\n",
]


@pytest.mark.parametrize("text", ODD)
def test_an_odd_one_is_read_as_pandas_reads_it(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    found, patient = read_curve(path), curves._columns_slowly(path)
    assert {name: column.tolist() for name, column in found.items()} == {
        name: column.tolist() for name, column in patient.items()
    }
    assert [column.dtype for column in found.values()] == [column.dtype for column in patient.values()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("evaluation,total\n0,1\n", "curve.csv: has no column seconds, size"),
        (HEAD, "curve.csv: has no rows"),
        (HEAD + "0,1,64,x,3\n", "curve.csv: could not convert string to float: 'x'"),
        (HEAD + "0,1,64,,3\n", "curve.csv: could not convert string to float: ''"),
        (HEAD + "0,1,64,null,3\n", "curve.csv: could not convert string to float: 'null'"),
        (HEAD + "0,1,64,true,3\n", "curve.csv: could not convert string to float: 'true'"),
        (HEAD + "0,1,64,2],[3\n", "curve.csv: could not convert string to float: "),
        (HEAD + "0,1,64,2\n", "curve.csv: could not convert"),
        (HEAD + "0,1,64,2\n1,1,64,2,3,4\n", "curve.csv: Error tokenizing data"),
        (HEAD + "0,1,nan,2,3\n", "curve.csv: "),
        (HEAD + "0,1,1e999,2,3\n", "curve.csv: "),
        ("", "curve.csv: No columns to parse from file"),
        ("\n\n", "curve.csv: No columns to parse from file"),
        (b"\xff\xfe" + HEAD.encode(), "curve.csv: "),
        (b"\0" * 100, "curve.csv: "),
        (None, "curve.csv is missing"),
    ],
)
def test_a_broken_one_says_what_is_wrong(path: Path, text: str | bytes | None, message: str) -> None:
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=re.escape(message)):
        read_curve(path)
