"""Which machines are the same: what counts, what of it, and that every known fact was thought of."""

import re
from pathlib import Path

import pytest

from bench.machine import environment
from bench.machine.fingerprint import LEFT_OUT, STABLE, differences, fingerprint

PAGE = Path(__file__).parents[3] / "docs" / "results.md"

#: A GPU on a shared server, with facts of every kind.
SERVER = {
    "nst_bench": "0.1.0",
    "git": "0123456789ab+changes",
    "python": "3.11.7",
    "torch": "2.11.0+cu128",
    "torch_build": "CUDA 12.8",
    "numpy": "2.4.6",
    "os": "Linux-6.8.0-1021-azure-x86_64-with-glibc2.39",
    "machine": "x86_64",
    "container": "docker",
    "ram_bytes": 67_331_104_768,
    "cpu": "AMD EPYC 7763 64-Core Processor",
    "cores": 64,
    "usable_cores": 8,
    "cpu_limit": 8.0,
    "threads": 8,
    "thread_wait": "passive",
    "device": "cuda:3",
    "device_name": "NVIDIA H100 80GB HBM3",
    "gpu_bytes": 84_974_239_744,
    "gpu_power_limit_watts": 700.0,
    "driver": "570.12",
    "cuda": "12.8",
    "cudnn": 91002,
    "tf32": False,
    "deterministic": True,
}


def without(unknown):
    return {name: value for name, value in unknown.items() if value is not None}


def test_what_counts_of_a_machine():
    assert without(fingerprint(SERVER)) == {
        "python": "3.11",
        "torch": "2.11.0+cu128",
        "torch_build": "CUDA 12.8",
        "os": "Linux 6.8",
        "machine": "x86_64",
        "container": "docker",
        "ram_bytes": 63,
        "cpu": "AMD EPYC 7763 64-Core Processor",
        "cores": 64,
        "usable_cores": 8,
        "cpu_limit": 8.0,
        "threads": 8,
        "thread_wait": "passive",
        "device": "cuda",
        "device_name": "NVIDIA H100 80GB HBM3",
        "gpu_bytes": 79,
        "gpu_power_limit_watts": 700.0,
        "driver": "570.12",
        "cuda": "12.8",
        "cudnn": 91002,
        "tf32": False,
        "deterministic": True,
    }


def test_every_documented_fact_counts_or_there_is_a_reason_why_it_does_not():
    (section,) = re.findall(r"^## Environment\n(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    documented = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted([*STABLE, *LEFT_OUT]) == sorted(documented)


def test_a_fingerprint_always_has_all_its_fields():
    assert fingerprint({}) == dict.fromkeys(STABLE)


@pytest.mark.parametrize(
    ("platform", "system"),
    [
        ("Linux-6.18.44-fc-v595-x86_64-with-glibc2.36", "Linux 6.18"),
        ("Linux-5.15.0-105-generic-x86_64-with-glibc2.35", "Linux 5.15"),
        ("Linux-5.15.167.4-microsoft-standard-WSL2-x86_64-with-glibc2.39", "Linux 5.15"),
        ("macOS-14.5-arm64-arm-64bit", "macOS 14.5"),
        ("Windows-11-10.0.22631-SP0", "Windows 11"),
        ("Darwin-23.5.0", "Darwin 23.5"),
        ("something else", "something else"),
    ],
)
def test_an_operating_system_goes_to_its_minor_version(platform, system):
    assert fingerprint({"os": platform})["os"] == system


@pytest.mark.parametrize(
    ("changed", "sentences"),
    [
        ({"torch": "2.15.0+cu130"}, ["torch: 2.11.0+cu128 there, 2.15.0+cu130 here"]),
        ({"ram_bytes": 33_000_000_000}, ["ram: 63 GiB there, 31 GiB here"]),
        ({"gpu_power_limit_watts": 400.0}, ["gpu power limit: 700.0 W there, 400.0 W here"]),
        ({"tf32": True, "deterministic": False}, ["tf32: off there, on here", "deterministic: on there, off here"]),
        ({"driver": None}, ["driver: 570.12 there, unknown here"]),
        ({"governor": "powersave"}, ["governor: unknown there, powersave here"]),
        ({"device": "cpu"}, ["device: cuda there, cpu here"]),
        ({"usable_cores": 4}, ["usable cores: 8 there, 4 here"]),
        ({"os": "Linux-6.11.0-1018-azure-x86_64-with-glibc2.39"}, ["os: Linux 6.8 there, Linux 6.11 here"]),
    ],
)
def test_what_makes_another_machine(changed, sentences):
    assert differences(fingerprint(SERVER), fingerprint(SERVER | changed)) == sentences


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"git": "ba9876543210", "nst_bench": "0.2.0"},
        {"os": "Linux-6.8.0-1044-azure-x86_64-with-glibc2.39", "python": "3.11.9"},
        {"ram_bytes": 67_331_104_768 - 30_000_000},
        {"device": "cuda:0"},
        {"hostname": "node7", "sm_mhz": 1980},
        {"cudnn_benchmark": None},
    ],
)
def test_what_does_not(changed):
    assert differences(fingerprint(SERVER), fingerprint(SERVER | changed)) == []


def test_machines_of_which_nothing_is_known_are_not_the_same():
    assert differences(fingerprint({}), fingerprint({})) == ["nothing is known of either machine"]
    assert differences({}, {}) == ["nothing is known of either machine"]


def test_a_field_that_one_side_lacks_altogether_is_unknown_there():
    assert differences({"cpu": "a"}, {"cpu": "a", "cores": 2}) == ["cores: unknown there, 2 here"]


def test_this_machine_is_the_same_as_itself():
    there, here = (fingerprint(environment.describe("cpu")) for _ in range(2))
    assert differences(there, here) == []
    assert {"cpu", "cores", "ram_bytes", "os", "python", "torch", "threads"} <= set(without(here))
