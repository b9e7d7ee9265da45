"""Pictures by address, against a server of every temper; nothing here reaches beyond 127.0.0.1."""

import hashlib
import os
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.inputs.downloads import DownloadError, Limits, fetch, fetch_all, kept_at, shown
from bench.manifest.image_schema import Address

PICTURE = b"a picture, or so it is said " * 1000
SHA = hashlib.sha256(PICTURE).hexdigest()
QUICK = Limits(size=200_000, silence=0.5, total=1.5)


class Server(ThreadingHTTPServer):
    """Answers as the path says, and counts."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.over = threading.Event()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"

    def address(self, path, sha256=SHA):
        return Address(url=self.url(path), sha256=sha256)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *args):
        pass

    def send(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.asked.append(self.path)
        with suppress(OSError):
            {
                "good": lambda: self.send(200, {"Content-Length": len(PICTURE)}, PICTURE),
                "page": lambda: self.send(200, {"Content-Type": "text/html; charset=utf-8"}, b"<p>log in"),
                "truncated": lambda: self.send(200, {"Content-Length": len(PICTURE)}, PICTURE[:5000]),
                "lost": lambda: self.send(404, {}),
                "empty": lambda: self.send(204, {}),
                "moved": lambda: self.send(302, {"Location": self.server.url("/good")}),
                "to-file": lambda: self.send(302, {"Location": "file:///etc/hostname"}),
                "round": lambda: self.send(302, {"Location": self.server.url("/round")}),
                "silent": lambda: self.server.over.wait(20),
                "endless": self.endless,
                "drip": self.drip,
            }[self.path.split("/")[1].split("?")[0]]()

    def endless(self):
        self.send(200, {})
        while not self.server.over.is_set():
            self.wfile.write(PICTURE)

    def drip(self):
        self.send(200, {"Content-Length": len(PICTURE)})
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("NST_CACHE_DIR", str(tmp_path / "cache"))
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def why(address):
    with pytest.raises(DownloadError) as caught:
        fetch(address, QUICK)
    return str(caught.value)


class TestWhatIsThere:
    def test_is_downloaded_once_and_then_read_from_the_cache_without_a_network(self, server):
        address = server.address("/good")
        assert fetch(address).read_bytes() == PICTURE
        assert fetch(address) == kept_at(SHA)
        assert server.asked == ["/good"]

    def test_is_not_fetched_again_from_another_address(self, server):
        fetch(server.address("/good"))
        assert fetch(server.address("/lost")).read_bytes() == PICTURE

    def test_may_have_been_put_into_the_cache_by_hand(self, server):
        kept_at(SHA).parent.mkdir(parents=True)
        kept_at(SHA).write_bytes(PICTURE)
        assert fetch(server.address("/lost")) == kept_at(SHA)
        assert server.asked == []

    @pytest.mark.parametrize("damaged", [b"", PICTURE[:777], b"x" + PICTURE[1:]])
    def test_is_fetched_again_where_the_cache_is_torn_or_altered(self, server, damaged):
        fetch(server.address("/good"))
        kept_at(SHA).write_bytes(damaged)
        found = fetch_all([server.address("/good")], lambda text: None)
        assert found == {server.address("/good"): kept_at(SHA)}
        assert kept_at(SHA).read_bytes() == PICTURE

    def test_is_found_where_it_moved(self, server):
        assert fetch(server.address("/moved")).read_bytes() == PICTURE
        assert server.asked == ["/moved", "/good"]


class TestWhatIsNot:
    @pytest.mark.parametrize(
        ("path", "reason"),
        [
            ("/lost", "the server answers 404 Not Found"),
            ("/empty", "the server answers 204 No Content"),
            ("/to-file", "it leads to an address that is neither http nor https"),
            ("/round", "it leads on and on to other addresses"),
            ("/silent", "no word from the server for 0.5 s"),
            ("/endless", "more than 200,000 bytes, too many for a picture"),
        ],
    )
    def test_says_why_and_which_file_to_put_where(self, server, path, reason):
        assert why(server.address(path)) == (
            f"{server.url(path)}: not downloaded: {reason}. Fetch it elsewhere, and save it as {kept_at(SHA)}"
        )
        assert list(kept_at(SHA).parent.iterdir()) == []

    def test_without_a_server_too(self, server):
        address = Address(url="http://127.0.0.1:1/x.jpg", sha256=SHA)
        assert why(address) == (
            "http://127.0.0.1:1/x.jpg: not downloaded: no connection to the server. "
            f"Fetch it elsewhere, and save it as {kept_at(SHA)}"
        )

    def test_names_both_hashes_when_something_else_lies_there(self, server):
        other = "0" * 64
        assert why(server.address("/good", other)) == (
            f"{server.url('/good')}: what lies there has SHA-256 {SHA}, and the manifest says {other}: "
            "look at it, and correct the address or the hash"
        )
        assert not kept_at(other).exists()

    def test_says_so_when_it_is_a_page(self, server):
        page = hashlib.sha256(b"<p>log in").hexdigest()
        assert why(server.address("/page")).startswith(
            f"{server.url('/page')}: what lies there is text/html, of SHA-256 {page}, and the manifest says {SHA}: "
        )

    def test_a_file_that_breaks_off_is_never_kept(self, server):
        said = why(server.address("/truncated"))
        assert "it broke off" in said or "what lies there has SHA-256" in said  # as the version of urllib3 tells
        assert list(kept_at(SHA).parent.iterdir()) == []

    def test_a_cache_that_cannot_be_written_is_named(self, server, tmp_path):
        (tmp_path / "cache").write_text("in the way")
        said = why(server.address("/good"))
        assert said.startswith(f"{server.url('/good')}: the cache cannot be written: ")
        assert said.endswith("make room, or name another folder in NST_CACHE_DIR")

    def test_a_server_that_drips_holds_nobody_up(self, server):
        began = time.monotonic()
        found = fetch_all([server.address("/drip")], lambda text: None, QUICK)
        assert time.monotonic() - began < 5
        assert str(found[server.address("/drip")]).startswith(
            f"{server.url('/drip')}: not downloaded: not all there after 1.5 s. "
        )


def test_several_at_once_each_gets_its_own_answer(server):
    said = []
    good, lost, twin = server.address("/good"), server.address("/lost", "1" * 64), server.address("/moved")
    found = fetch_all([good, lost, good, twin], said.append, QUICK)
    assert found[good] == found[twin] == kept_at(SHA)
    assert "404" in str(found[lost])
    assert sorted(server.asked) == ["/good", "/lost"]
    assert said == [f"downloading {good.url}", f"downloading {lost.url}"]


def test_what_killed_downloads_left_is_swept_away(server):
    folder = kept_at(SHA).parent
    folder.mkdir(parents=True)
    for name, age in (("tmpold", 2 * 86_400), ("tmpnew", 0)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    fetch_all([server.address("/good")], lambda text: None)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["tmpnew", SHA])


def test_nothing_is_said_where_nothing_is_downloaded(server):
    fetch(server.address("/good"))
    fetch_all([server.address("/good")], pytest.fail)


def test_nobody_reads_secrets_of_an_address(server, capfd):
    assert shown("https://me:pw@host:8/a/b.jpg?token=abc#x") == "https://host:8/a/b.jpg?…"
    said = []
    address = server.address("/lost?token=abc")
    found = fetch_all([address], said.append, QUICK)
    assert "abc" not in f"{said}{found[address]}{capfd.readouterr()}"
