"""Pictures by address: downloaded once into a cache, checked against the hash that the manifest gives.

What is in the cache goes by its hash alone, so that a picture that moves to another address is not fetched again, and
one fetched by hand is found. Nothing is believed: a file there that is torn or altered is fetched anew.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import bench
from bench.manifest.image_schema import Address

#: Downloads under way at once.
_AT_ONCE = 4
_CHUNK = 1 << 14
#: Seconds after which a temporary file cannot belong to a download under way.
_LEFT = 86_400


@dataclass(frozen=True)
class Limits:
    """What a download may take, so that planning ends whatever a server does."""

    size: int = 256 * 2**20
    """Bytes."""
    silence: float = 20.0
    """Seconds without a byte, or until a connection stands."""
    total: float = 600.0
    """Seconds for the whole file."""


class DownloadError(ValueError):
    """A picture that could not be had; the text says why and what to do."""


def cache_folder() -> Path:
    """Where this package keeps what it can have again: ``NST_CACHE_DIR``, else the system's place for caches."""
    import pooch

    found: Path = pooch.utils.cache_location(pooch.os_cache("nst-bench"), env="NST_CACHE_DIR")
    return found


def kept_at(sha256: str) -> Path:
    """The file of the cache that a picture of this hash has, or would have."""
    return cache_folder() / "pictures" / sha256


