"""Facts of a machine are found or None, and no fact stops a job."""

from types import SimpleNamespace

import pytest
import torch

from bench.machine import environment, gpu
from bench.machine.environment import (
    _build_setting,
    describe,
    physical_cores,
)
from tests.bench.machine.nvml import h100, properties


def test_the_facts_that_explain_a_time_are_there():
    found = describe("cpu")
    assert found["torch"] == torch.__version__
    assert found["threads"] == torch.get_num_threads()
    assert (found["device"], found["device_name"]) == ("cpu", found["cpu"])
    assert 1 <= found["usable_cores"] <= found["cores"]
    assert found["python"].count(".") == 2
    for name in ("numpy", "pillow", "scikit_image", "scipy", "safetensors", "torchvision"):
        assert found[name], name


def test_facts_are_the_same_from_job_to_job():
    """The site groups results by them."""
    assert describe("cpu") == describe("cpu")


@pytest.mark.parametrize(
    "group", ["project", "versions", "system", "processor", "variables", "torch_build", "arithmetic"]
)
def test_what_cannot_be_found_out_costs_nothing_else(monkeypatch, group):
    def fail(*_):
        raise RuntimeError("nobody knows")

    everything = describe("cpu")
    monkeypatch.setattr(environment, group, fail)
    found = describe("cpu")
    assert found["device"] == "cpu"
    assert 0 < len(everything) - len(found) < 20


def test_a_missing_driver_costs_only_what_it_would_have_told():
    found = describe("cuda:0")  # where there is none, or with one
    assert found["device"] == "cuda:0"
    assert found["torch"] == torch.__version__


def test_of_a_gpu_its_driver_is_asked(monkeypatch):
    told = {"name": "NVIDIA H200", "major": 9, "minor": 0, "total_memory": 150 * 1024**3, "multi_processor_count": 132}
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(**told))
    monkeypatch.setattr(gpu, "find", lambda _: gpu.match(h100(), properties()))
    found = environment.accelerator("cuda:0")
    assert found.pop("cuda") == torch.version.cuda
    assert found.pop("cudnn") == torch.backends.cudnn.version()
    assert found == {
        "device_name": "NVIDIA H200",
        "compute_capability": "9.0",
        "gpu_bytes": 150 * 1024**3,
        "gpu_processors": 132,
        "driver": "570.12",
        "gpu_slice": False,
        "gpu_power_limit_watts": 700.0,
        "gpu_persistence": True,
        "gpu_ecc": True,
    }


def test_switches_of_arithmetic_are_told_as_they_are_set():
    from nst.arithmetic import exact

    with exact():
        assert environment.arithmetic() == {
            "tf32": False,
            "tf32_matmul": False,
            "matmul_precision": "highest",
            "cudnn_benchmark": False,
            "deterministic": True,
            "deterministic_algorithms": False,
        }


def test_variables_that_decide_how_a_worker_computes():
    found = environment.variables({"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "2", "HOME": "/home/me"})
    assert {name: value for name, value in found.items() if value is not None} == {
        "thread_wait": "passive",
        "omp_threads": "2",
    }
    assert environment.variables({})["thread_wait"] == "default"


TWO_SOCKETS = "\n\n".join(
    f"processor : {k}\nphysical id : {socket}\ncore id : {core}"
    for k, (socket, core) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1), (0, 0), (0, 1), (1, 0), (1, 1)])
)


@pytest.mark.parametrize(("text", "cores"), [(TWO_SOCKETS, 4), ("processor : 0\nBogoMIPS : 50", None), ("", None)])
def test_threads_of_one_core_are_one_core(text, cores):
    assert physical_cores(text) == cores


def test_what_a_container_grants_stands_beside_what_the_machine_has(monkeypatch):
    monkeypatch.setattr(environment.cgroups, "processors", lambda: 1.5)
    monkeypatch.setattr(environment.cgroups, "memory_limit", lambda: 2**31)
    assert (environment.processor()["cpu_limit"], environment.system()["ram_limit_bytes"]) == (1.5, 2**31)


def test_settings_of_torchs_build():
    shown = "Build settings: BLAS_INFO=mkl, BUILD_TYPE=Release, "
    assert (_build_setting(shown, "BLAS_INFO"), _build_setting(shown, "FFT")) == ("mkl", None)
