"""How much memory a job may take, and what a container grants."""

import subprocess
import sys

import pytest

from bench.engines.local import LocalEngine
from bench.machine import allowance, cgroups
from bench.machine.devices import Slot

MEMINFO = "MemTotal:       24684096 kB\nMemAvailable:    8000000 kB\n"


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


V2 = {
    "proc/self/cgroup": "0::/user.slice/job.scope\n",
    "proc/self/mountinfo": "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
    "proc/meminfo": MEMINFO,
    "sys/fs/cgroup/user.slice/memory.max": "6000000000\n",
    "sys/fs/cgroup/user.slice/memory.current": "5000000000\n",
    "sys/fs/cgroup/user.slice/memory.stat": "anon 100\ninactive_file 400000000\nactive_file 100000000\n",
    "sys/fs/cgroup/user.slice/cpu.max": "250000 100000\n",
    "sys/fs/cgroup/user.slice/job.scope/memory.max": "max\n",
    "sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
    "sys/fs/cgroup/user.slice/job.scope/memory.events": "low 0\noom 3\noom_kill 2\n",
    "proc/vmstat": "nr_free_pages 1\noom_kill 9\n",
}

#: A container that sees its own group as the whole mount, under a path that only the machine can follow.
V1 = {
    "proc/self/cgroup": "5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n",
    "proc/self/mountinfo": (
        "40 31 0:35 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
        "41 31 0:32 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu,cpuacct\n"
    ),
    "proc/meminfo": MEMINFO,
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "3000000000\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": "2500000000\n",
    "sys/fs/cgroup/memory/memory.stat": "inactive_file 5\ntotal_inactive_file 300000000\ntotal_active_file 0\n",
    "sys/fs/cgroup/memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
}

UNLIMITED = {
    "proc/self/cgroup": "5:memory:/\n",
    "proc/self/mountinfo": "40 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
    "proc/meminfo": MEMINFO,
    "proc/vmstat": "oom_kill 9\n",
    "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    "sys/fs/cgroup/memory/memory.usage_in_bytes": "2500000000\n",
}


@pytest.mark.parametrize(
    ("files", "worth", "cores", "limit", "group", "free", "kills"),
    [
        (V2, 2.5, 2, 6_000_000_000, 1_500_000_000, 1_500_000_000, 2),
        (V1, 0.5, 1, 3_000_000_000, 800_000_000, 800_000_000, 4),
        (UNLIMITED, None, None, None, None, 8_192_000_000, 9),
        ({}, None, None, None, None, None, None),
    ],
    ids=["version 2", "version 1", "no limit", "no Linux"],
)
def test_the_tightest_limit_counts(tmp_path, files, worth, cores, limit, group, free, kills):
    write(tmp_path, files)
    assert (cgroups.processors(tmp_path), cgroups.cores(tmp_path)) == (worth, cores)
    assert (cgroups.memory_limit(tmp_path), cgroups.free_memory(tmp_path)) == (limit, group)
    assert (allowance.free(tmp_path), cgroups.oom_kills(tmp_path)) == (free, kills)


class TestParts:
    @pytest.mark.parametrize(("free", "held"), [(12, []), (10, [2]), (4, [2, 6])])
    def test_are_the_same_however_far_the_others_are(self, free, held):
        assert allowance.part(free, held, 2) == 6

    def test_are_unknown_where_nobody_tells_what_is_free(self):
        assert allowance.part(None, [], 2) is None
        assert allowance.more(None) is None

    def test_leave_nothing_to_who_holds_more(self):
        assert allowance.more(1) == 0

    def test_are_of_slots_on_the_processor_alone(self, tmp_path, monkeypatch):
        monkeypatch.setattr(allowance, "free", lambda: 12)
        engine = LocalEngine([Slot("cuda:0", "cuda:0"), Slot("cpu/1", "cpu"), Slot("cpu/2", "cpu")], tmp_path / "log")
        assert [engine._memory(slot) for slot in engine.slots] == [None, 6, 6]


def in_a_process(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep the limit")
class TestLimit:
    def test_makes_a_large_allocation_fail_and_lets_a_small_one_pass(self):
        assert in_a_process("""
from bench.machine import allowance
allowance.limit(100_000_000)
bytearray(50_000_000)
try:
    bytearray(200_000_000)
except MemoryError:
    print("refused")
allowance.limit(None)
bytearray(200_000_000)
print("granted")
""") == ["refused", "granted"]

    def test_tells_what_is_left_below_it(self):
        before, after = map(
            int,
            in_a_process("""
from bench.machine import allowance
allowance.limit(100_000_000)
print(allowance.left())
block = bytearray(50_000_000)
print(allowance.left())
"""),
        )
        assert 95e6 < before <= 100e6
        assert 49e6 < before - after < 52e6
