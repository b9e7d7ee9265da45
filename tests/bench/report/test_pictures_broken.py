"""Sources that cannot be shown as pictures: each is told of, and costs no other."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.report import encoding, parallel, pictures, source_files
from bench.report.pictures import Broken, Picture, Source
from tests.bench.report.picture_files import built, drawn


class TestBroken:
    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"", "image.png cannot be read: not a picture"),
            (b"no picture", "image.png cannot be read: not a picture"),
            (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "image.png cannot be read: not a picture"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image.png cannot be read: not a picture"),
        ],
    )
    def test_what_is_no_picture_is_told_and_not_put_on_the_site(
        self, site: Path, source: Callable[..., Source], data: bytes, told: str
    ) -> None:
        found, made, files = built(site, source(data=data), source())
        assert (found[0], made, files.written) == (Broken(told), 1, 2)

    def test_half_a_picture_is_told_and_not_put_on_the_site(self, site: Path, source: Callable[..., Source]) -> None:
        half = source(64, 64)
        half.path.write_bytes(half.path.read_bytes()[:100])
        (found,), made, files = built(site, half)
        assert isinstance(found, Broken)
        assert re.match(r"image\.png cannot be read: .*trunc", found.reason)
        assert (made, files.written) == (0, 0)

    def test_more_pixels_than_memory_are_told_from_the_head_of_the_file(
        self, site: Path, source: Callable[..., Source]
    ) -> None:
        small = source(64, 64)
        data = bytearray(small.path.read_bytes())
        data[16:24] = (60000).to_bytes(4) * 2
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4)
        small.path.write_bytes(data)
        assert built(site, small)[0] == [Broken("image.png has too many pixels to show")]

    def test_what_is_missing_or_no_plain_file_is_told(self, site: Path, source: Callable[..., Source]) -> None:
        missing, folder, link, pipe = (source(shade=n) for n in range(4))
        for given in (missing, folder, link, pipe):
            given.path.unlink()
        folder.path.mkdir()
        link.path.symlink_to("/etc/hostname")
        os.mkfifo(pipe.path)
        found, _, _ = built(site, missing, folder, link, pipe)
        assert found == [
            Broken("image.png is missing"),
            Broken("image.png is no plain file"),
            Broken("image.png is a symbolic link"),
            Broken("image.png is no plain file"),
        ]

    def test_a_file_that_is_not_the_record_s_is_told(self, site: Path, source: Callable[..., Source]) -> None:
        given = source()
        digest = hashlib.sha256(given.path.read_bytes()).hexdigest()
        as_described = [Source(given.path, text) for text in (digest, f"sha256:{digest}", "0" * 64)]
        fine, fine_too, other = built(site, *as_described)[0]
        assert isinstance(fine, Picture)
        assert fine == fine_too
        assert other == Broken("image.png is not the file that the record describes: its SHA-256 differs")

    def test_a_decoder_that_kills_its_process_costs_one_picture(
        self, site: Path, source: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, real = os.getpid(), encoding.copies
        given = [source(20, 20, shade=n) for n in range(12)]
        deadly = given[3].path.read_bytes()

        def copies(data: bytes, steps: object) -> list[bytes]:
            assert os.getpid() != here
            if data == deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(data, steps)  # type: ignore[arg-type]

        monkeypatch.setattr(encoding, "copies", copies)
        monkeypatch.setattr(parallel, "processors", lambda: 2)
        monkeypatch.setattr(threading, "active_count", lambda: 1)
        found, made, files = built(site, *given)
        assert [number for number, one in enumerate(found) if isinstance(one, Broken)] == [3]
        assert found[3] == Broken("image.png cannot be read: the process that tried to died")
        assert (made, files.written) == (11, 22)

    def test_a_source_that_is_written_to_meanwhile_never_gets_another_s_name(
        self, site: Path, source: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given, real = source(shade=1), source_files.read

        def read(*arguments: object) -> object:
            facts = real(*arguments)  # type: ignore[arg-type]
            drawn(8, 8, 2).save(given.path)
            return facts

        monkeypatch.setattr(pictures.source_files, "read", read)
        (found,), _, files = built(site, given)
        assert (found, files.written) == (Broken("image.png was written to while it was read"), 0)
