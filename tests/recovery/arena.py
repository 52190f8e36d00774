"""One store whose owners are killed again and again, until enough of them died."""

import random
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from mn_notebook.client import NewRun, RunClient
from mn_notebook.domain.ids import RunId
from tests.recovery import outside
from tests.recovery.audit import Findings, audit
from tests.recovery.books import commands, expected, told_by
from tests.recovery.controls import Hand, Moment, at_once
from tests.recovery.controls_audit import audit_controls
from tests.recovery.people import client_of
from tests.recovery.processes import Child, ModelProcess, Nursery, kill, until
from tests.recovery.roles import reached_end
from tests.recovery.stories import STORIES, workflow_of
from tests.recovery.story import Story

ORIGIN = "/notebooks/kept.ipynb"
AIMS = ("after", "begin", "model", "intent", "after", "child", "commit", "call", "model")
"""Where a kill is aimed: some time after progress was seen, while the process begins, right after
an intent, right after any commit, in the middle of a tool's call, or of a model's, or while a child
of it works, where a story has one."""
HAS_CHILD, ALONE = "tree", "alone"
"""A story with a step that is done by a child, and the function of it."""

PATIENCE_SECONDS = 4.0
"""How long a kill waits for its moment; a busy machine needs some time to come to it."""
_PRECISE = ("intent", "child", "call", "model")
"""Moments that would be over by the time that somebody has asked for something."""

MAX_SECONDS = 400
"""So long are owners killed at most, on a busy machine; the last ones then finish what is left."""


@dataclass(slots=True)
class Landed:
    """Kills that ended a process while something was unfinished."""

    by_aim: dict[str, int] = field(default_factory=dict)
    misses: int = 0
    children: set[int] = field(default_factory=set)
    """Children that worked at the kill of their owner."""

    @property
    def total(self) -> int:
        """Return how many landed."""
        return sum(self.by_aim.values())


