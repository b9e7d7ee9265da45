"""Pictures of the site: which files there are, and what they are called."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bench.errors import BenchError
from bench.report import encoding
from bench.report.pictures import Picture, Source, common_folder
from tests.bench.report.picture_files import below, built, drawn, one


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
