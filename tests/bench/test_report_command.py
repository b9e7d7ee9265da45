"""``nst-bench report``: where the site goes, what is handed on, and opening it."""

import sys
import webbrowser
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from bench.cli import main
from bench.commands.report import site_of
from tests.bench.report.synthetic_results import Trial, make


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def results(here):
    make(here / "results" / "one", [Trial("a", ("cat",), ("waves",))])
    return Path("results/one")


@pytest.fixture
def built(monkeypatch):
    """What was handed to the builder, which builds nothing."""
    calls = []

    def build(source, **options):
        calls.append((source, options))
        return SimpleNamespace(index=Path("somewhere/index.html"), problems=())

    monkeypatch.setattr("bench.report.build", build)
    return calls


def test_the_site_goes_beside_the_results(results, capsys):
    assert main(["report", "results/one"]) == 0
    assert capsys.readouterr().out == "results/one/site/index.html\n"
    assert (results / "site" / "index.html").is_file()


def test_or_where_it_is_asked_for(results, here, capsys):
    assert main(["report", "results/one", "--out", "public"]) == 0
    assert capsys.readouterr().out == "public/index.html\n"
    assert (here / "public" / "index.html").is_file()
    assert not (results / "site").exists()


def test_what_was_not_asked_for_is_left_out(results, built):
    assert main(["report", "results/one"]) == 0
    assert built == [([Path("results/one")], {"site": None, "originals": "copy", "templates": None})]


def test_what_was_asked_for_is_handed_on(results, built):
    assert main(["report", "results/one", "--originals", "link", "--templates", "mine", "--out", "x"]) == 0
    assert built == [([Path("results/one")], {"site": Path("x"), "originals": "link", "templates": Path("mine")})]


def test_several_folders_are_merged_into_one_site(here, built):
    for name in ("one", "two"):
        make(here / "results" / name, [Trial("a", ("cat",), ("waves",))])
    assert main(["report", "results/one", "results/two"]) == 0
    ((folders, options),) = built
    assert folders == [Path("results/one"), Path("results/two")]
    assert options["site"] == Path("results/one+two/site")


def test_a_single_file_is_made_of_the_runs_that_are_named(results, built, monkeypatch, capsys):
    single = ModuleType("bench.report.single")
    calls = []
    single.write = lambda *given, **options: calls.append((given, options)) or Path("run.html")
    monkeypatch.setattr("bench.report.single", single, raising=False)
    monkeypatch.setitem(sys.modules, "bench.report.single", single)
    assert main(["report", "results/one", "--single-file", "3f9a, b07c", "--out", "run.html"]) == 0
    ((found, runs), options) = calls[0]
    assert (found.folder, runs) == (Path("results/one"), ["3f9a", "b07c"])
    assert options == {"out": Path("run.html"), "templates": None}
    assert capsys.readouterr().out == "run.html\n"
    assert built == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--single-file", "a,,b"],
            "argument --single-file: 'a,,b': expected ids of runs, with commas between: 3f9a,b07c",
        ),
        (["--originals", "some"], "argument --originals: invalid choice: 'some'"),
    ],
)
def test_wrong_usage_is_told(results, arguments, told, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["report", "results/one", *arguments])
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err


def test_a_folder_that_is_named_twice_is_refused(results, here, capsys):
    (here / "again").symlink_to("results/one")
    assert main(["report", "results/one", "again"]) == 2
    assert capsys.readouterr().err == "again: named twice (as results/one): each results folder counts once\n"


def test_no_results_folder_is_an_error_of_usage(here, capsys):
    assert main(["report", "none"]) == 2
    assert capsys.readouterr().err == (
        "none: no such folder; expected a results folder, as `nst-bench run` leaves it\n"
    )


class TestOpen:
    def test_the_page_is_opened_and_its_address_said(self, results, here, monkeypatch, capsys):
        opened = []
        monkeypatch.setattr(webbrowser, "open", lambda address: opened.append(address) or True)
        assert main(["report", "results/one", "--open"]) == 0
        address = (here / "results/one/site/index.html").as_uri()
        assert opened == [address]
        assert capsys.readouterr().err == f"opened {address}\n"

    @pytest.mark.parametrize("trouble", [webbrowser.Error("none"), OSError("none"), None], ids=repr)
    def test_where_there_is_no_browser_the_command_is_fine(self, results, here, monkeypatch, capsys, trouble):
        def open_(address):
            if trouble:
                raise trouble
            return False

        monkeypatch.setattr(webbrowser, "open", open_)
        assert main(["report", "results/one", "--open"]) == 0
        address = (here / "results/one/site/index.html").as_uri()
        assert capsys.readouterr().err == f"no browser could be opened here; the address is {address}\n"


class TestPlaceOfSeveral:
    @pytest.mark.parametrize(
        ("folders", "expected"),
        [
            (["results/a", "results/b"], "results/a+b/site"),
            (["laptop/results/quick", "server/results/quick"], "quick+quick/site"),
            (["a", "b", "c"], "a+b+c/site"),
            (["results/a", "results/a/b"], "results/a+b/site"),
            (["results/../results/a", "./results/b/"], "results/a+b/site"),
        ],
    )
    def test_it_is_named_after_them_and_lies_where_they_meet(self, here, folders, expected):
        assert site_of([Path(folder) for folder in folders]) == Path(expected)

    def test_it_is_shortened_and_still_of_these_alone(self, here):
        long = [Path("results") / ("x" * 40 + str(k)) for k in range(5)]
        place, other = site_of(long), site_of(long[:4])
        assert place != other
        assert len(place.parent.name) == len(other.parent.name) == 48 + 7
        assert place.parent.name.startswith("x" * 40 + "0+xxxxxx-")

    def test_elsewhere_it_is_named_in_full(self, here, tmp_path_factory):
        away = tmp_path_factory.mktemp("away")
        assert site_of([away / "a", away / "b"]) == away / "a+b" / "site"


def test_a_folder_that_holds_no_results_is_not_looked_through(results, here, monkeypatch, capsys):
    monkeypatch.setattr("bench.report.fresh._walk", lambda *_: pytest.fail("looked through"))
    (here / "plan.json").unlink(missing_ok=True)
    assert main(["report", "results/one", "."]) == 2
    assert capsys.readouterr().err == (
        ".: no plan.json in it; expected a results folder, as `nst-bench run` leaves it\n"
    )


def test_runs_with_files_that_cannot_be_shown_are_told_by_their_ids(results, capsys):
    (job,) = results.glob("jobs/*/*")
    (job / "curve.csv").unlink()
    assert main(["report", "results/one"]) == 0
    assert capsys.readouterr().err == f"warning: run {job.name[:12]}: curve.csv is missing\n"
    (job / "image.png").write_bytes(b"nonsense")
    assert main(["report", "results/one"]) == 0
    assert capsys.readouterr().err == (
        f"warning: run {job.name[:12]}: image.png cannot be read: not a picture; and 1 more, all named on the site\n"
    )


def test_a_disk_that_is_full_is_told_with_the_file_it_had_no_room_for(results, monkeypatch, capsys):
    monkeypatch.setattr("bench.report.seen._write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    assert main(["report", "results/one"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("results/one/site/")
    assert told.endswith(": No space left\n")


def test_a_site_never_goes_among_the_results(results, capsys):
    assert main(["report", "results/one", "--out", "results/one/jobs"]) == 2
    assert capsys.readouterr().err == (
        "results/one/jobs: lies among the results in results/one; choose another folder for the site, such as "
        "results/one/site\n"
    )
    assert [path.name for path in (results / "jobs").glob("*.html")] == []
