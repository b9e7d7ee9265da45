"""Records of a made-up job, published with files of a made-up content, and what a folder then holds."""

import hashlib

from bench.record import Record

ID = "ab" * 32
CONTENT = hashlib.sha256(b"content").hexdigest()


def record(status="done", files=None, **changes):
    values = {
        "id": ID,
        "status": status,
        "name": "small",
        "parameters": {"size": 32},
        "inputs": {},
        "weights": "random:0",
        "algorithm": 1,
        "environment": {},
        "files": files or {},
        "started": "2026-01-01T00:00:00.000Z",
        "finished": "2026-01-01T00:00:01.000Z",
    }
    return Record.model_validate(values | changes)


def publish(store, found):
    folder = store.scratch(found.id)
    for name in found.files:
        (folder / name).write_text("content")
    store.publish(folder, found)


def tree(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
