"""Runs that a process starts and advances itself: from the first commit on they are its own."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.domain.events import LeaseTaken
from mn_notebook.domain.ids import RunId
from mn_notebook.engine.worker import Worker
from mn_notebook.errors import StoreBusy
from mn_notebook.runtime import owning
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.writer import GroupWriter
from tests.integration.house import House, Kernel, waits_until

WORK = "steps:\n  act:\n    python: work\n"
DYING = """
import os, signal, sys
from mn_notebook.client import NewRun
from mn_notebook.engine.worker import Worker
from mn_notebook.runtime import open_runtime
from mn_notebook.settings import MnSettings
from mn_notebook.store import writer
from tests.integration.house import workflow_of
text, store, notebook = sys.argv[1:]
runtime = open_runtime(MnSettings(store=store, notebook=notebook), namespace={"work": print})
Worker.hand_over = lambda *_: None
commit = writer.commit
def die_of_it(*given):
    commit(*given)
    os.kill(os.getpid(), signal.SIGKILL)
writer.commit = die_of_it
runtime.start(NewRun(workflow_of(text), text, runtime.origin, {}))
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    yield found
    found.close()


def fences(kernel: Kernel, run_id: RunId) -> list[int]:
    events = (recorded.event for recorded in kernel.client.events(run_id))
    return [event.fence for event in events if isinstance(event, LeaseTaken)]


def test_a_run_is_claimed_once_and_its_start_comes_with_its_first_step(house: House) -> None:
    """Two groups of events make a run of one step, besides its creation."""
    kernel = house.kernel(work=lambda: 1)
    groups: list[tuple[str, ...]] = []
    journal = kernel.client.store.journal
    append = journal._append

    def noted(cursor: Any, group: Any) -> Any:
        groups.append(tuple(event.kind for event in group.events))
        return append(cursor, group)

    journal._append = noted  # type: ignore[method-assign]
    run_id = kernel.start(WORK)
    assert kernel.until(run_id).status == "succeeded"
    assert groups == [("run.started", "step.started"), ("step.succeeded", "run.succeeded")]
    assert kernel.kinds(run_id)[:3] == ["run.created", "lease.taken", "run.started"]
    assert fences(kernel, run_id) == [1]


def test_runs_that_are_started_while_the_disk_is_busy_are_announced_by_the_commit_that_creates_them(
    house: House,
) -> None:
    """Ten threads, ten runs, ten first steps, one commit; no function begins before it."""
    began: list[int] = []
    kernel = house.kernel(work=lambda: began.append(1))
    writer = kernel.client.store.writer
    assert isinstance(writer, GroupWriter)
    busy, free = threading.Event(), threading.Event()

    def hold(_cursor: Any) -> None:
        busy.set()
        free.wait(20)

    batches: list[int] = []
    until_written = writer._until_written

    def counted(cursor: Any, batch: list[Any]) -> Any:
        batches.append(len(batch))
        return until_written(cursor, batch)

    writer._until_written = counted  # type: ignore[method-assign]
    writer.submit(hold, lambda _result, _fault: None)
    assert busy.wait(10)
    runs: list[RunId] = []
    threads = [threading.Thread(target=lambda: runs.append(kernel.start(WORK))) for _ in range(10)]
    for thread in threads:
        thread.start()
    assert waits_until(lambda: writer._queue.qsize() == 20, seconds=20)
    assert (began, runs) == ([], [])
    free.set()
    for thread in threads:
        thread.join(20)
    for run_id in runs:
        assert kernel.until(run_id).status == "succeeded"
        assert fences(kernel, run_id) == [1]
    assert batches[:2] == [1, 20]
    assert len(began) == len(runs) == 10


