"""What a large store holds besides costs nothing: looks read what they show, and no more.

SQLite counts the steps of its own machine here, so that no time is measured.
"""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.client import RunClient
from mn_notebook.domain import events as e
from mn_notebook.domain.ids import ApprovalId, AttemptToken, Fence, ProcessId, RunId, StepPath
from mn_notebook.domain.values import Stored
from mn_notebook.engine import reading
from mn_notebook.engine.summary import NEVER
from mn_notebook.notebook.welcome import interrupted_runs, welcome
from mn_notebook.ports import Group, Summary
from mn_notebook.settings import MnSettings
from mn_notebook.store.database import Database
from mn_notebook.store.store import Store, open_store
from mn_notebook.testing.doubles import FakeClock, SequentialIds
from mn_notebook.verbs.decide import approvals
from mn_notebook.verbs.explain import why
from mn_notebook.verbs.look import log, runs
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.showing import as_text
from tests.integration.store.files import holder
from tests.unit.store.stores import create

SLACK = 1.3
"""Trees grow by a level now and then, and page boundaries move."""


class Steps:
    """How many steps SQLite's machine took."""

    def __init__(self) -> None:
        self.taken = 0

    def __call__(self) -> int:
        self.taken += 1
        return 0

    def of(self, look: Callable[[], Any]) -> int:
        look()  # compiles the statements, and opens the connection
        before = self.taken
        look()
        return self.taken - before


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    counting, connect = Steps(), Database.connect

    def counted(database: Database) -> sqlite3.Connection:
        connection = connect(database)
        connection.set_progress_handler(counting, 1)
        return connection

    monkeypatch.setattr(Database, "connect", counted)
    return counting


def summary(status: Any, **more: Any) -> Summary:
    fields: dict[str, Any] = {
        "status": status,
        "cost_usd": 0,
        "cost_known": True,
        "steps_done": 0,
        "waiting": 0,
        "scripted": False,
        "finished_at": None,
        "wake_at": None,
    }
    return Summary(**{**fields, **more})


