"""Pictures of the site: which files there are, what they are called, and what is not done twice."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench.errors import BenchError
from bench.report import encoding, parallel, pictures, seen, source_files
from bench.report.files import SiteFiles
from bench.report.pictures import Broken, Picture, Source, common_folder, make


def drawn(width: int, height: int, shade: int = 0) -> Image.Image:
    x, y = np.arange(width), np.arange(height)
    return Image.fromarray(np.add.outer(y * 3 + shade, x * 2)[..., None].repeat(3, 2).astype(np.uint8))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "results" / "site"


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., Source]:
    """A PNG of a size, in a folder of its own as jobs have, or a file of other bytes."""
    numbers = iter(range(1000))

    def source(width: int = 8, height: int = 8, *, data: bytes | None = None, shade: int = 0) -> Source:
        path = tmp_path / "results" / "jobs" / str(next(numbers)) / "image.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(data) if data is not None else drawn(width, height, shade).save(path)
        return Source(path)

    return source


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as old the moment they are written, so that a test need not wait."""
    monkeypatch.setattr(seen, "YOUNG", -(10**18))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Folders of the sources that are read, in order."""
    found: list[str] = []
    real = source_files.content

    def content(path: Path) -> tuple[bytes, seen.Signature | None]:
        found.append(path.parent.name)
        return real(path)

    monkeypatch.setattr(source_files, "content", content)
    return found


def built(site: Path, *sources: Source, **options: object) -> tuple[list[Picture | Broken], int, SiteFiles]:
    files = SiteFiles(site)
    found, made = make({str(n): one for n, one in enumerate(sources)}, files, **options)  # type: ignore[arg-type]
    files.finish()
    return list(found.values()), made, files


def one(site: Path, source: Source, **options: object) -> Picture:
    ((picture,), _, _) = built(site, source, **options)
    assert isinstance(picture, Picture)
    return picture


def below(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class TestCopies:
    @pytest.mark.parametrize(
        ("size", "copies"),
        [
            ((64, 48), {"192": (64, 48)}),
            ((192, 100), {"192": (192, 100)}),
            ((193, 100), {"192": (192, 99), "384": (193, 100)}),
            ((288, 384), {"192": (144, 192), "384": (288, 384)}),
            ((512, 256), {"192": (192, 96), "384": (384, 192), "full": (512, 256)}),
            ((600, 3000), {"192": (38, 192), "384": (77, 384), "full": (410, 2048)}),
            ((4000, 1), {"192": (192, 1), "384": (384, 1), "full": (2048, 1)}),
        ],
    )
    def test_none_is_larger_than_the_picture(
        self, site: Path, source: Callable[..., Source], size: tuple[int, int], copies: dict[str, tuple[int, int]]
    ) -> None:
        picture = one(site, source(*size))
        assert (picture.width, picture.height, picture.original) == (*size, f"img/{picture.key}.png")
        assert picture.copies == tuple((f"img/{picture.key}-{name}.webp", fit[0]) for name, fit in copies.items())
        for (file, _), fit in zip(picture.copies, copies.values(), strict=True):
            with Image.open(site / file) as copy:
                assert (copy.format, copy.size) == ("WEBP", fit)
        assert below(site / "img") == {f"{picture.key}.png", *(f"{picture.key}-{name}.webp" for name in copies)}

    def test_names_follow_from_bytes_and_recipe_alone(self, site: Path, source: Callable[..., Source]) -> None:
        given = source(20, 10)
        digest = hashlib.sha256(given.path.read_bytes()).hexdigest()
        assert one(site, given).key == hashlib.sha256(f"{digest} {encoding.RECIPE}".encode()).hexdigest()[:12]
        for told in ("192q70", "384q80", "full2048q80", "webp-m4", "pillow-", "libwebp-"):
            assert told in encoding.RECIPE

    def test_transparency_stays(self, site: Path, source: Callable[..., Source]) -> None:
        shape = Image.new("RGBA", (400, 400), (200, 30, 30, 255))
        shape.paste((0, 0, 0, 0), (0, 0, 400, 200))
        out = io.BytesIO()
        shape.save(out, "PNG")
        for file, _ in one(site, source(data=out.getvalue())).copies:
            with Image.open(site / file) as copy:
                assert copy.mode == "RGBA"
                assert copy.getpixel((copy.width // 2, 5))[3] == 0  # type: ignore[index]
                assert copy.getpixel((copy.width // 2, copy.height - 5)) == pytest.approx((200, 30, 30, 255), abs=6)

    def test_no_metadata_travels_along(self, site: Path, source: Callable[..., Source]) -> None:
        out, exif = io.BytesIO(), Image.Exif()
        exif[0x010E] = "where it was taken"
        drawn(20, 20).save(out, "JPEG", comment=b"me", icc_profile=b"profile", exif=exif)
        picture = one(site, source(data=out.getvalue()))
        with Image.open(site / picture.copies[0][0]) as copy:
            assert set(copy.info) <= {"loop", "background", "timestamp", "duration"}
        assert (site / str(picture.original)).read_bytes() == out.getvalue()

    def test_sources_of_the_same_bytes_share_their_files(self, site: Path, source: Callable[..., Source]) -> None:
        (first, second), made, files = built(site, source(200, 200), source(200, 200))
        assert (first, made, files.written) == (second, 2, 3)


class TestOriginals:
    def test_are_copied_byte_for_byte_under_the_suffix_of_what_they_are(
        self, site: Path, source: Callable[..., Source]
    ) -> None:
        for kind, suffix in (("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"), ("GIF", "gif"), ("BMP", "bmp")):
            out = io.BytesIO()
            drawn(30, 20).save(out, kind)
            picture = one(site, source(data=out.getvalue()))
            assert picture.original == f"img/{picture.key}.{suffix}"
            assert (site / picture.original).read_bytes() == out.getvalue()

    def test_are_left_out_where_asked(self, site: Path, source: Callable[..., Source]) -> None:
        given = source(30, 20)
        copied = one(site, given)
        left_out = one(site, given, originals="none")
        assert (left_out.original, left_out.copies) == (None, copied.copies)
        assert below(site / "img") == {f"{copied.key}-192.webp"}

    def test_are_linked_where_they_lie(self, site: Path, source: Callable[..., Source]) -> None:
        given = source(30, 20)
        picture = one(site, given, originals="link", tree=site.parent)
        assert picture.original == "../jobs/0/image.png"
        assert (site / picture.original).resolve() == given.path
        assert below(site / "img") == {f"{picture.key}-192.webp"}

    def test_of_the_same_bytes_are_each_linked_where_they_lie(self, site: Path, source: Callable[..., Source]) -> None:
        found, made, _ = built(site, source(), source(), originals="link", tree=site.parent)
        assert [p.original for p in found if isinstance(p, Picture)] == [
            "../jobs/0/image.png",
            "../jobs/1/image.png",
        ]
        assert made == 1

    def test_are_not_linked_from_a_site_elsewhere(self, tmp_path: Path, source: Callable[..., Source]) -> None:
        elsewhere, tree = tmp_path / "www", tmp_path / "results"
        with pytest.raises(BenchError) as caught:
            built(elsewhere, source(), originals="link", tree=tree)
        assert str(caught.value) == (
            f"--originals link: the site {elsewhere} does not lie in {tree}, and would lose its pictures as soon as "
            "either is moved; use --originals copy or none, or make the site in there"
        )
        assert not elsewhere.exists()

    def test_of_several_folders_are_linked_within_what_they_have_in_common(self, tmp_path: Path) -> None:
        assert common_folder([tmp_path / "a"]) == tmp_path / "a"
        assert common_folder([tmp_path / "a", tmp_path / "x" / ".." / "b" / "c"]) == tmp_path
        with pytest.raises(BenchError) as caught:
            common_folder([Path("/one/a"), Path("/two/a")])
        assert str(caught.value) == (
            "--originals link: /one/a, /two/a lie in no common folder; use --originals copy or none"
        )


class TestAgain:
    def test_nothing_is_made_or_written(self, site: Path, source: Callable[..., Source]) -> None:
        given = [source(200, 100), source(20, 10)]
        first, made, files = built(site, *given)
        before = {path: path.stat() for path in site.rglob("*") if path.is_file()}
        again, made_again, files_again = built(site, *given)
        assert (made, files.written) == (3, 5)
        assert (made_again, files_again.written, files_again.removed) == (0, 0, 0)
        assert again == first
        assert {path: path.stat() for path in site.rglob("*") if path.is_file()}.keys() == before.keys()
        assert all(path.stat().st_mtime_ns == status.st_mtime_ns for path, status in before.items())

    @pytest.mark.usefixtures("settled")
    def test_sources_that_nobody_wrote_to_are_not_read(
        self, site: Path, source: Callable[..., Source], reads: list[str]
    ) -> None:
        given = [source(shade=n) for n in range(3)]
        found, _, _ = built(site, *given)
        reads.clear()
        assert built(site, *given)[0] == found
        assert reads == []
        given[1].path.write_bytes(given[2].path.read_bytes())
        (first, second, third), _, _ = built(site, *given)
        assert reads == ["1"]
        assert (first, second, third) == (found[0], found[2], found[2])

    @pytest.mark.usefixtures("settled")
    def test_a_change_shows_though_size_and_time_of_writing_are_as_before(
        self, site: Path, source: Callable[..., Source]
    ) -> None:
        png = source().path.read_bytes()
        given, other = source(data=png + b"1"), source(data=png + b"2")
        before, status = one(site, given), given.path.stat()
        given.path.write_bytes(png + b"2")
        os.utime(given.path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert one(site, given).key == one(site, other).key != before.key

    def test_files_so_young_that_a_change_may_not_show_are_read_again(
        self, site: Path, source: Callable[..., Source], reads: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(seen, "YOUNG", 10**15)
        given = source()
        one(site, given)
        reads.clear()
        one(site, given)
        assert reads == ["0"]
        assert not (site / ".cache" / "pictures.json").exists()

    @pytest.mark.usefixtures("settled")
    @pytest.mark.parametrize(
        "damage",
        [
            "",
            "[]",
            '{"sources": {"0": 7}}',
            '{"sources": {"0": [[1, 2, 3, 4], "../../x", [8, 8], "png"]}}',
            '{"sources": {"0": [[1, 2, 3, 4], "%s", [8, 8], "../png"]}}' % ("a" * 64),
            '{"sources": {"0": [[1, 2, 3, 4], "%s", [0, -8], "png"]}}' % ("a" * 64),
        ],
    )
    def test_a_damaged_memory_is_nothing_but_time(
        self, site: Path, source: Callable[..., Source], damage: str, reads: list[str]
    ) -> None:
        given = source()
        before, memory = one(site, given), site / ".cache" / "pictures.json"
        signature = json.loads(memory.read_text())["sources"]["0"][0]
        memory.write_text(damage.replace("[1, 2, 3, 4]", json.dumps(signature)))
        reads.clear()
        assert one(site, given) == before
        assert reads == ["0"]

    def test_a_copy_that_is_gone_or_edited_is_made_again_and_no_other(
        self, site: Path, source: Callable[..., Source]
    ) -> None:
        given = source(512, 300)
        files = [site / name for name, _ in one(site, given).copies]
        before = [path.read_bytes() for path in files]
        files[0].unlink()
        files[2].write_bytes(b"scribble")
        _, made, _ = built(site, given)
        assert made == 2
        assert [path.read_bytes() for path in files] == before

    def test_another_recipe_makes_all_anew_and_leaves_nothing_of_the_old(
        self, site: Path, source: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = [source(200, 100), source(20, 10)]
        built(site, *given)
        before = below(site / "img")
        monkeypatch.setattr(encoding, "RECIPE", "another")
        _, made, files = built(site, *given)
        assert (made, files.written, files.removed) == (3, 5, 5)
        assert before.isdisjoint(below(site / "img"))

    def test_files_of_a_picture_that_is_gone_are_removed(self, site: Path, source: Callable[..., Source]) -> None:
        stays, goes = source(shade=1), source(shade=2)
        built(site, stays, goes)
        key = one(site, stays).key
        assert below(site / "img") == {f"{key}.png", f"{key}-192.webp"}

    def test_copies_are_the_same_to_the_byte_wherever_they_are_made(
        self, tmp_path: Path, source: Callable[..., Source]
    ) -> None:
        given = source(512, 300)
        sites = [tmp_path / "results" / name for name in ("one", "two")]
        picture, _ = (one(site, given) for site in sites)
        for name, _ in picture.copies:
            first, second = ((site / name).read_bytes() for site in sites)
            assert first == second


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
