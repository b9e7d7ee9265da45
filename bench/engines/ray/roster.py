"""The slots of a cluster as its nodes come and go: asked for, welcomed, lost, and left out where they cannot be had.

Nothing here happens by itself: the engine asks for answers and for a look around, in one thread.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

import bench
from bench.engines import Order, Pack, Probe, Standing
from bench.engines.ray import cluster
from bench.engines.ray.cluster import Names, Node, Request
from bench.engines.ray.errors import first_line, mistake
from bench.engines.ray.seat import Facts, Seat, source_hash
from bench.errors import BenchError
from bench.machine.environment import VARIABLES

#: Seconds between two looks at which nodes there are.
LOOK = 2.0

#: Seconds for the other slots to come up once the first has.
_SETTLING = 15.0

#: Seconds in which a cluster that has lost all its nodes may get others.
_EMPTY = 600.0

#: Seconds that a node of no use has to take away what was put on it.
_LEAVING = 2.0

#: Seconds for which a node rests of which a slot did not come up. One that was killed is known to be dead by then.
_REST = 30.0

#: Slots of a node that may fail to come up, one after another, before it is left out.
_TRIES = 2

_KEPT = "What ended is kept: run the same command again to go on"


@dataclass(eq=False)
class Held:
    """A slot as the driver knows it."""

    name: str
    node: Node
    actor: Any
    ready: bool = False
    given: Order | Pack | Probe | None = None
    generation: int = 0
    """How often it was stopped."""
    listening: bool = False
    """Whether it was asked what happens, and has not answered yet."""
    heard: int = 0
    """Number of the last event that was heard of it."""
    silent_since: float | None = None
    """When it could not be reached any more."""


class Roster:
    """Args:
    folder: name of the folder that a run's slots have on every node; the node's id is added.
    lost: told of a slot that has gone, with the reason.
    tell: takes sentences for people.
    command: how to start a worker, all of it; None: as the local engine does.
    now: a monotonic clock in seconds.
    """

    def __init__(
        self,
        folder: str,
        lost: Callable[[Held, str], None],
        tell: Callable[[str], None],
        command: Sequence[str] | None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._lost, self._tell, self._command, self._now = folder, lost, tell, command, now
        self.held: dict[str, Held] = {}
        """By name, those that are still to come up among them."""
        self._request = Request("cpu")
        self._nodes: dict[str, Node] = {}
        self._names = Names()
        self._answers: queue.Queue[tuple[Held, str, Future[Any]]] = queue.Queue()
        self._failed: Counter[str] = Counter()
        """Slots that did not come up, by node."""
        self._resting: dict[str, float] = {}
        """Until when such a node is not asked again."""
        self._left_out: dict[str, str] = {}
        """Nodes that cannot run workers, with the reason."""
        self._giving_way: set[str] = set()
        """Nodes whose workers give way to other processes, as was told."""
        self._gone: list[str] = []
        self._looked = self._peopled = now()
        self.ready: Sequence[str] = ()
        """Names of the slots that can be given orders."""
        self.standing = Standing(0, 0, 0)

    def _changed(self, note: str = "") -> None:
        """Count anew; asked for at every event, what is counted here must not be then."""
        self.ready = tuple(name for name, held in self.held.items() if held.ready)
        nodes = {held.node.id: held.node for held in self.held.values() if held.ready}
        gpus = sum(int(node.gpus) for node in nodes.values()) if self._request.device == "cuda" else 0
        self.standing = Standing(len(nodes), gpus, len(self.ready), tuple(self._gone), note)

    def host(self, held: Held) -> str:
        """Name of a slot's node."""
        return self._names.of(held.node)

    # -- asking -------------------------------------------------------------------------------

    def ask(self, held: Held, what: str, reference: Any) -> None:
        """Have the answer to a question to a slot's actor come up in :meth:`answer`, under the name ``what``."""
        reference.future().add_done_callback(lambda answer: self._answers.put((held, what, answer)))

    def remind(self, held: Held, what: str, seconds: float) -> None:
        """Have an empty answer come up after a while."""
        empty: Future[Any] = Future()
        empty.set_result(None)
        timer = threading.Timer(seconds, lambda: self._answers.put((held, what, empty)))
        timer.daemon = True
        timer.start()

    def answer(self, seconds: float) -> tuple[Held, str, Future[Any]] | None:
        """The next answer of a slot that is still there; None where none came in time."""
        with suppress(queue.Empty):
            held, what, answer = self._answers.get(timeout=max(0.0, seconds))
            if self.held.get(held.name) is held:
                return held, what, answer
        return None

    # -- coming -------------------------------------------------------------------------------

    def open(self, request: Callable[[Sequence[Node]], Request]) -> None:
        """Ask for slots, and wait for them: as long as it takes for one, and then a while for the others.

        Raises:
            BenchError: when the cluster cannot do what is asked, or none of its nodes can run workers.
        """
        self._request = request(list(_cluster().values()))
        self.look()
        asked, first = self._now(), float("inf")
        while not self.ready or any(not held.ready for held in self.held.values()):
            if self.ready:
                first = min(first, self._now())
            elif self._now() - asked >= _SETTLING:
                self._tell("waiting for room on the cluster: others use what this run asks for")
                asked = float("inf")
            if self._now() - first >= _SETTLING:
                break
            if (found := self.answer(0.2)) is not None:
                self.welcome(found[0], found[2])
            self.look_again()
        self._changed()

    def welcome(self, held: Held, answer: Future[Facts]) -> None:
        """A slot has come up, or failed to: it is ready where its node runs the same code as this process."""
        error = answer.exception()
        if error is not None:
            self._refused(held, error)
        elif answer.result().code != source_hash():
            self.leave_out(held.node, f"{self.host(held)} has other code of nst-bench: {_other(answer.result())}")
        else:
            self._tell_niceness(held, answer.result())
            first = not any(other.ready for other in self.held.values() if other.node.id == held.node.id)
            held.ready = True
            self._failed.pop(held.node.id, None)
            self._changed(f"{self.host(held)} is ready" if first else "")

    def _refused(self, held: Held, error: BaseException) -> None:
        """A slot did not come up: its node cannot run workers, or has just gone away, which will be known soon."""
        node, why = held.node, mistake(error) or first_line(error)
        self.lose(held, why)
        self._failed[node.id] += 1
        self._resting[node.id] = self._now() + _REST
        if mistake(error) or self._failed[node.id] >= _TRIES:
            self.leave_out(node, f"{self.host(held)} cannot run workers: {why}")

    def _tell_niceness(self, held: Held, facts: Facts) -> None:
        if facts.niceness > 0 and held.node.id not in self._giving_way:
            self._giving_way.add(held.node.id)
            self._tell(
                f"warning: workers on {self.host(held)} give way to all else there: begin its Ray with "
                "RAY_worker_niceness=0, or compare no times of it"
            )

    def look_again(self) -> None:
        """:meth:`look`, if it is time."""
        if self._now() - self._looked >= LOOK:
            self.look()

    def look(self) -> None:
        """Lose what has gone, and ask for slots on what has come.

        Raises:
            BenchError: when the cluster cannot be reached any more, or has had no node that can run workers for long.
        """
        nodes = _cluster()
        for gone in [node for id, node in self._nodes.items() if id not in nodes]:
            self._depart(gone)
        self._nodes = nodes
        for node in nodes.values():
            if node.id not in self._left_out and self._resting.get(node.id, 0.0) <= self._now():
                self._fill(node)
        self._looked = self._now()
        if self.held:
            self._peopled = self._now()
        elif any(id in self._left_out for id in nodes):
            raise self._useless()
        elif self._now() - self._peopled >= _EMPTY:
            raise BenchError(f"no node of the cluster could run jobs for {_EMPTY / 60:.0f} minutes. {_KEPT}")

    def _fill(self, node: Node) -> None:
        """Ask for the slots that a node has room for and not yet."""
        request = self._request
        for number in range(request.slots(node)):
            name = cluster.slot_name(request.device, number, request.each, self._names.of(node))
            if name not in self.held:
                self.held[name] = held = Held(name, node, self._actor(node))
                self.ask(held, "facts", held.actor.facts.remote())

    def _actor(self, node: Node) -> Any:
        share, request = self._request.share(node), self._request
        place = ray.remote(Seat).options(
            num_cpus=share.cpus,
            num_gpus=share.gpus,
            accelerator_type=request.accelerator,
            max_restarts=0,
            max_concurrency=4,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False),
        )
        device = "cpu" if request.device == "cpu" else "cuda:0"
        folder = f"{self._folder}-{node.id[:12]}"
        return place.remote(device, request.each, share.cpus, _own_variables(os.environ), folder, self._command)

    def _useless(self) -> BenchError:
        return BenchError(f"no node of the cluster can run workers: {'; '.join(self._left_out.values())}")

    # -- going --------------------------------------------------------------------------------

    def lose(self, held: Held, why: str, note: str = "") -> None:
        """A slot has gone, and its order with it.

        Args:
            why: stands in the try of its order.
            note: what the run tells, where nothing else says it.
        """
        self.held.pop(held.name, None)
        self._changed(note)
        self._lost(held, why)
        with suppress(Exception):
            ray.kill(held.actor)

    def _depart(self, node: Node) -> None:
        name = self._names.of(node)
        held = [held for held in self.held.values() if held.node.id == node.id]
        for one in held:
            self.lose(one, "the node went away")
        if self._request.slots(node) and node.id not in self._left_out:
            self._gone.append(name)
            self._changed(f"{name} went away")

    def leave_out(self, node: Node, why: str) -> None:
        """Give a node up that is there, but of no use."""
        self._left_out[node.id] = why
        there = [held for held in self.held.values() if held.node.id == node.id]
        with suppress(Exception):  # it may be beyond that
            ray.wait([there[0].actor.leave.remote()], timeout=_LEAVING)
        for held in there:
            self.lose(held, why)
        self._changed(why)
        self._tell(f"warning: {why}")


def _cluster() -> dict[str, Node]:
    try:
        return cluster.alive(ray.nodes())
    except Exception as error:
        raise BenchError(f"the cluster cannot be reached any more: {first_line(error)}. {_KEPT}") from error


def _own_variables(own: Mapping[str, str]) -> dict[str, str]:
    """Variables that the user has set for workers, which are to mean the same on every node."""
    return {name: own[name] for name in VARIABLES.values() if name in own}


def _other(facts: Facts) -> str:
    other = f"version {facts.version}" if facts.version != bench.__version__ else "another commit"
    return f"{other}, here {bench.__version__}: install the same on every node"
