"""A driver that tells what it is told to tell: the part of pynvml that is used, without a GPU."""

from types import SimpleNamespace


class NVMLError(Exception):
    pass


class FakeNvml:
    """One whole GPU, ``GPU-abc`` at 0000:17:00.0.

    Args:
        tells: by the name of a function, what it returns, or a function of its arguments; all others are not supported.
    """

    NVMLError = NVMLError
    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU, NVML_PERF_POLICY_THERMAL = 1, 2, 0, 1

    def __init__(self, **tells):
        self.tells = {
            "nvmlDeviceGetHandleByUUID": {"GPU-abc": "board"},
            "nvmlDeviceGetHandleByPciBusId": {"00000000:17:00.0": "board"},
            **tells,
        }

    def __getattr__(self, name):
        if not name.startswith("nvml"):
            raise AttributeError(name)

        def function(*arguments):
            told = self.tells.get(name)
            if isinstance(told, dict):
                told = told.get(arguments[-1])
            if callable(told):
                return told(*arguments)
            if told is None:
                raise NVMLError("Not Supported")
            return told

        return function


def h100(**more):
    """A data-centre GPU of the driver's newest kind, at work."""
    return FakeNvml(
        **{
            "nvmlDeviceGetClockInfo": {1: 1980, 2: 2619},
            "nvmlDeviceGetTemperature": 45,
            "nvmlDeviceGetPowerUsage": 312_500,
            "nvmlDeviceGetEnforcedPowerLimit": 700_000,
            "nvmlDeviceGetPowerManagementLimit": 700_000,
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=97, memory=20),
            "nvmlDeviceGetCurrentClocksEventReasons": lambda _: 0,
            "nvmlDeviceGetTotalEnergyConsumption": 5_000_250,
            "nvmlDeviceGetViolationStatus": SimpleNamespace(violationTime=7),
            "nvmlDeviceGetComputeRunningProcesses": lambda handle: [SimpleNamespace(pid=1)],
            "nvmlSystemGetDriverVersion": "570.12",
            "nvmlDeviceGetPersistenceMode": 1,
            "nvmlDeviceGetEccMode": [1, 1],
            "nvmlDeviceGetMigMode": [0, 0],
            **more,
        }
    )


def properties(uuid="abc", bus=0x17):
    """Of torch, for the GPU above."""
    return SimpleNamespace(uuid=uuid, pci_domain_id=0, pci_bus_id=bus, pci_device_id=0)
