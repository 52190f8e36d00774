"""Stores in files with runs that the whole runtime made, and copies of them for each test."""

import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mn_notebook.client import NewRun
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import ApproveStep, PythonStep, Workflow
from mn_notebook.engine.summary import summary_of
from mn_notebook.engine.values import Values
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.settings import MnSettings
from mn_notebook.store.examination import Examination, examine
from mn_notebook.store.store import Store
from tests.integration.store.files import opened

LARGE = "large " * 20_000


def make(**_given: Any) -> dict[str, str]:
    """Return a value that becomes an artifact."""
    return {"text": LARGE}


def small(**_given: Any) -> dict[str, str]:
    return {"text": "small"}


def fails(**_given: Any) -> None:
    raise ValueError("it cannot be")


def step(name: str, function: str, *needs: str) -> PythonStep:
    return PythonStep(name=name, function=function, needs=needs, uses=())


def flow(name: str, *steps: Any) -> Workflow:
    return Workflow(name=name, group="test", steps=steps)


SUCCEEDS = flow("succeeds", step("a", "make"), step("b", "small", "a"))
ASKS = flow(
    "asks", step("a", "small"), ApproveStep(name="ok", prompt="Go on?", needs=("a",), uses=())
)
FAILS = flow("breaks", step("a", "fails"))
NOTEBOOK = "book.ipynb"


def settings(path: Path) -> MnSettings:
    return MnSettings(store=str(path), notebook=NOTEBOOK, user="ann")


def runtime(path: Path) -> Runtime:
    return open_runtime(settings(path), namespace={"make": make, "small": small, "fails": fails})


def start(live: Runtime, workflow: Workflow) -> RunId:
    return live.start(NewRun(workflow, "steps: {}", NOTEBOOK, {}))


def until(live: Runtime, run_id: RunId, *statuses: str) -> None:
    line = live.wait(run_id, until=lambda line: line.status in statuses, timeout_seconds=30)
    assert line.status in statuses, line


@dataclass(frozen=True)
class Finished:
    """A store with three runs that have ended and one that waits for a person."""

    path: Path
    succeeded: RunId
    decided: RunId
    failed: RunId
    waiting: RunId

    @property
    def runs(self) -> tuple[RunId, ...]:
        return (self.succeeded, self.decided, self.failed, self.waiting)


def make_store(path: Path) -> Finished:
    live = runtime(path)
    try:
        runs = [start(live, one) for one in (SUCCEEDS, ASKS, FAILS, ASKS)]
        succeeded, decided, failed, waiting = runs
        until(live, succeeded, "succeeded")
        until(live, failed, "failed")
        until(live, decided, "waiting")
        until(live, waiting, "waiting")
        request = live.client.open_approval(decided, None).request
        live.client.decide(decided, request, "approve")
        live.ring()
        until(live, decided, "succeeded")
    finally:
        live.close()
    return Finished(path, succeeded, decided, failed, waiting)


def moved(store: Finished, path: Path) -> Finished:
    """Return the same store at another path, as if it had been made there."""
    shutil.copy(store.path, path)
    folder = store.path.with_name(store.path.name + ".d")
    if folder.exists():
        shutil.copytree(folder, path.with_name(path.name + ".d"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "UPDATE mn_store SET path = ?, inode = ?", (str(path), path.stat().st_ino)
        )
    return Finished(path, store.succeeded, store.decided, store.failed, store.waiting)


def state_of(store: Store, run_id: str) -> RunState:
    line = store.views.run(run_id)
    known = store.journal.workflow(line.workflow_hash)
    return fold(known, RunId(run_id), store.journal.read(RunId(run_id)))


def told(store: Store, run_id: str) -> Any:
    """Return all that can be told of a run: its history, its text and its values."""
    line = store.views.run(run_id)
    state = state_of(store, run_id)
    values = Values(store.artifacts)
    outputs = {path: values.load(one.output) for path, one in state.instances.items()}
    return (
        [one.model_dump() for one in store.journal.read(RunId(run_id))],
        store.journal.source(line.workflow_hash),
        outputs,
        (line.workflow, line.workflow_hash, line.origin, line.title, line.created_at),
    )


def histories(path: Path) -> dict[str, Any]:
    store = opened(path, threaded=False)
    try:
        return {line.run_id: told(store, line.run_id) for line in store.views.runs()}
    finally:
        store.close()


def examined(path: Path, *, seconds: float | None = None) -> Examination:
    store = opened(path, threaded=False)
    try:
        return examine(store.database, summary_of, seconds=seconds)
    finally:
        store.close()


def wait_for(condition: Any, *, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)  # noqa: TID251
