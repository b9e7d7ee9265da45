"""What the driver of an NVIDIA GPU tells: clocks, heat, power, energy, who computes on it. Never raises.

Through NVML (nvidia-ml-py), of which nothing is used that changes a setting. Whatever a GPU, its driver or the machine
does not tell is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.record import GpuState

#: What holds clocks down, by NVML's bits (nvml.h, nvmlClocksEventReason*).
REASONS: Mapping[int, str] = {
    0x1: "idle",
    0x2: "clocks set by a user",
    0x4: "power limit",
    0x8: "hardware slowdown",
    0x10: "clocks kept in step with other GPUs",
    0x20: "software slowdown for heat",
    0x40: "hardware slowdown for heat",
    0x80: "power brake",
    0x100: "clocks set for a display",
}
#: Those that come over a GPU from outside: times under them are not the GPU's own. A power limit is: it is part of it.
FORCED = (REASONS[0x8], REASONS[0x20], REASONS[0x40], REASONS[0x80])


@dataclass(frozen=True)
class Gpu:
    """A GPU, or a slice of one (MIG)."""

    nvml: Any
    """The module ``pynvml``, initialised."""
    handle: Any
    """What torch computes on."""
    board: Any
    """The whole GPU that it is or is a slice of."""
    sliced: bool
    uuid: str
    """Or another name that only it has on this machine."""

    def state(self) -> GpuState:
        """As of now."""
        n, board = self.nvml, self.board
        power, limit = self._ask("nvmlDeviceGetPowerUsage", board), self._ask("nvmlDeviceGetEnforcedPowerLimit", board)
        busy = self._ask("nvmlDeviceGetUtilizationRates", board)
        return GpuState(
            sm_mhz=self._ask("nvmlDeviceGetClockInfo", board, n.NVML_CLOCK_SM),
            memory_mhz=self._ask("nvmlDeviceGetClockInfo", board, n.NVML_CLOCK_MEM),
            temperature_celsius=self._ask("nvmlDeviceGetTemperature", board, n.NVML_TEMPERATURE_GPU),
            power_watts=None if power is None else power / 1000,
            power_limit_watts=None if limit is None else limit / 1000,
            utilisation=None if busy is None else busy.gpu / 100,
            slowed_by=self._slowed_by(),
        )

    def energy(self) -> float | None:
        """Joules since the driver was loaded; of a slice None, because the counter is the whole GPU's."""
        counted = None if self.sliced else self._ask("nvmlDeviceGetTotalEnergyConsumption", self.board)
        return None if counted is None else counted / 1000

    def heat_ns(self) -> int | None:
        """Nanoseconds that it was slowed down for heat since the driver was loaded."""
        policy = getattr(self.nvml, "NVML_PERF_POLICY_THERMAL", None)
        found = None if policy is None else self._ask("nvmlDeviceGetViolationStatus", self.board, policy)
        return None if found is None else int(found.violationTime)

    def processes(self) -> int | None:
        """How many processes compute on it, this one included; None where they are hidden, as in some containers."""
        if self.sliced and self.handle is self.board:
            return None  # those of all slices
        found = self._ask("nvmlDeviceGetComputeRunningProcesses", self.handle)
        return len(found) if found else None

    def facts(self) -> dict[str, Any]:
        """What stays as it is from job to job."""
        limit = self._ask("nvmlDeviceGetPowerManagementLimit", self.board)
        persistent, ecc = (
            self._ask("nvmlDeviceGetPersistenceMode", self.board),
            self._ask("nvmlDeviceGetEccMode", self.board),
        )
        driver = self._ask("nvmlSystemGetDriverVersion")
        return {
            "driver": driver.decode() if isinstance(driver, bytes) else driver,
            "gpu_slice": self.sliced,
            "gpu_power_limit_watts": None if limit is None else limit / 1000,
            "gpu_persistence": None if persistent is None else bool(persistent),
            "gpu_ecc": None if ecc is None else bool(ecc[0]),
        }

    def _slowed_by(self) -> list[str] | None:
        bits = self._ask("nvmlDeviceGetCurrentClocksEventReasons", self.board)
        if bits is None:  # its name before driver 535
            bits = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons", self.board)
        return None if bits is None else reasons(bits)

    def _ask(self, function: str, *arguments: Any) -> Any:
        return _ask(self.nvml, function, *arguments)


def reasons(bits: int) -> list[str]:
    """NVML's bits in words; an unknown one as its number."""
    single = [1 << place for place in range(bits.bit_length()) if bits >> place & 1]
    return [REASONS.get(bit, f"reason {bit:#x}") for bit in single]


@cache
def find(device: str) -> Gpu | None:
    """The GPU behind torch's ``cuda`` or ``cuda:<n>``, whatever CUDA_VISIBLE_DEVICES makes of the numbers.

    None for a processor, for another maker's GPU, and where NVML is missing or does not know it.
    """
    if not device.startswith("cuda"):
        return None
    try:
        import pynvml
        import torch

        properties = torch.cuda.get_device_properties(device)
        pynvml.nvmlInit()
    except Exception:  # no NVML, no driver, no such device: nothing to be told
        return None
    return match(pynvml, properties)


def match(nvml: Any, properties: Any) -> Gpu | None:
    """The GPU of these properties (:func:`torch.cuda.get_device_properties`): by UUID, else by its place on the bus."""
    uuid = str(getattr(properties, "uuid", "") or "")
    piece = _ask(nvml, "nvmlDeviceGetHandleByUUID", f"MIG-{uuid}") if uuid else None
    if piece is not None:
        board = _ask(nvml, "nvmlDeviceGetDeviceHandleFromMigDeviceHandle", piece)
        return None if board is None else Gpu(nvml, piece, board, True, f"MIG-{uuid}")
    name = f"GPU-{uuid}"
    board = _ask(nvml, "nvmlDeviceGetHandleByUUID", name) if uuid else None
    if board is None and hasattr(properties, "pci_bus_id"):
        place = f"{properties.pci_domain_id:08x}:{properties.pci_bus_id:02x}:{properties.pci_device_id:02x}.0"
        name, board = f"GPU at {place}", _ask(nvml, "nvmlDeviceGetHandleByPciBusId", place)
    if board is None:
        return None
    mode = _ask(nvml, "nvmlDeviceGetMigMode", board)
    return Gpu(nvml, board, board, bool(mode and mode[0]), name)


def _ask(nvml: Any, function: str, *arguments: Any) -> Any:
    """None where NVML has no such function, or answers with an error."""
    with suppress(nvml.NVMLError, AttributeError):
        return getattr(nvml, function)(*arguments)
    return None
