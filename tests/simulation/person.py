"""The people of a simulated world: they answer, ask and repeat themselves, from another process."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import ApprovalId, CommandId, NodePath, content_hash
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.errors import AlreadyDecided
from mn_notebook.store.store import Store
from mn_notebook.testing.doubles import FakeClock
from tests.simulation.cases import Control
from tests.simulation.processes import ORIGIN
from tests.simulation.schedule import Fault
from tests.simulation.witness import Asked, Seen


def never(_fault: Fault, _where: str) -> bool:
    """Say no: nothing goes wrong here."""
    return False


class Person:
    """Decides, from another process, what waits; truthfully, the same in every run, and once.

    With a schedule it repeats itself, contradicts itself and comes late; what was accepted stands
    in `Seen.asked`.
    """

    def __init__(
        self,
        store: Store,
        seen: Seen,
        clock: FakeClock,
        chance: Random,
        strikes: Callable[[Fault, str], bool] = never,
    ) -> None:
        self._store = store
        self._told = seen
        self._outside = seen.outside
        self._clock = clock
        self._chance = chance
        self._strikes = strikes
        self._seen: dict[ApprovalId, float] = {}
        self.decided: Counter[ApprovalId] = Counter()
        self._controls = [(0.0, control) for control in seen.case.controls]
        """From when on it may be asked, and what."""
        self._late: list[tuple[float, Control]] = []

    def look(self, state: RunState) -> None:
        """Decide what has waited long enough, and ask what it is time for."""
        now = self._clock.monotonic()
        for entry in [one for one in self._controls if one[0] <= now and one[1].when(state)]:
            self._controls.remove(entry)
            control = entry[1]
            if control.again_seconds is not None:
                self._controls.append((now + control.again_seconds, control))
            late = self._strikes("a late command", control.kind)
            self._late.append((now + 2.5 if late else now, control))
        for due in [one for one in self._late if one[0] <= now]:
            self._late.remove(due)
            self._ask(due[1])
        for approval_id, waiting in sorted(state.approvals.items()):
            when = self._seen.setdefault(approval_id, now + self._chance.choice((0.0, 0.4, 1.5)))
            if approval_id not in self.decided and now >= when:
                self._decide(waiting.request, state.instances.get(waiting.request.path))

    @property
    def waits(self) -> bool:
        """Tell whether something that was asked has not been taken up."""
        inbox = self._store.inbox.pending([ORIGIN], [])
        return bool(self._late) or any(one.run_id == self._told.run_id for one in inbox)

    def _ask(self, control: Control) -> None:
        self._outside.healed |= control.heals
        times = 2 if self._strikes("a command sent twice", control.kind) else 1
        for _ in range(times):
            command_id = self._store.inbox.put(
                self._told.run_id, control.kind, dict(control.body), by="ann", via="test"
            )
            self._told.asked.append(Asked(control.kind, command_id))

    def _decide(self, request: ApprovalRequested, instance: Instance | None) -> None:
        body: dict[str, Any] = {"because": "", "edits": None, "value": None}
        decision = "approve"
        match request.subject:
            case "approve" | "ask" if instance is not None:
                wanted = self._outside.case.of(_step_name(instance.node)).decision
                if wanted == "absent":
                    return
                once = wanted == "reject once" and instance.iteration == 1
                decision = "reject" if wanted == "reject" or once else "approve"
                body["because"] = "not yet" if decision == "reject" else ""
                if wanted == "edit":
                    body["edits"] = dict.fromkeys(request.editable, "edited")
                if request.subject == "ask" and decision == "approve":
                    decision, body["value"] = "answer", {"x": "an answer"}
            case "call":
                decision, more = _about_call(request)
                body.update(more)
            case "in_doubt":
                key = request.calls[0].key
                happened = key in self._outside.written
                decision = "happened" if happened else "not_happened"
                body["value"] = self._outside.written.get(key)
            case _:
                pass  # A step that crashes is tried again; a budget is raised as it is offered.
        self.decided[request.approval_id] += 1
        self._send(request, decision, body)
        if self._strikes("a command sent twice", "decide"):
            # Somebody else, who has changed her mind.
            self._send(request, "approve" if decision == "reject" else "reject", body)

    def _send(self, request: ApprovalRequested, decision: str, body: dict[str, Any]) -> None:
        asked = Asked("decide", CommandId(""), request.approval_id, decision)
        try:
            asked.command_id = self._store.inbox.decide(
                self._told.run_id, request.approval_id, decision, body, by="ann", via="simulation"
            )
        except AlreadyDecided:
            # A late decision is refused, not lost.
            self._told.refused.append(asked)
        else:
            self._told.asked.append(asked)


def _about_call(request: ApprovalRequested) -> tuple[str, dict[str, Any]]:
    """Choose about a call, by what it is: the same in every run."""
    if request.because.startswith("an earlier attempt"):
        return "approve", {}  # It is the only reason: without a fault nobody was asked.
    lot = int(content_hash([request.path, request.calls[0].args_hash])[:4], 16) % 18
    match lot:
        case 0 | 1:
            return "reject", {}
        case 2:
            return "answer", {"value": {"value": "by hand", "n": 1}}
        case 3 | 4 if request.form is not None:  # A function knows its iteration by what is given.
            return "approve", {"edits": {"given": "edited"}}
        case _:
            return "approve", {}


def _step_name(node: NodePath) -> str:
    return node.rpartition("/")[2]