def test_a_run_that_a_held_store_refused_is_forgotten_and_keeps_no_slot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine has begun with it by then; nothing is written or done when the store is free."""
    monkeypatch.setattr(GroupWriter.__init__, "__kwdefaults__", {"patience_seconds": 0.3})
    began: list[int] = []
    kernel = house.kernel(work=lambda: began.append(1))
    worker = kernel.runtime._background.worker
    other = kernel.client.store.database.connect()
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreBusy):
            kernel.start(WORK)
        assert len(worker._runs) == 1
    finally:
        other.execute("ROLLBACK")
    assert waits_until(lambda: not worker._runs, seconds=10)
    assert kernel.client.runs() == []
    assert (began, worker._runs._slots.busy, kernel.runtime.lost) == ([], 0, {})
    assert kernel.until(kernel.start(WORK)).status == "succeeded"
    assert began == [1]


def test_a_beat_does_not_take_a_run_for_lost_that_is_not_written_yet(house: House) -> None:
    """Its lease is on its way to the disk: that the store does not know of it means nothing."""
    kernel = house.kernel(work=lambda: 1)
    writer = kernel.client.store.writer
    worker = kernel.runtime._background.worker
    busy, free = threading.Event(), threading.Event()

    def hold(_cursor: Any) -> None:
        busy.set()
        free.wait(20)

    writer.submit(hold, lambda _result, _fault: None)
    assert busy.wait(10)
    runs: list[RunId] = []
    thread = threading.Thread(target=lambda: runs.append(kernel.start(WORK)))
    thread.start()
    assert waits_until(lambda: len(worker._runs) == 1, seconds=20)
    kernel.runtime._background.call(worker._runs.notice_losses)
    assert len(worker._runs) == 1
    free.set()
    thread.join(20)
    assert kernel.until(runs[0]).status == "succeeded"
    assert fences(kernel, runs[0]) == [1]


def test_a_process_killed_between_creation_and_start_leaves_a_run_that_goes_on_at_once(
    house: House,
) -> None:
    """The next kernel of the notebook takes it over as it opens, and does its step once."""
    settings = house.settings()
    dead = subprocess.run(
        [sys.executable, "-c", DYING, WORK, settings.store, settings.notebook], check=False
    )
    assert dead.returncode == -signal.SIGKILL
    (line,) = house.client().runs()
    assert (line.status, line.fence, line.head) == ("queued", 1, 2)

    done: list[int] = []
    kernel = house.kernel(work=lambda: done.append(1))
    assert kernel.until(line.run_id).status == "succeeded"
    assert done == [1]
    assert fences(kernel, line.run_id) == [1, 2]
    assert kernel.kinds(line.run_id).count("step.started") == 1


def test_a_run_that_was_found_before_it_was_heard_of_is_advanced_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look around may come between the commit and the word of it, and claims once more."""
    late: list[Any] = []
    hand_over = Worker.hand_over
    monkeypatch.setattr(Worker, "hand_over", lambda _worker, *given: late.append(given))
    gate, done = threading.Event(), list[int]()

    def work() -> None:
        done.append(1)
        gate.wait(10)

    kernel = house.kernel(work=work)
    run_id = kernel.start(WORK)
    assert waits_until(lambda: "step.started" in kernel.kinds(run_id), seconds=10)
    (given,) = late
    worker = kernel.runtime._background.worker
    hand_over(worker, *given)
    gate.set()
    assert kernel.until(run_id).status == "succeeded"
    hand_over(worker, *given)  # Even when it has long ended: that fence can write nothing.
    assert waits_until(lambda: not kernel.runtime._background.call(lambda: worker.owns(run_id)))
    assert done == [1]
    assert fences(kernel, run_id) == [1, 2]
    assert kernel.kinds(run_id)[-1] == "run.succeeded"
    assert kernel.runtime.lost == {}


def test_two_kernels_start_runs_at_once_and_each_advances_its_own(house: House) -> None:
    """Fifty runs from five threads in each of two kernels: one lease each, nothing done twice."""
    done: list[str] = []
    kernels = [
        house.kernel(notebook=name, work=lambda name=name: done.append(name))
        for name in ("a.ipynb", "b.ipynb")
    ]
    runs: dict[str, list[RunId]] = {"a.ipynb": [], "b.ipynb": []}

    def start(kernel: Kernel, name: str) -> None:
        for _ in range(5):
            runs[name].append(kernel.start(WORK))

    threads = [
        threading.Thread(target=start, args=(kernel, name))
        for kernel, name in zip(kernels, runs, strict=True)
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for kernel, name in zip(kernels, runs, strict=True):
        assert len(runs[name]) == 25
        for run_id in runs[name]:
            assert kernel.until(run_id).status == "succeeded"
            assert fences(kernel, run_id) == [1]
    assert sorted(done) == ["a.ipynb"] * 25 + ["b.ipynb"] * 25


def test_who_waits_for_a_run_of_this_process_is_told_and_need_not_look(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it comes to wait for a person: it looks at the store when something has changed."""
    monkeypatch.setattr(owning, "OWN_POLL_SECONDS", 3600.0)
    gate = threading.Event()
    kernel = house.kernel(work=lambda: gate.wait(20) and 1)
    text = "steps:\n  act:\n    python: work\n  look:\n    approve: Good?\n"
    run_id = kernel.start(text)
    kernel.until(run_id, "running")
    looks: list[str] = []
    look = kernel.client.run

    def counted(name: str) -> Any:
        looks.append(name)
        return look(name)

    kernel.client.run = counted  # type: ignore[method-assign]
    looked: list[int] = []

    def go_on() -> None:
        looked.append(len(looks))
        gate.set()

    threading.Timer(2.0, go_on).start()
    assert kernel.until(run_id, "waiting", seconds=60).status == "waiting"
    assert looked[0] < 6, "it looked five times a second while nothing happened"
    kernel.client.run = look  # type: ignore[method-assign]
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id, seconds=60).status == "succeeded"


def test_a_kernel_takes_all_that_was_interrupted_over_by_one_commit(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop waits once, and not once for each run."""
    gate = threading.Event()
    first = house.kernel(work=lambda: gate.wait(20))
    runs = [first.start(WORK) for _ in range(12)]
    assert waits_until(lambda: all("step.started" in first.kinds(one) for one in runs), seconds=20)
    first.runtime.close()
    gate.set()
    asked: list[int] = []
    claim_all = SqlLeases.claim_all

    def noted(leases: SqlLeases, run_ids: Any, at: Any) -> Any:
        asked.append(len(run_ids))
        return claim_all(leases, run_ids, at)

    monkeypatch.setattr(SqlLeases, "claim_all", noted)
    second = house.kernel(work=lambda: 1)
    for run_id in runs:
        assert second.until(run_id, seconds=20).status == "succeeded"
        assert fences(second, run_id) == [1, 2]
    assert asked == [12]
    assert sorted(second.runtime.recovered) == sorted(runs)
