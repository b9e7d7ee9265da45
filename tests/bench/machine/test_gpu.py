"""What is told of a GPU is told as it is, and what is not told is None; by a fake driver."""

import sys
from types import SimpleNamespace

import pytest

from bench.machine import gpu
from bench.record import GpuState
from tests.bench.machine.nvml import FakeNvml, h100, properties


def test_a_gpu_that_tells_everything():
    found = gpu.match(h100(), properties())
    assert found.state() == GpuState(
        sm_mhz=1980,
        memory_mhz=2619,
        temperature_celsius=45,
        power_watts=312.5,
        power_limit_watts=700.0,
        utilisation=0.97,
        slowed_by=[],
    )
    assert (found.energy(), found.heat_ns(), found.processes()) == (5000.25, 7, 1)
    assert found.facts() == {
        "driver": "570.12",
        "gpu_slice": False,
        "gpu_power_limit_watts": 700.0,
        "gpu_persistence": True,
        "gpu_ecc": True,
    }


def test_a_gpu_that_tells_nothing():
    found = gpu.match(FakeNvml(), properties())
    assert found.state() == GpuState()
    assert (found.energy(), found.heat_ns(), found.processes()) == (None, None, None)
    assert found.facts() == dict.fromkeys(("driver", "gpu_power_limit_watts", "gpu_persistence", "gpu_ecc"), None) | {
        "gpu_slice": False
    }


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        (0, []),
        (0x1, ["idle"]),
        (0x4 | 0x40, ["power limit", "hardware slowdown for heat"]),
        (0x8 | 0x80, ["hardware slowdown", "power brake"]),
        (0x20, ["software slowdown for heat"]),
        (0x800, ["reason 0x800"]),
    ],
)
def test_reasons_for_low_clocks_in_words(bits, words):
    assert gpu.reasons(bits) == words


def test_the_bits_are_those_of_the_library():
    pynvml = pytest.importorskip("pynvml")
    names = ("GpuIdle", "UserDefinedClocks", "SwPowerCap", "HwSlowdown", "SyncBoost", "SwThermalSlowdown",
             "HwThermalSlowdown", "HwPowerBrakeSlowdown", "DisplayClockSetting")  # fmt: skip
    assert [getattr(pynvml, f"nvmlClocksEventReason{name}") for name in names] == list(gpu.REASONS)


def test_drivers_before_the_reasons_were_renamed_are_asked_by_the_old_name():
    old = h100(nvmlDeviceGetCurrentClocksEventReasons=None, nvmlDeviceGetCurrentClocksThrottleReasons=0x20)
    assert gpu.match(old, properties()).state().slowed_by == ["software slowdown for heat"]


def test_a_library_without_a_function_is_as_a_driver_that_does_not_support_it():
    class Old(FakeNvml):
        def __getattr__(self, name):
            if name == "nvmlDeviceGetTotalEnergyConsumption":
                raise AttributeError(name)
            return super().__getattr__(name)

    assert gpu.match(Old(), properties()).energy() is None


class TestWhichGpu:
    def test_by_its_uuid_whatever_number_it_has(self):
        found = gpu.match(h100(), properties(bus=0x99))
        assert (found.board, found.uuid, found.sliced) == ("board", "GPU-abc", False)

    @pytest.mark.parametrize("uuid", [None, "unknown"])
    def test_else_by_its_place_on_the_bus(self, uuid):
        assert gpu.match(h100(), properties(uuid=uuid)).board == "board"

    def test_one_that_the_driver_does_not_know_is_no_other(self):
        assert gpu.match(h100(), properties(uuid="unknown", bus=0x99)) is None
        assert gpu.match(h100(), SimpleNamespace(uuid="unknown")) is None

    def test_two_in_places_without_uuids_are_told_apart(self):
        """The name under which other processes see that it is taken."""
        driver = h100(nvmlDeviceGetHandleByPciBusId={"00000000:17:00.0": "one", "00000000:18:00.0": "two"})
        one, two = (gpu.match(driver, properties(uuid=None, bus=bus)) for bus in (0x17, 0x18))
        assert one.uuid != two.uuid


class TestSlices:
    def slice(self, **more):
        known = {"MIG-abc": "slice", "GPU-abc": None}
        given = {"nvmlDeviceGetHandleByUUID": known, "nvmlDeviceGetDeviceHandleFromMigDeviceHandle": "board", **more}
        return gpu.match(h100(**given), properties())

    def test_a_slice_has_the_clocks_of_its_gpu_and_processes_of_its_own(self):
        both = {"slice": [SimpleNamespace(pid=1)], "board": [SimpleNamespace(pid=k) for k in range(7)]}
        found = self.slice(nvmlDeviceGetComputeRunningProcesses=lambda handle: both[handle])
        assert (found.state().sm_mhz, found.processes(), found.sliced, found.uuid) == (1980, 1, True, "MIG-abc")

    def test_the_energy_of_the_whole_gpu_is_not_that_of_a_slice(self):
        assert self.slice().energy() is None
        assert self.slice().facts()["gpu_slice"] is True

    def test_under_the_uuid_of_its_gpu_a_slice_knows_neither_its_energy_nor_its_processes(self):
        found = gpu.match(h100(nvmlDeviceGetMigMode=[1, 1]), properties())
        assert (found.sliced, found.energy(), found.processes()) == (True, None, None)


class TestFind:
    @pytest.fixture(autouse=True)
    def afresh(self):
        gpu.find.cache_clear()
        yield
        gpu.find.cache_clear()

    def test_a_processor_is_no_gpu(self):
        assert gpu.find("cpu") is None

    @pytest.mark.parametrize("trouble", ["no module", "no driver", "no device"])
    def test_whatever_is_missing_nothing_is_told(self, monkeypatch, trouble):
        driver = h100(nvmlInit=None if trouble == "no driver" else "fine")
        monkeypatch.setitem(sys.modules, "pynvml", None if trouble == "no module" else driver)

        def described(_):
            if trouble == "no device":
                raise RuntimeError("no CUDA device")
            return properties()

        monkeypatch.setattr("torch.cuda.get_device_properties", described)
        assert gpu.find("cuda:0") is None

    def test_with_all_of_them_it_is_there(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pynvml", h100(nvmlInit="fine"))
        monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: properties())
        assert gpu.find("cuda:0").uuid == "GPU-abc"
