"""Runs of three tasks, and one run of each kind of ending: what a site as a whole is built from."""

from __future__ import annotations

from typing import Any

from tests.bench.report.synthetic_results import Trial, failed

TRIALS = [
    Trial("start", grid={"init": ["noise", "content"], "size": [48, 64]}, compare=["init", "size"]),
    Trial("texture", (), ("waves", "stars"), grid={"seed": [0, 1]}, task="texture"),
    Trial("layers", ("cat",), (), {"content_layers": [["conv1_1"], ["conv2_2"]]}, ["content_layers"], "reconstruct"),
]


def mishaps(p: Any, record: dict[str, Any]) -> dict[str, Any] | None:
    """One run of each kind of ending."""
    match (p["content"], p["style"], p["init"], p["size"]):
        case ("cat", "stars", "noise", 64):
            return failed(record, "oom", "3.1 GiB wanted, 1.2 GiB free")
        case ("town", "stars", "noise", 64):
            return None
        case ("town", "stars", "content", 64):
            record["diagnosis"] = {"verdict": "diverged", "reason": "the loss rose a hundredfold"}
            record["outcome"] |= {"final_loss": None, "terms": {"style.conv1_1": None}}
        case ("town", "waves", "noise", 48):
            record["timing"] |= {"valid": False, "invalid_reason": "another job shared the device"}
    return record
