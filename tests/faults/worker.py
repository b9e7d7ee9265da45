"""A worker of a few milliseconds: keeps the protocol of bench.worker, makes a picture that follows from the job alone,
and suffers one fault for every file that the test has put into its folder of faults.

    python worker.py FOLDER

FOLDER/faults/<job id> holds the name of a fault; it is taken away before it strikes, so that it strikes once.
FOLDER/carried-out gets the id of every job that was carried out to its end, FOLDER/workers the id of every worker
process and of its children, a line each.
"""

import contextlib
import ctypes
import faulthandler
import hashlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

FAULTS = ("segfault", "exit", "killed", "hang", "deaf", "half", "oom", "chatter", "orphan")


def main() -> None:
    folder = Path(sys.argv[1])
    note(folder / "workers", os.getpid())
    send(event="ready", environment={"device": "cpu"})
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("kind", "job") == "job":
            carry_out(order, folder)
        else:
            send(event="ended", id=order["id"], status="done", content={"seconds": 0.01})


def send(**message: object) -> None:
    print(json.dumps(message), flush=True)


def end(job: str, status: str, **content: object) -> None:
    send(event="ended", id=job, status=status, content=content)


def taken(path: Path) -> str:
    with contextlib.suppress(FileNotFoundError):
        fault = path.read_text()
        path.unlink()
        return fault
    return ""


def carry_out(order: dict, own: Path) -> None:
    folder, job = Path(order["folder"]), order["id"]
    fault = taken(own / "faults" / job)
    send(event="started", id=job)
    send(event="progress", id=job, evaluations=1, loss=2.0)
    if fault == "half":
        (folder / "image.png").write_bytes(picture(job)[:1000])
        os._exit(1)
    suffer(fault, own)
    if fault == "oom":
        send(
            event="ended", id=job, status="oom", failure={"message": "out of memory on cpu", "requested_bytes": 1 << 40}
        )
        return
    time.sleep(0.002)
    diverges = order["parameters"]["seed"] % 5 == 4  # some jobs always end without a finite loss, faults or none
    curve = f"evaluation,seconds,size,total\n0,0.0,32,{'nan' if diverges else 1.5}\n".encode()
    files = {"image.png": picture(job), "curve.csv": curve}
    try:
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        end(job, "no-space", failure={"message": f"{error.filename}: {error.strerror}"})
        return
    note(own / "carried-out", job)
    end(
        job,
        "done",
        outcome={
            "width": 32,
            "height": 32,
            "evaluations": 1,
            "updates": 0,
            "picture_evaluation": -1 if diverges else 0,
            "start_loss": None if diverges else 1.5,
            "final_loss": None if diverges else 1.5,
            "terms": {},
            "out_of_gamut": 0.0,
        },
        diagnosis={"verdict": "non-finite" if diverges else "falling", "reason": "so it is"},
        timing={"decode": 0, "weights": 0, "targets": 0, "warmup": 0, "optimise": 0.002, "save": 0, "valid": True},
        memory={"peak_bytes": 1, "before_bytes": 1, "method": "made up"},
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    )


def picture(job: str) -> bytes:
    """20 kB that follow from the job's id; to the store a picture is bytes."""
    return b"".join(hashlib.sha256(f"{job}/{i}".encode()).digest() for i in range(640))


def note(path: Path, line: object) -> None:
    with path.open("a") as lines:
        lines.write(f"{line}\n")


def suffer(fault: str, own: Path) -> None:
    match fault:
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(3600)
        case "deaf":  # a hang that no polite signal ends
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            threading.Event().wait()
        case "chatter":
            print("this is no event", flush=True)
            time.sleep(3600)
        case "orphan":  # a child that outlives its parent and holds its pipes
            if os.fork() == 0:
                note(own / "workers", os.getpid())
                time.sleep(3600)
            os._exit(1)


if __name__ == "__main__":
    faulthandler.enable()
    main()
