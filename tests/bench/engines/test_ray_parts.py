"""The parts of the Ray engine that need no cluster: what its nodes have room for, and files on their way."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli import main
from bench.engines import InputFile, Order, Pack, Probe
from bench.engines.ray import cluster
from bench.engines.ray.cluster import Names, Node, Request, Share, request
from bench.engines.ray.parcels import Inbox, Outbox, collect, deliver
from bench.errors import BenchError

BOX = Node("b", "box", cpus=16, gpus=0)
FAST = Node("f", "fast", cpus=32, gpus=4, accelerators=frozenset({"H200"}))
OLD = Node("o", "old", cpus=8, gpus=2, accelerators=frozenset({"T4"}))


class TestRequests:
    @pytest.mark.parametrize(
        ("devices", "jobs", "accelerator", "nodes", "expected"),
        [
            ("auto", None, None, [BOX], Request("cpu")),
            ("auto", None, None, [BOX, OLD], Request("cuda")),
            ("auto", 2, None, [BOX], Request("cpu", 2)),
            ("cpu", None, None, [BOX, OLD], Request("cpu")),
            ("cuda", 3, None, [OLD], Request("cuda", 3)),
            ("auto", None, "H200", [FAST, OLD], Request("cuda", 1, "H200")),
        ],
    )
    def test_follow_from_options_and_nodes(self, devices, jobs, accelerator, nodes, expected):
        assert request(devices, jobs, accelerator, nodes) == expected

    @pytest.mark.parametrize(
        ("devices", "jobs", "accelerator", "message"),
        [
            (
                "cuda",
                None,
                None,
                "--devices cuda: no node of the cluster can do this; it has 1 node with 16 processors and no GPU",
            ),
            (
                "auto",
                None,
                "A100",
                "--devices auto --accelerator A100: no node of the cluster can do this; it has 1 node",
            ),
            ("cpu", 17, None, "--devices cpu --jobs 17: no node of the cluster can do this"),
            ("auto", 0, None, "--jobs 0: expected how many jobs run on a device at a time, 1 or more"),
            ("cuda:1", None, None, "--devices cuda:1: with --engine ray, expected auto, cpu or cuda"),
            ("cpu", None, "A100", "--accelerator A100: names GPUs, but --devices cpu asks for none"),
        ],
    )
    def test_that_no_node_can_do_are_refused(self, devices, jobs, accelerator, message):
        with pytest.raises(BenchError) as caught:
            request(devices, jobs, accelerator, [BOX])
        assert str(caught.value).startswith(message)

    @pytest.mark.parametrize(
        ("asked", "node", "slots", "share"),
        [
            (Request("cpu"), BOX, 1, Share(16, 0.0)),
            (Request("cpu", 3), BOX, 3, Share(5, 0.0)),
            (Request("cuda"), FAST, 4, Share(8, 1.0)),
            (Request("cuda", 2), FAST, 8, Share(4, 0.5)),
            (Request("cuda", 1, "T4"), FAST, 0, None),
            (Request("cuda", 8), OLD, 16, Share(0, 0.125)),
        ],
    )
    def test_give_slots_their_shares_of_a_node(self, asked, node, slots, share):
        assert asked.slots(node) == slots
        assert share is None or asked.share(node) == share

    def test_are_held_against_what_ray_tells_of_nodes_that_are_at_work(self):
        told = {
            "NodeID": "f",
            "Alive": True,
            "NodeManagerHostname": "fast",
            "Resources": {"CPU": 32.0, "GPU": 4.0, "accelerator_type:H200": 1.0, "memory": 1e9, "node:1.2.3.4": 1.0},
        }
        assert cluster.alive([told, {**told, "NodeID": "g", "Alive": False}]) == {"f": FAST}


def test_nodes_are_called_by_their_hosts_and_told_apart_where_those_are_the_same():
    names = Names()
    twice = [Node(id, "box", 1, 0) for id in "abcab"]
    assert [names.of(node) for node in twice] == ["box", "box.2", "box.3", "box", "box.2"]


@pytest.mark.parametrize(
    ("device", "number", "each", "name"),
    [
        ("cpu", 0, 1, "cpu on box"),
        ("cpu", 1, 2, "cpu/2 on box"),
        ("cuda", 3, 1, "cuda:3 on box"),
        ("cuda", 3, 2, "cuda:1/2 on box"),
    ],
)
def test_slots_are_called_as_on_one_machine_with_their_node(device, number, each, name):
    assert cluster.slot_name(device, number, each, "box") == name


class Network:
    """Bytes by number, and how often they were fetched."""

    def __init__(self):
        self.put_there, self.fetched = [], []

    def put(self, data):
        self.put_there.append(data)
        return len(self.put_there) - 1

    def fetch(self, number):
        self.fetched.append(number)
        return self.put_there[number]


@pytest.fixture
def network():
    return Network()


@pytest.fixture
def files(tmp_path):
    """Four files, by their names."""
    paths = {name: tmp_path / name for name in ("content.png", "style.png", "mask.png", "own.safetensors")}
    for name, path in paths.items():
        path.write_bytes(b"%" + name.encode())
    return paths


def order(files, tmp_path, id="job"):
    style = InputFile(files["style.png"], 0.5, mask=str(files["mask.png"]), style_mask="mask:left")
    inputs = {"content": [InputFile(files["content.png"])], "style": [style]}
    return Order(id, {"backbone": "vgg19"}, inputs, str(files["own.safetensors"]), tmp_path / id)


class TestParcels:
    def test_arrive_as_they_were_under_names_of_their_contents(self, network, files, tmp_path):
        addressed, needed = Outbox(network.put).address(order(files, tmp_path))
        assert not any(str(tmp_path) in str(part) for part in (addressed.inputs, addressed.weights))
        there = Inbox(tmp_path / "node", network.fetch).unpack(addressed, needed)
        style = there.inputs["style"][0]
        paths = [there.inputs["content"][0].path, style.path, Path(style.mask), Path(there.weights)]
        assert [path.read_bytes() for path in paths] == [b"%" + name.encode() for name in files]
        assert [path.stem for path in paths] == [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
        assert [path.suffix for path in paths] == [".png", ".png", ".png", ".safetensors"]
        assert (style.weight, style.style_mask) == (0.5, "mask:left")

    def test_go_to_a_node_once_whichever_slot_asks_and_whatever_the_order(self, network, files, tmp_path):
        outbox = Outbox(network.put)
        inboxes = [Inbox(tmp_path / "node", network.fetch) for _ in range(2)]
        for number, inbox in enumerate([*inboxes, *inboxes]):
            given = Pack("pack", [order(files, tmp_path, f"job-{number}"), order(files, tmp_path, f"other-{number}")])
            inbox.unpack(*outbox.address(given))
        assert len(network.put_there) == len(network.fetched) == len(files)
        assert [len(inbox.fetched) for inbox in inboxes] == [4, 0]

    def test_that_changed_are_sent_as_they_are_now(self, network, files, tmp_path):
        outbox = Outbox(network.put)
        first, _ = outbox.address(order(files, tmp_path))
        files["content.png"].write_bytes(b"another picture, longer than the first")
        second, needed = outbox.address(order(files, tmp_path))
        assert first.inputs["content"] != second.inputs["content"]
        assert first.inputs["style"] == second.inputs["style"]
        there = Inbox(tmp_path / "node", network.fetch).unpack(second, needed)
        assert there.inputs["content"][0].path.read_bytes() == b"another picture, longer than the first"

    def test_that_were_altered_on_their_way_are_refused(self, network, files, tmp_path):
        addressed, needed = Outbox(network.put).address(order(files, tmp_path))
        inbox = Inbox(tmp_path / "node", lambda number: network.fetch(number) + b"?")
        with pytest.raises(OSError, match="was altered on its way"):
            inbox.unpack(addressed, needed)
        assert not [path for path in (tmp_path / "node").iterdir() if path.suffix == ".png"]

    def test_are_kept_ready_no_further_than_there_is_room(self, network, files, tmp_path):
        outbox = Outbox(network.put, room=30)
        for _ in range(2):
            outbox.address(order(files, tmp_path))
        assert len(network.put_there) > len(files)  # put again, as the room had gone to others
        assert sum(parcel.size for parcel in outbox._held.values()) <= 30

    @pytest.mark.parametrize("weights", ["none", "random:0", "packaged"])
    def test_leave_out_what_nodes_have_by_themselves(self, network, weights, tmp_path):
        given = Order("job", {"backbone": "vgg19"}, {}, weights, tmp_path)
        assert Outbox(network.put).address(given) == (given, {})

    def test_bring_imagenet_weights_that_the_driver_has(self, network, tmp_path, monkeypatch):
        (tmp_path / "squeezenet1_1-b8a52dc0.pth").write_bytes(b"weights")
        monkeypatch.setenv("NST_WEIGHTS_DIR", str(tmp_path))
        monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
        outbox = Outbox(network.put)
        given = Order("job", {"backbone": "squeezenet1_1"}, {}, "imagenet", tmp_path)
        there = Inbox(tmp_path / "node", network.fetch).unpack(*outbox.address(given))
        assert Path(there.weights).read_bytes() == b"weights"
        without, needed = outbox.address(Order("job", {"backbone": "vgg11"}, {}, "imagenet", tmp_path))
        assert (without.weights, needed) == ("imagenet", {})  # the node has it, or downloads it

    def test_bring_the_weights_of_a_trial(self, network, files, tmp_path):
        content = {"weights": str(files["own.safetensors"]), "parameters": {"backbone": "vgg19"}}
        outbox = Outbox(network.put)
        there = Inbox(tmp_path / "node", network.fetch).unpack(*outbox.address(Probe("probe", "trial", content)))
        assert Path(there.content["weights"]).read_bytes() == b"%own.safetensors"
        bare = Probe("probe", "steadiness")
        assert outbox.address(bare) == (bare, {})


class TestResults:
    def test_come_back_by_their_names(self, tmp_path):
        there, here = (Order("job", {}, {}, "none", tmp_path / place) for place in ("there", "here"))
        for one in (there, here):
            one.folder.mkdir()
        (there.folder / "image.png").write_bytes(b"a picture")
        (there.folder / "scratch").write_bytes(b"not named")
        deliver(here, collect(there, {"job": {"files": {"image.png": "sha"}}}))
        assert [(path.name, path.read_bytes()) for path in here.folder.iterdir()] == [("image.png", b"a picture")]

    def test_stay_in_the_folder_of_their_order(self, tmp_path):
        with pytest.raises(OSError, match="is no name for a file of a job"):
            deliver(Order("job", {}, {}, "none", tmp_path / "here"), {"job": {"../image.png": b""}})


def test_without_the_extra_it_is_named(manifest, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in [name for name in sys.modules if name.startswith("bench.engines.ray.")]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["run", str(manifest()), "--engine", "ray"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("--engine ray: Ray cannot be imported (")
    assert said.endswith("): pip install 'nst-bench[ray]'\n")


@pytest.mark.parametrize("option", [("--address", "head:6379"), ("--accelerator", "A100")])
def test_options_of_a_cluster_are_refused_without_one(manifest, capsys, option):
    assert main(["run", str(manifest()), *option]) == 2
    assert capsys.readouterr().err == f"{' '.join(option)}: is of a cluster; add --engine ray\n"


@pytest.mark.slow
def test_a_run_on_this_machine_knows_nothing_of_ray(manifest, folder):
    code = (
        "import sys; from bench.cli import main; "
        "code = main(['run', 'small.yaml', '--only', 'one x left, init noise', '--no-measure', '--quiet']); "
        "sys.exit(code or [name for name in sys.modules if name.partition('.')[0] == 'ray'] or 0)"
    )
    manifest()
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin"}
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert made.returncode == 0, made.stderr