class Large:
    """A store that is filled with runs of one notebook, ``n``."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        # What a disk does for each commit is not what is asked about here.
        self.store: Store = open_store(
            str(path), clock=self.clock, ids=SequentialIds("t"), threaded=False, durability="normal"
        )
        self.leases = holder(self.store, "filler")
        self.count = 0

    def add(self, count: int, how: Summary, *events: Any) -> list[RunId]:
        """Add runs that stand so, each with a question if somebody is waited for."""
        return [self._add(how, events) for _ in range(count)]

    def _add(self, how: Summary, events: tuple[Any, ...]) -> RunId:
        self.count += 1
        self.clock.advance(1.0)
        run_id = create(self.store, f"{self.count:06}")
        fence = self.leases.claim(run_id, self.clock.now())
        assert fence is not None
        asked = (question(run_id),) if how.waiting else ()
        started = e.StepStarted(
            path=StepPath("a"), attempt=1, token=AttemptToken(""), input=Stored(), step_key="k"
        )
        self._append(run_id, fence, how, (e.RunStarted(), started, *events, *asked))
        self.leases.release(run_id, fence)
        return run_id

    def _append(self, run_id: RunId, fence: Fence, how: Summary, events: tuple[Any, ...]) -> None:
        found: list[Any] = []
        self.store.journal.submit(
            Group(
                run_id=run_id,
                events=events,
                at=self.clock.now(),
                batch=f"b{self.count}",
                fence=fence,
                owner=ProcessId("filler"),
                summary=how,
            ),
            lambda last, fault: found.append(fault or last),
        )
        assert isinstance(found[0], int), found

    def session(self) -> Session:
        client = RunClient(self.store, user="ann", clock=self.clock, ids=SequentialIds("c"))
        return Session(MnSettings(notebook="n"), via="notebook", _client=client)


def question(run_id: RunId) -> e.ApprovalRequested:
    return e.ApprovalRequested(
        approval_id=ApprovalId(f"q{run_id}"),
        path=StepPath("a"),
        attempt=1,
        subject="approve",
        prompt="ok?",
    )


@pytest.fixture
def large(tmp_path: Path, steps: Steps) -> Iterator[Large]:
    filled = Large(tmp_path / "store.db")
    yield filled
    filled.leases.close()
    filled.store.close()


FEW, MANY = 30, 200
DONE = summary("succeeded")
ASKS = summary("waiting", waiting=1)
PAUSED = summary("paused")
SIGNAL = summary("waiting", wake_at=NEVER)
LATER = summary("waiting", wake_at=FakeClock().now() + timedelta(days=300))

LOOKS: dict[str, Callable[[Large, Session], Any]] = {
    "runs": lambda _, here: here.client.runs(most=20),
    "runs of a notebook": lambda _, here: here.client.runs(origin="n", most=20),
    "what runs of another notebook cost": lambda it, _: it.store.views.past("m", "x", most=20),
    "a run": lambda _, here: here.client.run("000001"),
    "approvals": lambda _, here: here.client.approvals(most=10),
    "approvals of a run": lambda _, here: here.client.approvals(run_id=RunId("000002")),
    "what a worker may claim": lambda it, _: it.leases.claimable(["n"]),
    "paused runs": lambda it, _: it.store.views.standing("n", "paused", most=3),
    "running runs": lambda it, _: it.store.views.standing("n", "running", most=3),
    "awaited signals": lambda it, _: it.store.views.awaiting("n", NEVER, most=3),
}


def test_looks_read_as_much_in_a_large_store_as_in_a_small_one(large: Large, steps: Steps) -> None:
    """Many times as many runs that have ended or that wait make none of them longer."""
    session = large.session()
    large.add(1, PAUSED)
    large.add(12, ASKS)
    large.add(FEW, DONE)
    small = {name: steps.of(partial(look, large, session)) for name, look in LOOKS.items()}
    assert all(taken > 0 for taken in small.values())
    for how in (DONE, ASKS, LATER):
        large.add(MANY, how)
    for name, look in LOOKS.items():
        assert steps.of(partial(look, large, session)) <= small[name] * SLACK, name


@pytest.mark.parametrize("how", [ASKS, SIGNAL, LATER, PAUSED, DONE])
def test_a_worker_finds_nothing_to_claim_among_runs_that_wait(how: Summary, large: Large) -> None:
    """Neither those that wait for a person, a signal or a time, nor what has ended."""
    large.add(5, how)
    assert holder(large.store, "other").claimable(["n"]) == []


def test_a_worker_finds_all_that_has_something_to_do(large: Large) -> None:
    """What is queued, was running, is due or waits for code; the oldest first, of its notebook."""
    due = summary("waiting", wake_at=large.clock.now())
    wanted = [
        *large.add(1, summary("queued")),
        *large.add(1, summary("running")),
        *large.add(1, due),
        *large.add(1, summary("waiting")),
    ]
    large.add(3, ASKS)
    other = holder(large.store, "other")
    assert other.claimable(["n"]) == wanted
    assert other.claimable(["elsewhere"]) == []


def test_a_worker_finds_a_waiting_run_whose_owner_is_gone(large: Large) -> None:
    """Somebody has begun to wake it and died; a living owner keeps it."""
    (run_id,) = large.add(1, ASKS)
    owner = holder(large.store, "owner")
    assert owner.claim(run_id, large.clock.now()) is not None
    other = holder(large.store, "other")
    assert other.claimable(["n"]) == []
    owner.disown()
    assert other.claimable(["n"]) == [run_id]


def test_lists_come_in_pages_with_counts(large: Large) -> None:
    """A page says how many there are besides, and how to see them."""
    large.add(30, ASKS)
    session = large.session()
    listed = runs(session)
    assert (len(listed.lines), listed.more) == (20, 10)
    assert listed.lines[0].run_id == "000030"
    assert "30 runs, the newest 20 are listed" in as_text(listed)
    assert runs(session, most=100).more == 0
    asked = approvals(session, most=5)
    assert [waiting.run_id for waiting in asked.waiting] == [f"{n:06}" for n in range(1, 6)]
    assert asked.more == 25
    told = as_text(asked)
    assert "25 more decisions wait: `approvals --most 30` lists all" in told
    assert "more" not in as_text(approvals(session, most=30))


def test_a_log_tells_the_last_facts_and_counts_the_others(large: Large, steps: Steps) -> None:
    """It reads no more of a long journal than it tells."""
    notes = [e.NoteAdded(path=StepPath("a"), text=f"note {n}") for n in range(1_000)]
    (run_id,) = large.add(1, DONE, *notes)
    session = large.session()
    told = log(session, run_id, most=10)
    assert [recorded.seq for recorded in told.events] == list(range(995, 1_005))
    assert told.earlier == 994
    assert "994 earlier facts: `%mn log" in as_text(told)
    few = steps.of(lambda: log(session, run_id, most=10))
    assert few < steps.of(lambda: log(session, run_id, most=0)) / 10
    whole = log(session, run_id, most=0)
    assert (len(whole.events), whole.earlier) == (1_004, 0)
    of_step = log(session, run_id, step="a", most=3)
    assert (len(of_step.events), of_step.earlier) == (3, 998)


def test_why_decodes_only_what_it_tells(large: Large, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long journal whose state is known only the words of people are read again."""
    notes = [e.NoteAdded(path=StepPath("a"), text="n") for _ in range(500)]
    (run_id,) = large.add(1, ASKS, *notes)
    session = large.session()
    before = why(session, run_id)
    decoded: list[str] = []

    def watched(kind: str, *rest: Any) -> Any:
        decoded.append(kind)
        return e.read_event(kind, *rest)

    monkeypatch.setattr("mn_notebook.store.event_rows.read_event", watched)
    assert why(session, run_id) == before
    assert decoded == ["lease.taken"]


def test_a_long_journal_is_folded_in_pages(large: Large, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state is the same, whatever the size of a page and wherever one ends."""
    notes = [e.NoteAdded(path=StepPath("a"), text=f"note {n}") for n in range(95)]
    (run_id,) = large.add(1, ASKS, *notes)
    whole = large.session().client.state(run_id)
    for page in (1, 7, 50, 100):
        monkeypatch.setattr(reading, "PAGE", page)
        assert large.session().client.state(run_id) == whole
    assert whole.head == 100


def test_loading_reads_no_journal(large: Large, monkeypatch: pytest.MonkeyPatch) -> None:
    """The welcome counts and names what stands still, from rows alone."""
    large.add(30, DONE)
    large.add(25, ASKS)
    large.add(4, PAUSED)
    large.add(5, SIGNAL)
    session = large.session()

    def refused(*_args: Any, **_more: Any) -> Any:
        raise AssertionError("a journal was read")

    monkeypatch.setattr(large.store.journal.__class__, "read", refused)
    assert interrupted_runs(session) == []
    said = welcome(session, [])
    assert "25 decisions wait for you" in said
    assert "4 runs are paused" in said
    assert "1 more; %mn resume RUN" in said
    assert "5 runs wait for a signal" in said


def test_an_old_interrupted_run_is_named_however_many_are_newer(large: Large) -> None:
    """It was under way when its process died, and hundreds of runs ended since."""
    (run_id,) = large.add(1, summary("running"))
    large.add(250, DONE)
    assert [line.run_id for line in interrupted_runs(large.session())] == [run_id]
