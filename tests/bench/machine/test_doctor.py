"""What the doctor says of machines in every kind of disorder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from bench.errors import Exit
from bench.machine import torch_facts
from bench.machine.checks import Check, Probes
from bench.machine.doctor import examine
from bench.machine.torch_facts import Device, TorchFacts

GOOD = TorchFacts(
    torch="2.9.0", torchvision="0.24.0", threads=1, hub="/nowhere/hub", weights={"vgg19": "vgg19-dcbb9e9d.pth"}
)  # fmt: skip


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("NST_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("NST_WEIGHTS_DIR", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)


def probes(facts=GOOD, **others):
    """A machine in order, but for what is given."""
    known = {
        "torch": lambda: facts,
        "free_disk": lambda path: 50 * 10**9,
        "free_memory": lambda: 16 * 10**9,
        "installed": lambda name: True,
        "has_driver": lambda: False,
    }
    return Probes(**{**known, **others})


@pytest.fixture
def check(tmp_path):
    """One check of a report, by its name."""

    def find(name, machine=None):
        found = [check for check in examine(tmp_path / "results", machine or probes()).checks if check.name == name]
        assert len(found) == 1
        return found[0]

    return find


def as_text(check):
    return f"{check.level}: {check.message}" + (f" -> {check.remedy}" if check.remedy else "")


class TestReport:
    def test_a_machine_in_order_is_fine_and_left_as_it_was(self, tmp_path):
        report = examine(tmp_path / "results", probes())
        assert [c.name for c in report.checks if c.level != "ok"] == []
        assert report.exit_code is Exit.FINE
        assert list(tmp_path.iterdir()) == []

    def test_its_text_has_a_line_for_each_check_and_one_for_what_to_do(self, tmp_path):
        report = examine(tmp_path / "results", probes(TorchFacts(torch_error="ModuleNotFoundError: no torch")))
        lines = report.text.splitlines()
        at = next(i for i, line in enumerate(lines) if line.split()[1] == "torch")
        assert lines[at] == "bad   torch            ModuleNotFoundError: no torch"
        assert lines[at + 1] == (
            " " * 23 + "-> install torch: https://pytorch.org/get-started/locally has the command for this machine"
        )
        assert lines[-1] == f"{len(report.checks)} checks: 1 bad, 0 to know of"
        assert report.exit_code is Exit.USAGE

    def test_its_json_says_the_same(self, tmp_path):
        report = examine(tmp_path / "results", probes())
        told = json.loads(report.model_dump_json())
        assert [Check(**entry) for entry in told["checks"]] == list(report.checks)

    def test_a_check_that_fails_itself_does_not_stop_the_others(self, tmp_path):
        def broken():
            raise RuntimeError("boom")

        report = examine(tmp_path / "results", probes(torch=broken, free_memory=broken))
        found = {check.name: as_text(check) for check in report.checks}
        assert found["memory"] == "bad: could not be looked at: RuntimeError: boom -> please report this"
        assert found["torch"].startswith("bad: RuntimeError: boom -> install torch")
        assert found["samples"] == "ok: 26 pictures that come along can be read"


class TestTorch:
    def test_builds_that_do_not_match_are_told(self, check):
        facts = GOOD.model_copy(
            update={"torchvision_error": "RuntimeError: operator torchvision::nms does not exist"}
        )  # fmt: skip
        assert as_text(check("torch", probes(facts))) == (
            "bad: torch 2.9.0, torchvision 0.24.0 do not match: RuntimeError: operator torchvision::nms does not exist "
            "-> install both at once, from one index: https://pytorch.org/get-started/locally has the command for this "
            "machine"
        )

    def test_a_missing_torchvision_is_told(self, check):
        facts = TorchFacts(torch="2.9.0", torchvision_error="ModuleNotFoundError: No module named 'torchvision'")
        found = check("torch", probes(facts))
        assert (found.level, found.message) == ("bad", "ModuleNotFoundError: No module named 'torchvision'")

    def test_more_threads_than_cores_are_too_many(self, check):
        found = check("processor", probes(GOOD.model_copy(update={"threads": 4096})))
        assert found.level == "warn"
        assert found.message.endswith("cores, 4096 threads for torch")
        assert found.remedy.startswith("set OMP_NUM_THREADS=")


class TestTorchFacts:
    """Asked of true processes, with a false torch in their way."""

    @pytest.fixture
    def false_torch(self, tmp_path, monkeypatch):
        def make(torch, torchvision="", patience=60.0):
            (tmp_path / "torch.py").write_text(torch)
            (tmp_path / "torchvision.py").write_text(torchvision)
            monkeypatch.setenv("PYTHONPATH", str(tmp_path))
            return torch_facts.ask(patience)

        return make

    def test_the_true_torch_tells_its_version(self):
        facts = torch_facts.ask()
        told = subprocess.run(
            [sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=True
        )
        assert facts.torch == told.stdout.strip()
        assert (facts.torch_error, facts.torchvision_error) == ("", "")
        assert facts.weights["vgg19"].startswith("vgg19-")
        assert facts.threads >= 1

    def test_one_that_cannot_be_imported(self, false_torch):
        facts = false_torch("raise ImportError('libcudart.so.12: cannot open shared object file')")
        assert facts == TorchFacts(torch_error="ImportError: libcudart.so.12: cannot open shared object file")

    def test_one_that_ends_the_process(self, false_torch):
        facts = false_torch("import os, sys; print('Illegal instruction', file=sys.stderr, flush=True); os._exit(7)")
        assert facts.torch_error == "importing it ended the process with code 7: Illegal instruction"

    def test_one_that_hangs(self, false_torch):
        assert false_torch("import time; time.sleep(60)", patience=1.0).torch_error == (
            "importing it did not end within 1 s"
        )

    def test_a_torchvision_of_another_build(self, false_torch):
        facts = false_torch(
            "__version__ = '2.9.0'\n"
            "class hub: get_dir = staticmethod(lambda: '/hub')\n"
            "class version: cuda = None\n"
            "def get_num_threads(): return 2\n"
            "def zeros(*size): return None\n",
            "__version__ = '0.1'\n"
            "class ops:\n"
            "    @staticmethod\n"
            "    def nms(*given): raise RuntimeError('operator torchvision::nms does not exist')\n",
        )
        assert facts == TorchFacts(
            torch="2.9.0",
            torchvision="0.1",
            torchvision_error="RuntimeError: operator torchvision::nms does not exist",
            threads=2,
            hub="/hub",
        )


class TestCuda:
    def test_each_device_has_its_name_and_free_memory(self, tmp_path):
        devices = (
            Device(name="NVIDIA H200", free_bytes=140 * 10**9, total_bytes=150 * 10**9),
            Device(name="Tesla K80", error="RuntimeError: no kernel image is available"),
        )
        facts = GOOD.model_copy(update={"cuda_build": "12.8", "devices": devices})
        found = {
            c.name: as_text(c) for c in examine(tmp_path, probes(facts)).checks if c.name.lower().startswith("cuda")
        }
        assert found == {
            "cuda:0": "ok: NVIDIA H200, 140.0 GB of 150.0 GB free",
            "cuda:1": "warn: Tesla K80 fails: RuntimeError: no kernel image is available -> use a torch that was built "
            "for it: https://pytorch.org/get-started/locally has the command for this machine",
        }

    @pytest.mark.parametrize(
        ("build", "driver", "error", "expected"),
        [
            (None, False, "", "ok: this torch is built without CUDA: jobs run on the processor"),
            (None, True, "", "warn: this torch is built without CUDA: jobs run on the processor -> for the NVIDIA GPU: "
                             "https://pytorch.org/get-started/locally has the command for this machine"),
            ("12.8", False, "", "ok: no NVIDIA driver: jobs run on the processor"),
            ("12.8", True, "the driver is too old", "warn: the driver is too old: jobs run on the processor -> does "
             "nvidia-smi list one? A driver older than torch's CUDA 12.8 must be renewed"),
            ("12.8", True, "", "warn: there is a driver, and torch sees no device: jobs run on the processor -> does "
             "nvidia-smi list one? A driver older than torch's CUDA 12.8 must be renewed"),
        ],
    )  # fmt: skip
    def test_without_one_it_says_why(self, check, build, driver, error, expected):
        facts = GOOD.model_copy(update={"cuda_build": build, "cuda_error": error})
        assert as_text(check("CUDA", probes(facts, has_driver=lambda: driver))) == expected

    def test_devices_may_be_hidden(self, check, monkeypatch):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
        facts = GOOD.model_copy(update={"cuda_build": "12.8"})
        assert as_text(check("CUDA", probes(facts, has_driver=lambda: True))) == (
            "warn: CUDA_VISIBLE_DEVICES hides every device: jobs run on the processor -> unset it to use them"
        )


class TestRoom:
    @pytest.mark.parametrize(("free", "level"), [(50 * 10**9, "ok"), (10**9, "warn"), (10**7, "bad")])
    def test_a_full_disk_is_told(self, check, tmp_path, free, level):
        found = check("results", probes(free_disk=lambda path: free))
        assert found.level == level
        assert found.message.endswith(f" free in {tmp_path}")
        assert found.remedy == ("" if level == "ok" else "make room: every job keeps a picture and its curve")

    def test_a_place_that_is_no_folder_is_told(self, tmp_path):
        (tmp_path / "results").write_text("in the way")
        found = {c.name: c for c in examine(tmp_path / "results", probes()).checks}
        assert found["results"].level == found["file locks"].level == "bad"
        assert found["results"].message.startswith(f"{tmp_path / 'results'} cannot be written: ")
        assert found["results"].remedy == "name another folder with --out"

    @pytest.mark.parametrize(
        ("free", "expected"),
        [
            (10**9, "warn: 1.0 GB free -> close other programs, or keep size and width small"),
            (None, "ok: this system does not tell how much is free"),
        ],
    )
    def test_little_memory_is_told(self, check, free, expected):
        assert as_text(check("memory", probes(free_memory=lambda: free))) == expected

    def test_the_true_memory_is_known_here(self):
        free = Probes().free_memory()
        assert free is None or 10**6 < free < 10**14

    def test_locks_that_lock_nothing_are_told(self, check, tmp_path, monkeypatch):
        class Open(FileLock):
            def _acquire(self):
                self._context.lock_file_fd = os.open(self.lock_file, os.O_RDWR | os.O_CREAT)

        monkeypatch.setattr("filelock.FileLock", Open)
        assert as_text(check("file locks")) == (
            f"warn: none in {tmp_path} -> keep results on a local disk: two runs on one folder would not notice each "
            "other"
        )

    def test_a_cache_that_cannot_be_written_is_told(self, check, tmp_path):
        (tmp_path / "cache").write_text("in the way")
        found = check("cache")
        assert found.level == "warn"
        assert found.remedy.startswith("name another folder in NST_CACHE_DIR")


class TestWeights:
    def test_are_found_in_the_folder_of_one_s_own(self, check, tmp_path, monkeypatch):
        (tmp_path / "vgg19-dcbb9e9d.pth").write_bytes(b"")
        monkeypatch.setenv("NST_WEIGHTS_DIR", str(tmp_path))
        assert as_text(check("weights")) == (
            f"ok: ImageNet weights of vgg19 in {tmp_path}, then {Path('/nowhere/hub', 'checkpoints')}"
        )

    def test_may_not_be_there_yet(self, check):
        assert as_text(check("weights")) == (
            f"ok: no ImageNet weights yet in {Path('/nowhere/hub', 'checkpoints')} -> they are downloaded when a "
            "job first needs them; weights: random needs none"
        )

    def test_a_folder_that_is_none_is_told(self, check, monkeypatch):
        monkeypatch.setenv("NST_WEIGHTS_DIR", "/nowhere/weights")
        assert as_text(check("weights")) == (
            "warn: NST_WEIGHTS_DIR names /nowhere/weights, which is no folder -> make it, or unset the variable"
        )


class TestPackages:
    @pytest.mark.parametrize(
        ("lacking", "expected"),
        [
            ({"avif"}, "warn: Pillow lacks AVIF"),
            ({"avif", "webp"}, "bad: Pillow lacks WebP, AVIF"),
            ({"littlecms2"}, "bad: Pillow lacks colour profiles"),
        ],
    )
    def test_formats_that_pillow_lacks_are_told(self, check, monkeypatch, lacking, expected):
        from PIL import features

        for kind in ("modules", "codecs", "features"):
            known = set(getattr(features, f"get_supported_{kind}")()) - lacking
            monkeypatch.setattr(features, f"get_supported_{kind}", lambda known=known: list(known))
        monkeypatch.setattr("PIL.__version__", "")
        found = check("picture formats")
        assert f"{found.level}: {' '.join(found.message.split())}" == expected
        assert found.remedy == "pip install --upgrade pillow"

    def test_photographs_that_are_lost_are_told(self, check, monkeypatch, tmp_path):
        monkeypatch.setattr("nst.samples.photo_files.folder", lambda: tmp_path)
        found = check("samples")
        assert found.level == "bad"
        assert found.message.startswith("cannot be read: chelsea, astronaut, coffee")

    def test_what_is_not_installed_is_told_with_its_use(self, check):
        assert as_text(check("extras", probes(installed=lambda name: name == "playwright"))) == (
            "ok: playwright installed -> if wanted, pip install ray nvidia-ml-py (several machines, clocks of GPUs)"
        )
