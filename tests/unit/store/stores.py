"""Stores in memory, and what goes into them."""

from collections.abc import Callable
from typing import Any

from mn_notebook.domain.events import RunCreated
from mn_notebook.domain.ids import Fence, ProcessId, RunId
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Workflow
from mn_notebook.ports import Group
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.store import Store, open_store
from mn_notebook.testing.doubles import FakeClock, SequentialIds
from tests.unit.domain.journals import python, workflow

ONE: Workflow = workflow(python("a"))


def memory(clock: FakeClock | None = None) -> Store:
    return open_store(
        ":memory:", clock=clock or FakeClock(), ids=SequentialIds("t"), threaded=False
    )


def create(
    store: Store, name: str = "run1", flow: Workflow = ONE, origin: str = "n", **more: Any
) -> RunId:
    event = RunCreated(
        workflow=flow.name,
        workflow_hash=flow.hash,
        origin=origin,
        title="",
        inputs=Stored(value={}),
        by="ann",
    )
    run_id = RunId(name)
    store.journal.create(run_id, flow, "steps: {}", event, store.clock.now(), **more)
    return run_id


def owner(store: Store, name: str = "p1") -> SqlLeases:
    return store.lease_holder(process_id=ProcessId(name), origin="n", program="x")


def group(
    store: Store, run_id: RunId, fence: Fence | None, *events: Any, batch: str = "b", **more: Any
) -> Group:
    fields: dict[str, Any] = {"owner": ProcessId("p1") if fence is not None else None, **more}
    return Group(
        run_id=run_id, events=events, at=store.clock.now(), batch=batch, fence=fence, **fields
    )


def append(store: Store, one: Group) -> Any:
    """Submit a group and return the number of its last event, or the error."""
    found: list[Any] = []
    store.journal.submit(one, lambda last, fault: found.append(fault or last))
    return found[0] if found else None


Append = Callable[..., Any]