class Arena:
    """A store, its world outside, and whoever advances its runs."""

    def __init__(
        self,
        nursery: Nursery,
        model: ModelProcess,
        store: Path,
        seed: int,
        *,
        controlled: bool = False,
    ) -> None:
        """Prepare; ``controlled``: people ask for things at the moments of the kills."""
        self.landed = Landed()
        self.dead: set[str] = set()
        self.runs: dict[RunId, tuple[str, str]] = {}
        self.store = store
        self.log = store.with_suffix(".outside")
        self.client: RunClient = client_of(store)
        self._nursery = nursery
        self._model = model
        self._chance = random.Random(seed)
        self.controlled = controlled
        self.hand = Hand(self.client, self.log, random.Random(seed + 100))
        self._topics = seed * 20
        self._has_children = False
        self.peek = sqlite3.connect(
            store, timeout=0.5, isolation_level=None, check_same_thread=False
        )

    @property
    def env(self) -> dict[str, str]:
        """Return what a kernel of this notebook finds in its environment."""
        return environment(self.store, self._model.base_url)

    def close(self) -> None:
        """Let go of the store."""
        self.peek.close()
        self.client.close()

    # --- runs ----------------------------------------------------------------------------------

    def start(self, story: str, *, origin: str = ORIGIN) -> RunId:
        """Start a run from outside: the next owner takes it up."""
        new = replace(self.new(story), origin=origin)
        run_id = self.client.start(new)
        self.runs[run_id] = (story, str(new.inputs["topic"]))
        return run_id

    def new(self, story: str) -> NewRun:
        """Return a run of a story about a topic of its own."""
        self._topics += 1
        inputs: dict[str, Any] = {"topic": f"topic {self._topics}"}
        if STORIES[story].takes_rows:
            inputs["rows"] = pd.DataFrame({"name": ["ash", "birch", "cedar"], "size": [1, 2, 3]})
        return NewRun(workflow_of(story), STORIES[story].text, ORIGIN, inputs)

    def unfinished(self) -> list[RunId]:
        """Return the runs that have not come to their end."""
        return [run_id for run_id in self.runs if not self._is_over(run_id)]

    def _is_over(self, run_id: RunId) -> bool:
        line = self.client.run(run_id)
        if line.status == "failed" and self.story_of(run_id).needs_repair:
            return False
        return reached_end(line)

    def story_of(self, run_id: RunId) -> Story:
        """Return the story that a run plays."""
        return STORIES[self.runs[run_id][0]]

    def moving(self) -> list[RunId]:
        """Return the runs that go on without help."""
        unfinished = self.unfinished()
        return [one for one in unfinished if not self.hand.stands(one, self.story_of(one))]

    def top_up(self, stories: tuple[str, ...], at_least: int) -> None:
        """See to it that there is something to kill."""
        while len(self.moving()) < at_least:
            self.start(stories[len(self.runs) % len(stories)])

    # --- killing -------------------------------------------------------------------------------

    def kill_until(self, stories: tuple[str, ...], kills: int, deadline: float) -> None:
        """Kill owner after owner, each in the middle of something; then let one finish."""
        number = 0
        self._has_children = HAS_CHILD in stories
        heir: Child | None = None
        while self.landed.total < kills and time.monotonic() < deadline:
            self.top_up(stories, at_least=3)
            number += 1
            child = heir or self._begun(number)
            # Now and then another process stands by, and takes over without a restart.
            heir = self._nursery.fork(self.env) if number % 5 == 0 else None
            self._kill_one(child, AIMS[number % len(AIMS)])
        if heir is not None:
            self._kill_one(heir, "after")
        self.finish(deadline)

    def _begun(self, number: int) -> Child:
        # A new interpreter now and then; it is as dear as ten forked ones.
        return self._nursery.fresh(self.env) if number % 12 == 0 else self._nursery.fork(self.env)

    def _kill_one(self, child: Child, aim: str) -> None:
        moment: Moment = self._chance.choice(("before", "at", "after"))
        precise = aim in _PRECISE
        if moment == "before" and precise:
            self._ask(moment)
        if aim == "child" and self._has_children:
            self.start(HAS_CHILD)
        self._wait_for(aim, child)
        if moment == "before" and not precise:
            self._ask(moment)
        asking = at_once(lambda: self._ask(moment)) if moment == "at" else None
        if asking is not None:
            _pause(self._chance.choice((0.0, 0.001, 0.003, 0.006)))
        at_work = self._children() if aim == "child" else set()
        child.signal(signal.SIGKILL)
        code = child.wait()
        self.dead |= self.processes_of(child.pid)
        if asking is not None:
            asking.join()
        if moment == "after":
            self._ask(moment)
        if code != -signal.SIGKILL or not self.unfinished():
            self.landed.misses += 1
            return
        self.landed.by_aim[aim] = self.landed.by_aim.get(aim, 0) + 1
        self.landed.children |= at_work

    def _children(self) -> set[int]:
        """Return the children that work at the moment, by what they have told the outside."""
        told = outside.read(self.log, about=ALONE)
        begun = {line.pid for line in told if (line.what, line.name) == ("begin", ALONE)}
        ended = {line.pid for line in told if (line.what, line.name) == ("end", ALONE)}
        return {pid for pid in begun - ended if Path(f"/proc/{pid}").exists()}

    def _ask(self, moment: Moment) -> None:
        """Ask something of one of the runs."""
        if self.controlled:
            self.hand.ask({one: self.story_of(one) for one in self.unfinished()}, moment)

    def _help(self) -> None:
        for run_id in self.unfinished():
            self.hand.help(run_id, self.story_of(run_id))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the store, so that nobody else can write to it."""
        self.peek.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self.peek.execute("ROLLBACK")

    def freeze(self, child: Child) -> None:
        """Stop a child where it does not hold the store, which nobody could write to then."""
        while True:
            child.signal(signal.SIGSTOP)
            _pause(0.05)
            try:
                with self.held():
                    return
            except sqlite3.OperationalError:
                child.signal(signal.SIGCONT)
                _pause(0.02)

    def processes_of(self, pid: int) -> set[str]:
        """Return the names under which a process registered."""
        found = self.peek.execute("SELECT id FROM mn_process WHERE pid = ?", (pid,))
        return {row[0] for row in found}

    def finish(self, deadline: float) -> None:
        """Let last owners do what is left, and help where a run stands still."""
        end = max(time.monotonic() + 60.0, deadline)
        while True:
            child = self._nursery.fork(self.env, until="done")
            while not child.ended and time.monotonic() < end:
                self._help()
                _pause(0.03)
            assert child.wait(max(1.0, end - time.monotonic())) == 0, child.output.read_text()
            # It may have ended just when somebody had a run of its tried again.
            self.dead |= self.processes_of(child.pid)
            if not self.unfinished():
                break
        if self.controlled:
            self._hear_the_rest()

    def _hear_the_rest(self) -> None:
        """Let somebody take up what was asked of runs that had ended by then."""
        child = self._nursery.fork(self.env)
        until(lambda: all(row.taken for row in commands(self.peek)), "all commands to be heard")
        kill(child)
        self.dead |= self.processes_of(child.pid)

    # --- aiming --------------------------------------------------------------------------------

    def _wait_for(self, aim: str, child: Child) -> None:
        chance = self._chance
        match aim:
            case "begin":
                _pause(chance.uniform(0.0, 0.15))
            case "child" if self._has_children:
                # A new interpreter has to begin before.
                self._watch(child, lambda: bool(self._children()), 3 * PATIENCE_SECONDS)
            case "after" | "child":
                self._see(child, self.events_seen())
                _pause(chance.choice((0.005, 0.03, 0.1, 0.3)) * chance.uniform(1.0, 1.5))
            case "commit":
                for _ in range(chance.randint(1, 6)):
                    self._see(child, self.events_seen())
            case "intent":
                self._see_kinds(child, ("tool.started", "model.requested", "step.started"))
            case "call":
                self.see_lines(child, self.log, chance.choice((b'"begin"', b'"did"')))
                _pause(chance.uniform(0.0, 0.02))
            case "model":
                mine = "|".join(self.unfinished()).encode()
                self.see_lines(child, self._model.log, mine)
                _pause(chance.uniform(0.0, 0.03))

    def events_seen(self) -> int:
        """Return how many events all runs have."""
        ((count,),) = self.peek.execute("SELECT coalesce(sum(head), 0) FROM mn_run").fetchall()
        return int(count)

    def _see(self, child: Child, before: int) -> None:
        self._watch(child, lambda: self.events_seen() != before)

    def _see_kinds(self, child: Child, kinds: tuple[str, ...]) -> None:
        """Wait for one of these events, at least the so-manieth from now."""
        marks = ", ".join("?" * len(kinds))
        query = f"SELECT count(*) FROM mn_event WHERE kind IN ({marks})"
        ((before,),) = self.peek.execute(query, kinds).fetchall()
        wanted = before + self._chance.randint(1, 8)
        self._watch(child, lambda: self.peek.execute(query, kinds).fetchone()[0] >= wanted)

    def see_lines(self, child: Child, path: Path, words: bytes) -> None:
        """Wait for lines with one of these words, at least the so-manieth from now."""
        size = path.stat().st_size if path.exists() else 0
        word = re.compile(words)
        wanted = self._chance.randint(1, 5)

        def grown() -> bool:
            if not path.exists():
                return False
            with path.open("rb") as file:
                file.seek(size)
                return sum(word.search(line) is not None for line in file) >= wanted

        self._watch(child, grown)

    def _watch(
        self, child: Child, seen: Callable[[], bool], seconds: float = PATIENCE_SECONDS
    ) -> None:
        end = time.monotonic() + seconds
        while not seen() and time.monotonic() < end and not child.ended:
            _pause(0.002)

    # --- judging -------------------------------------------------------------------------------

    def judge(self) -> Findings:
        """Compare the journals with what the outside saw."""
        requests = [str(request["call_id"]) for request in self._model.seen()]
        lines = outside.read(self.log)
        right = {
            run_id: expected(STORIES[story], topic, told_by(self.client, run_id))
            for run_id, (story, topic) in self.runs.items()
        }
        found = audit(self.client, lines, requests, self.dead, right)
        audit_controls(self.client, commands(self.peek), lines, self.hand.asked, found)
        return found

    def went_on(self, *but: int) -> list[str]:
        """Return what was done by a process after a later one had begun the same.

        Leave out processes that were not killed: their threads may go on with what nobody wants.
        """
        latest: dict[tuple[str, str, str], int] = {}
        earlier: dict[tuple[str, str, str], set[int]] = {}
        found = []
        for line in outside.read(self.log):
            before = latest.get(line.act)
            if line.what == "begin" and before not in (None, line.pid):
                earlier.setdefault(line.act, set()).add(before or 0)
            if line.what == "begin":
                latest[line.act] = line.pid
            elif line.what != "checked" and line.pid in earlier.get(line.act, set()) - {*but}:
                found.append(f"{line.pid} went on with {line.name} at {line.where}: {line.what}")
        return found

    def orphans(self) -> list[int]:
        """Return the processes that were begun for functions of this store and still live."""
        mark = f"{outside.LOG}={self.log}".encode()
        return [
            int(folder.name)
            for folder in Path("/proc").glob("[0-9]*")
            if mark in _environment_of(folder)
        ]


def _environment_of(folder: Path) -> bytes:
    """Return what a process was begun with; a forked one has that of whoever forked it."""
    try:
        return (folder / "environ").read_bytes()
    except OSError:
        return b""


def environment(store: Path, base_url: str, origin: str = ORIGIN) -> dict[str, str]:
    """Return what a kernel finds in its environment."""
    return {
        "MN_STORE": str(store),
        "MN_NOTEBOOK": origin,
        "MN_USER": "owner",
        "MN_OUTSIDE": str(store.with_suffix(".outside")),
        "OPENAI_BASE_URL": base_url,
        "OPENAI_MODEL": "big",
    }


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def kill_in_parallel(arenas: list[Arena], stories: list[tuple[str, ...]], kills: int) -> None:
    """Let every arena have its kills, all at the same time."""
    deadline = time.monotonic() + MAX_SECONDS
    faults: list[BaseException] = []

    def drive(arena: Arena, told: tuple[str, ...]) -> None:
        try:
            arena.kill_until(told, kills, deadline)
        except BaseException as fault:  # noqa: BLE001 - raised again in the test's own thread
            faults.append(fault)

    threads = [
        threading.Thread(target=drive, args=pair) for pair in zip(arenas, stories, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
