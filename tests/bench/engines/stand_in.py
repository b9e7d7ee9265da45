"""A worker of a few lines in place of torch: keeps the protocol of bench.worker, and comes to every end there is.

    python stand_in.py MODE

The parameter ``what`` of a job says what becomes of it.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def say(event, **content):
    print(json.dumps({"event": event, **content}), flush=True)


def sleeper(**how):
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    return subprocess.Popen(command, **how).pid


def left(order):
    """What jobs leave in their folders: what they have read."""
    if order["kind"] == "pack":
        return {"orders": {one["id"]: {"status": "done", "content": left(one)} for one in order["orders"]}}
    given = [one for files in order.get("inputs", {}).values() for one in files]
    paths = [path for one in given for path in (one["path"], one["mask"]) if path and not path.startswith("mask:")]
    paths += [order["weights"]] if Path(order.get("weights", "")).is_absolute() else []
    if not paths:
        return {"files": {}}
    read = b"".join(Path(path).read_bytes() for path in paths)
    Path(order["folder"], "read.bin").write_bytes(read)
    return {"files": {"read.bin": hashlib.sha256(read).hexdigest()}}


mode = sys.argv[1]
if mode == "exit before ready":
    sys.exit("no such library")
if mode == "hang before ready":
    time.sleep(60)
say("ready", environment={"pid": os.getpid(), "threads": os.environ.get("OMP_NUM_THREADS")})
print("ready to work", file=sys.stderr, flush=True)
for line in sys.stdin:
    order = json.loads(line)
    what = order["parameters"]["what"] if order["kind"] == "job" else order["kind"]
    say("started", id=order["id"])
    say("progress", id=order["id"], evaluations=1, loss=2.0)
    print(f"{order['id']} began", file=sys.stderr, flush=True)
    status, content = "done", left(order)
    if what == "exit":
        os._exit(3)
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "segfault":
        import ctypes
        import faulthandler

        faulthandler.enable()
        ctypes.string_at(0)
    if what == "bad_alloc":
        print("terminate called after throwing an instance of 'std::bad_alloc'", file=sys.stderr, flush=True)
        os.abort()
    if what == "chatter":
        print("no event at all", flush=True)
        time.sleep(60)
    if what == "another's end":
        say("ended", id="another", status="done", content={})
        time.sleep(60)
    if what == "hang":
        time.sleep(60)
    if what == "talk":
        for number in range(2, 1_000_000):
            say("progress", id=order["id"], evaluations=number, loss=2.0)
            time.sleep(0.02)
    if what == "hang with a child":
        content = {"child": sleeper()}
        say("progress", id=order["id"], evaluations=content["child"], loss=None)
        time.sleep(60)
    if what == "exit with children":
        say("progress", id=order["id"], evaluations=sleeper(), loss=None)
        say("progress", id=order["id"], evaluations=sleeper(start_new_session=True), loss=None)
        os._exit(4)
    if what == "oom":
        status, content = "oom", {"failure": {"message": "too much"}}
    if what in ("steadiness", "trial"):
        content = {"measured": what, "of": order["content"]}
    if what == "die after":
        say("ended", id=order["id"], status=status, content=content)
        os._exit(5)
    spoilt = {"spoilt": True} if what == "spoil" else {}
    say("ended", id=order["id"], status=status, content=content, **spoilt)
