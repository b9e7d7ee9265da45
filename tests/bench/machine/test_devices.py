"""Which slots ``--devices`` and ``--jobs`` make of a machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.machine import devices
from bench.machine.devices import Machine, find


def machine(gpus=0, cores=8, **variables):
    return Machine(cores, lambda: gpus, variables)


def names(slots):
    return [slot.name for slot in slots]


class TestWhichDevices:
    @pytest.mark.parametrize(
        ("wanted", "gpus", "expected"),
        [
            ("auto", 0, ["cpu"]),
            ("auto", 2, ["cuda:0", "cuda:1"]),
            ("cpu", 2, ["cpu"]),
            ("cuda", 2, ["cuda:0", "cuda:1"]),
            ("cuda:1", 2, ["cuda:1"]),
            ("cuda:0,cuda:2", 3, ["cuda:0", "cuda:2"]),
            ("cuda:0, cpu", 1, ["cuda:0", "cpu"]),
            ("cpu,cuda", 2, ["cpu", "cuda:0", "cuda:1"]),
        ],
    )
    def test_are_meant(self, wanted, gpus, expected):
        assert names(find(wanted, machine=machine(gpus))) == expected

    def test_gpus_are_not_looked_for_where_the_cpu_is_wanted(self):
        def gpus():
            raise AssertionError("asked for GPUs")

        assert names(find("cpu", machine=Machine(2, gpus))) == ["cpu"]

    @pytest.mark.parametrize(
        ("wanted", "jobs", "message"),
        [
            ("gpu", 1, "--devices gpu: expected auto, cpu, cuda, cuda:<n>, or several such as cuda:0,cuda:2"),
            ("", 1, "--devices : expected auto, cpu, cuda, cuda:<n>, or several such as cuda:0,cuda:2"),
            ("auto,cpu", 1, "--devices auto,cpu: expected auto, cpu, cuda, cuda:<n>, or several such as cuda:0,cuda:2"),
            ("cuda:01", 1, "--devices cuda:01: expected auto, cpu, cuda, cuda:<n>, or several such as cuda:0,cuda:2"),
            ("cuda:2", 1, "--devices cuda:2: there is no cuda:2; this machine has cpu and cuda:0, cuda:1"),
            (
                "cpu,cuda:0,cuda:0",
                1,
                "--devices cpu,cuda:0,cuda:0: cuda:0 is named twice; --jobs says how many jobs run on a device at a time",
            ),
            (
                "cuda,cuda:1",
                1,
                "--devices cuda,cuda:1: cuda:1 is named twice; --jobs says how many jobs run on a device at a time",
            ),
            ("cpu", 0, "--jobs 0: expected how many jobs run on a device at a time, 1 or more"),
        ],
    )
    def test_mistakes_are_named(self, wanted, jobs, message):
        with pytest.raises(BenchError) as caught:
            find(wanted, jobs, machine(gpus=2))
        assert str(caught.value) == message

    @pytest.mark.parametrize("wanted", ["cuda", "cuda:0"])
    def test_without_gpus_there_is_the_cpu_alone(self, wanted):
        with pytest.raises(BenchError) as caught:
            find(wanted, machine=machine())
        assert str(caught.value) == (
            f"--devices {wanted}: there is no {wanted}; this machine has cpu, but no CUDA device that torch can use"
        )


class TestSeveralJobsAtATime:
    def test_make_several_slots_of_a_device(self):
        slots = find("auto", 2, machine(gpus=2))
        assert [(slot.name, slot.device, slot.sharing) for slot in slots] == [
            ("cuda:0/1", "cuda:0", 2),
            ("cuda:1/1", "cuda:0", 2),
            ("cuda:0/2", "cuda:0", 2),
            ("cuda:1/2", "cuda:0", 2),
        ]

    def test_share_the_processor(self):
        assert [slot.threads for slot in find("cpu", 3, machine(cores=8))] == [2, 2, 2]

    def test_have_a_thread_each_at_least(self):
        said = []
        assert [slot.threads for slot in find("cpu", 3, machine(cores=2), said.append)] == [1, 1, 1]
        assert said == ["3 jobs at a time on 2 processor cores: they will wait for one another"]

    def test_that_fit_are_no_cause_for_a_warning(self):
        said = []
        find("cpu", 2, machine(cores=2), said.append)
        assert said == []


class TestVariables:
    def test_of_the_only_slot_give_it_the_whole_processor(self):
        (slot,) = find("cpu", machine=machine(cores=6))
        assert slot.variables == {"OMP_NUM_THREADS": "6", "MKL_NUM_THREADS": "6", "CUDA_VISIBLE_DEVICES": ""}

    @pytest.mark.parametrize(("own", "threads"), [("3", 3), ("4,2", 4), ("many", 8)])
    def test_for_threads_that_are_set_already_stay(self, own, threads):
        (slot,) = find("cpu", machine=machine(OMP_NUM_THREADS=own))
        assert slot.threads == threads
        assert "OMP_NUM_THREADS" not in slot.variables
        assert slot.variables["MKL_NUM_THREADS"] == str(threads)

    def test_show_a_worker_its_gpu_alone_numbered_as_on_the_bus(self):
        found = [slot.variables for slot in find("cuda", machine=machine(gpus=2, cores=2))]
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        assert found == [
            {**threads, "CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"},
            {**threads, "CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"},
        ]

    @pytest.mark.parametrize(
        ("own", "expected"),
        [("2,5", "5"), ("GPU-8f3a, GPU-11c2", "GPU-11c2"), ("MIG-4b,MIG-7c", "MIG-7c")],
    )
    def test_pick_from_the_devices_that_are_visible_already(self, own, expected):
        """Their order is not touched either: the numbers were meant in the order they were given for."""
        (slot,) = find("cuda:1", machine=machine(gpus=2, CUDA_VISIBLE_DEVICES=own))
        assert slot.variables["CUDA_VISIBLE_DEVICES"] == expected
        assert "CUDA_DEVICE_ORDER" not in slot.variables

    def test_keep_an_order_of_ones_own(self):
        (slot,) = find("cuda:0", machine=machine(gpus=1, CUDA_DEVICE_ORDER="FASTEST_FIRST"))
        assert "CUDA_DEVICE_ORDER" not in slot.variables

    def test_are_those_of_rocm_where_they_are_in_use(self):
        (slot,) = find("cuda:1", machine=machine(gpus=2, HIP_VISIBLE_DEVICES="4,6"))
        assert slot.variables["HIP_VISIBLE_DEVICES"] == "6"
        assert "CUDA_VISIBLE_DEVICES" not in slot.variables


class TestThisMachine:
    def test_has_as_many_cores_as_this_process_may_use(self):
        assert 1 <= devices.cores() <= os.cpu_count()

    def test_counts_two_hardware_threads_of_a_core_once(self, monkeypatch):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
        monkeypatch.setattr(devices.cgroups, "cores", lambda: None)
        monkeypatch.setattr(Path, "read_text", lambda path: {"cpu0": "0,2", "cpu2": "0,2"}.get(path.parts[-3], "1,3"))
        assert devices.cores() == 2

    def test_keeps_to_its_containers_quota(self, monkeypatch):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1000, 1001, 1002}, raising=False)
        monkeypatch.setattr(devices.cgroups, "cores", lambda: 2)
        assert devices.cores() == 2

    def test_without_a_driver_asks_no_torch(self, monkeypatch):
        monkeypatch.setattr(devices, "_has_gpu", lambda: False)
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
        assert devices.usable_gpus() == 0

    @pytest.mark.parametrize(("printed", "expected"), [("2\n", 2), ("", 0), ("no such library", 0)])
    def test_with_a_driver_believes_torch(self, monkeypatch, printed, expected):
        monkeypatch.setattr(devices, "_has_gpu", lambda: True)
        answer = subprocess.CompletedProcess([], 0, printed, "")
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
        assert devices.usable_gpus() == expected


def test_torch_is_not_imported_to_find_devices():
    code = "import sys; from bench.machine import devices; devices.find('auto'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
