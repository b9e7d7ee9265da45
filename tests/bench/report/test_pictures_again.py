"""Pictures of a site that is made again: what is not done twice, and what is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.report import encoding, seen, source_files
from bench.report.pictures import Source
from tests.bench.report.picture_files import below, built, one


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