def shown(url: str) -> str:
    """An address as records and messages show it: without user, password, query and fragment, which may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" + ("?…" if parts.query else "")


def fetch_all(
    wanted: Iterable[Address], say: Callable[[str], None], limits: Limits | None = None
) -> Mapping[Address, Path | DownloadError]:
    """The files of some addresses, verified, each downloaded where the cache lacks it; a few at a time.

    Args:
        wanted: addresses; one that comes twice is fetched once.
        say: is told of each download that begins.
        limits: for each of them.

    Returns:
        for every address its file in the cache, or why there is none.
    """
    limits = limits or Limits()
    found: dict[Address, Path | DownloadError] = {}
    missing: dict[str, list[Address]] = {}
    for address in dict.fromkeys(wanted):
        if _is_kept(address):
            found[address] = kept_at(address.sha256)
        else:  # two addresses of one picture write one file: one after the other
            missing.setdefault(address.sha256, []).append(address)
    if missing:
        _sweep()
        for address in (addresses[0] for addresses in missing.values()):
            say(f"downloading {shown(address.url)}")
        found |= _in_threads(list(missing.values()), limits)
    return found


def fetch(address: Address, limits: Limits | None = None) -> Path:
    """The file of one address.

    Raises:
        DownloadError: when it cannot be had, or is not the picture that the hash names.
    """
    import pooch
    import requests

    path = kept_at(address.sha256)
    pooch.get_logger().setLevel("WARNING")  # it would print the whole address
    try:
        pooch.retrieve(
            address.url,
            known_hash=f"sha256:{address.sha256}",
            fname=path.name,
            path=path.parent,
            downloader=_Download(address, limits or Limits()),
        )
    except DownloadError:
        raise
    except requests.RequestException as error:
        raise _unreachable(address, _reason(error, limits or Limits())) from None
    except OSError as error:
        raise DownloadError(
            f"{shown(address.url)}: the cache cannot be written: {error.strerror or error} ({path.parent}): make room, "
            "or name another folder in NST_CACHE_DIR"
        ) from None
    return path


@dataclass(frozen=True)
class _Download:
    """As pooch wants it: from an address to a file, within limits. pooch then checks the hash and moves the file."""

    address: Address
    limits: Limits

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        import hashlib

        import requests

        digest, size, ends = hashlib.sha256(), 0, time.monotonic() + self.limits.total
        # Nothing compressed: a few bytes must not become a full disk.
        headers = {"User-Agent": f"nst-bench/{bench.__version__}", "Accept-Encoding": "identity"}
        with (
            requests.get(url, stream=True, timeout=self.limits.silence, headers=headers) as answer,
            Path(output_file).open("wb") as file,
        ):
            if answer.status_code != 200:
                raise _unreachable(self.address, f"the server answers {answer.status_code} {answer.reason}".rstrip())
            for chunk in answer.iter_content(_CHUNK):
                size += len(chunk)
                if size > self.limits.size:
                    raise _unreachable(self.address, f"more than {self.limits.size:,} bytes, too many for a picture")
                if time.monotonic() > ends:
                    raise _too_slow(self.address, self.limits)
                digest.update(chunk)
                file.write(chunk)
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if digest.hexdigest() != self.address.sha256:
            what = f"is {kind}, of SHA-256" if kind.startswith("text/") else "has SHA-256"
            raise DownloadError(
                f"{shown(url)}: what lies there {what} {digest.hexdigest()}, and the manifest says "
                f"{self.address.sha256}: look at it, and correct the address or the hash"
            )


def _is_kept(address: Address) -> bool:
    import hashlib

    try:
        with kept_at(address.sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == address.sha256
    except OSError:
        return False


def _sweep() -> None:
    """Remove what downloads left that were killed: pooch names its temporary files so."""
    with suppress(OSError):
        for path in (cache_folder() / "pictures").glob("tmp*"):
            if path.stat().st_mtime < time.time() - _LEFT:
                path.unlink()


def _in_threads(missing: list[list[Address]], limits: Limits) -> dict[Address, Path | DownloadError]:
    """Fetched in daemon threads, which are left behind when time is up: no server can hold up the end."""
    todo: queue.SimpleQueue[list[Address]] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[Address, Path | DownloadError]] = queue.SimpleQueue()
    found: dict[Address, Path | DownloadError] = {}

    def work() -> None:
        while True:
            try:
                addresses = todo.get_nowait()
            except queue.Empty:
                return
            for address in addresses:
                try:
                    ended.put((address, fetch(address, limits)))
                except DownloadError as error:
                    ended.put((address, error))
                except Exception as error:  # else the wait for it would last until time is up
                    ended.put((address, _unreachable(address, f"{type(error).__name__} while downloading")))

    for addresses in missing:
        todo.put(addresses)
    workers = min(_AT_ONCE, len(missing))
    for _ in range(workers):
        threading.Thread(target=work, daemon=True).start()
    every = [address for addresses in missing for address in addresses]
    ends = time.monotonic() + limits.total * -(-len(every) // workers) + limits.silence
    while len(found) < len(every):
        try:
            address, result = ended.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            return {address: found.get(address, _too_slow(address, limits)) for address in every}
        found[address] = result
    return found


def _unreachable(address: Address, why: str) -> DownloadError:
    return DownloadError(
        f"{shown(address.url)}: not downloaded: {why}. Fetch it elsewhere, and save it as {kept_at(address.sha256)}"
    )


def _too_slow(address: Address, limits: Limits) -> DownloadError:
    return _unreachable(address, f"not all there after {limits.total:g} s")


def _reason(error: Exception, limits: Limits) -> str:
    """A failure of requests in a few words; its own would repeat the whole address."""
    import requests
    from urllib3.exceptions import ReadTimeoutError

    silent = isinstance(error, requests.Timeout) or any(isinstance(part, ReadTimeoutError) for part in error.args)
    if silent:
        return f"no word from the server for {limits.silence:g} s"
    for kind, words in (
        (requests.exceptions.SSLError, "its certificate is not trusted"),
        (requests.exceptions.ProxyError, "the proxy cannot be reached"),
        (requests.TooManyRedirects, "it leads on and on to other addresses"),
        (requests.exceptions.InvalidSchema, "it leads to an address that is neither http nor https"),
        (requests.exceptions.ChunkedEncodingError, "it broke off"),
        (requests.ConnectionError, "no connection to the server"),
    ):
        if isinstance(error, kind):
            return words
    return f"{type(error).__name__} while downloading"
