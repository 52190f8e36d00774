"""What processes under test do: advance runs, be the people, fork, wait, end, be careless."""

import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from mn_notebook.agents import effects, tool_step
from mn_notebook.client import NewRun, open_client
from mn_notebook.clock import SystemClock
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.domain.state import RunState
from mn_notebook.engine import obeying
from mn_notebook.engine import worker as engine_worker
from mn_notebook.errors import StoreError
from mn_notebook.ports import InboxCommand, ModelClient, Outcome, RunLine, Succeeded
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.settings import MnSettings
from mn_notebook.store import journal as store_journal
from mn_notebook.store import leases as store_leases
from mn_notebook.store import writer as store_writer
from mn_notebook.store.journal import SqlJournal
from mn_notebook.verbs import explain, hold
from mn_notebook.verbs.session import Session
from tests.recovery import deeds, outside
from tests.recovery.call_owner import own as own_calls
from tests.recovery.effect_owner import own as own_effects
from tests.recovery.people import decide
from tests.recovery.stories import STORIES, workflow_of

ENDED = ("succeeded", "failed", "cancelled")


class SchemaModeFor(ModelClient):
    """Speaks to models whose name begins with ``schema-`` as if their native calls failed."""

    def __init__(self, inner: ModelClient) -> None:
        self._inner = inner

    @override
    def profile(self, model: str | None) -> ModelProfile:
        profile = self._inner.profile(model)
        if profile.name.startswith("schema-"):
            return profile.model_copy(update={"tool_mode": "schema"})
        return profile

    @override
    async def complete(
        self,
        request: ModelRequest,
        *,
        timeout_seconds: float,
        call_id: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ModelAnswer:
        return await self._inner.complete(
            request, timeout_seconds=timeout_seconds, call_id=call_id, on_text=on_text
        )

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


def shorten_leases(seconds: float, beat: float | None) -> None:
    """Let a lease end soon: only a test can want that."""
    store_leases.LEASE_SECONDS = seconds
    engine_worker.BEAT_SECONDS = store_leases.BEAT_SECONDS = beat or seconds / 5
    engine_worker.RECOVER_SECONDS = min(engine_worker.RECOVER_SECONDS, seconds / 5)


class JumpingClock(SystemClock):
    """The machine's clock, put forward by an hour at SIGUSR1 and back by one at SIGUSR2."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        for number, hours in ((signal.SIGUSR1, 1), (signal.SIGUSR2, -1)):
            signal.signal(number, lambda *_, hours=hours: self._jump(hours))

    def _jump(self, hours: int) -> None:
        before = self.now()
        self._ahead += timedelta(hours=hours)
        say(f"jumped {hours:+d} h", seconds=(self.now() - before).total_seconds())

    @override
    def now(self) -> datetime:
        return super().now() + self._ahead


def opened(clock: SystemClock | None = None) -> Runtime:
    """Open a runtime as a kernel would."""
    settings = MnSettings()
    clock = clock or SystemClock()
    models = SchemaModeFor(configured_models(settings, local_models(settings), clock))
    return open_runtime(settings, namespace=vars(deeds), models=models, clock=clock)


def started(runtime: Runtime, story: str, topic: str) -> RunId:
    """Start a run of a story."""
    inputs = {"topic": topic}
    return runtime.start(NewRun(workflow_of(story), STORIES[story].text, runtime.origin, inputs))


def say(word: str, **more: Any) -> None:
    """Tell the tests, through the file of standard output."""
    os.write(1, (json.dumps({"say": word, "pid": os.getpid(), **more}) + "\n").encode())


def reached_end(line: RunLine) -> bool:
    """Tell whether a run has ended."""
    return line.status in ENDED


# --- roles -------------------------------------------------------------------------------------


def advance(job: dict[str, Any]) -> None:
    """Start what is to be started, take over the rest, and go on until killed or all is done."""
    note_drops()
    runtime = opened(JumpingClock() if job.get("clock") == "jumping" else None)
    named = [started(runtime, story, topic) for story, topic in job.get("start", [])]
    say("ready", runs=named)
    if job.get("until") == "told":
        sys.stdin.read()
    elif job.get("until") == "done":
        wait_for_all(runtime)
    elif job.get("until") == "end_of_main":
        return
    else:
        threading.Event().wait()
    runtime.close()
    say("closed")


def note_drops() -> None:
    """Write down outside which commands come to nothing, and how far their runs were then."""
    events_of = obeying.Obeying.events_of

    def noted(self: Any, state: RunState, command: InboxCommand) -> list[Any]:
        events = events_of(self, state, command)
        if not events:
            where = f"{state.run_id}/"
            line = outside.Line(
                "dropped", command.kind, where, command.id, "", os.getpid(), state.head
            )
            outside.note(line)
        return events

    replaced = "events_of"
    setattr(obeying.Obeying, replaced, noted)


def wait_for_all(runtime: Runtime) -> None:
    """Wait until every run of the store has ended."""
    for line in runtime.client.runs(most=10_000):
        runtime.wait(line.run_id, until=lambda row: row.status in ENDED)


def interrupted(job: dict[str, Any]) -> None:
    """Wait for a run in the main thread, be interrupted there, and see the run to its end."""
    runtime = opened()
    run_id = started(runtime, job["story"], "topic 1")
    say("ready", runs=[run_id])
    try:
        runtime.wait(run_id, until=reached_end)
    except KeyboardInterrupt:
        say("interrupted", status=runtime.client.run(run_id).status)
    line = runtime.wait(run_id, until=reached_end)
    say("ended", status=line.status)
    runtime.close()


def forking(job: dict[str, Any]) -> None:
    """Fork in the middle of a run, in both ways that Python has."""
    runtime = opened()
    run_id = started(runtime, job["story"], "topic 1")
    runtime.wait(run_id, until=lambda line: line.status == "running")
    say("ready", runs=[run_id])
    pid = os.fork()
    if pid == 0:
        _as_child(runtime, run_id, "forked")
        os._exit(0)
    os.waitpid(pid, 0)
    child = multiprocessing.get_context("fork").Process(
        target=_as_child, args=(runtime, run_id, "multiprocessed")
    )
    child.start()
    child.join()
    line = runtime.wait(run_id, until=reached_end)
    say("ended", status=line.status, alive=runtime.is_alive)
    runtime.close()


def _as_child(runtime: Runtime, run_id: RunId, word: str) -> None:
    signal.alarm(20)  # whatever hangs in a child ends it
    new = NewRun(workflow_of("slow"), STORIES["slow"].text, runtime.origin, {"topic": "child"})
    tried: dict[str, Callable[[], Any]] = {
        "start": lambda: runtime.start(new),
        "resume": lambda: runtime.resume(run_id),
        "wait": lambda: runtime.wait(run_id, until=reached_end, timeout_seconds=5),
        "create": lambda: runtime.client.start(new),
        "close": runtime.close,
    }
    say(word, alive=runtime.is_alive, answers={name: _said(act) for name, act in tried.items()})


def _said(act: Callable[[], Any]) -> str:
    try:
        act()
    except StoreError as fault:
        return str(fault)
    return ""


def leaving_a_child(job: dict[str, Any]) -> None:
    """Own a run, and have a forked child that lives on."""
    runtime = opened()
    run_id = started(runtime, job["story"], "topic 1")
    runtime.wait(run_id, until=lambda line: line.status == "running")
    pid = os.fork()
    if pid == 0:
        threading.Event().wait(job["child_seconds"])
        os._exit(0)
    say("ready", runs=[run_id], child=pid)
    threading.Event().wait()


def careless(job: dict[str, Any]) -> None:
    """Advance runs as one must not: a write that was cut off is made again, without a question."""

    async def again(
        handler: Any, target: Any, wanted: Any, _last: Any, work: Any, recorder: Any
    ) -> Outcome:
        await recorder.record(effects.started(work, wanted, recorder, target))
        made = await handler._make(target, wanted, work, recorder)
        return Succeeded(made.value, made.events)

    replaced = "_reconcile"
    setattr(tool_step.CallHandler, replaced, again)
    advance(job)


def deaf(job: dict[str, Any]) -> None:
    """Advance runs as one must not: drop a pause that could be obeyed, and obey a signal twice."""
    events_of = obeying.Obeying.events_of

    def heard(self: Any, state: RunState, command: InboxCommand) -> list[Any]:
        events = events_of(self, state, command)
        if command.kind == "pause":
            return []
        return events * 2 if command.kind == "signal" else events

    replaced = "events_of"
    setattr(obeying.Obeying, replaced, heard)
    advance(job)


def ending(job: dict[str, Any]) -> None:
    """Come to the end of the program while a step is under way, without closing anything."""
    runtime = opened()
    run_id = started(runtime, job["story"], "topic 1")
    runtime.wait(run_id, until=lambda line: line.status == "running")
    threading.Event().wait(0.3)
    say("ready", runs=[run_id])


def stumbling(job: dict[str, Any]) -> None:
    """Advance runs in a process whose store refuses one group of events for no good reason."""
    refuse = ["step.succeeded"]
    replaced = "event_row"
    event_row = getattr(store_journal, replaced)

    def stumble(run_id: str, seq: int, event: Any, *more: Any) -> Any:
        if event.kind in refuse:
            refuse.remove(event.kind)
            message = "the disk stumbled"
            say("stumbled", kind=event.kind)
            raise RuntimeError(message)
        return event_row(run_id, seq, event, *more)

    setattr(store_journal, replaced, stumble)
    advance(job)


def freezing(job: dict[str, Any]) -> None:
    """Own a run and stop oneself at the outcome of its step, before or inside its transaction."""
    session = Session(MnSettings(), namespace=vars(deeds))
    runtime = session.engine()
    _stop_at_an_outcome(inside=job["at"] == "inside")
    run_id = started(runtime, job["story"], "topic 1")
    say("ready", runs=[run_id])
    lost = threading.Event()
    while not (runtime.lost or reached_end(runtime.client.run(run_id))):
        lost.wait(0.02)
    why = explain.why(session, run_id).why
    say("thawed", lost=runtime.lost.get(run_id, ""), why=why, owns=_owns(runtime, run_id))
    runtime.wait(run_id, until=reached_end)
    say("ended", why=explain.why(session, run_id).why)
    session.close()


def _owns(runtime: Runtime, run_id: RunId) -> bool:
    return runtime._background.worker.owns(run_id)


def _stop_at_an_outcome(*, inside: bool) -> None:
    append, submit, commit = SqlJournal._append, SqlJournal.submit, store_writer.commit
    seen: list[str] = []

    def stop(where: str) -> None:
        seen.append(where)
        say("freezing")
        os.kill(os.getpid(), signal.SIGSTOP)
        # The others of its threads stop it: this one must not run on for a moment.
        threading.Event().wait(0.3)

    def is_outcome(group: Any) -> bool:
        return not seen and any(event.kind == "step.succeeded" for event in group.events)

    def appending(journal: SqlJournal, cursor: Any, group: Any) -> Any:
        found = append(journal, cursor, group)
        if is_outcome(group):
            stop("inside")
        return found

    def submitting(journal: SqlJournal, group: Any, appended: Any) -> None:
        if is_outcome(group):
            seen.append("queued")
        submit(journal, group, appended)

    def committing(cursor: Any, operations: Any, check: Any = lambda: None) -> Any:
        if seen == ["queued"]:
            stop("before")
        return commit(cursor, operations, check)

    replaced = ("_append", appending) if inside else ("submit", submitting)
    setattr(SqlJournal, *replaced)
    if not inside:
        store_writer.commit = committing


def asking(job: dict[str, Any]) -> None:
    """Ask something of a run from outside, with little patience."""
    client = open_client(MnSettings())
    client.store.writer._patience = 0.1  # type: ignore[attr-defined]
    try:
        client.pause(RunId(job["run"]))
    except StoreError as fault:
        say("answered", words=str(fault))
    else:
        say("answered", words="")


def resuming(job: dict[str, Any]) -> None:
    """Be told to go on with a run, as in a second kernel of its notebook."""
    session = Session(MnSettings(), via="notebook", namespace=vars(deeds))
    session.engine()
    say("resumed", notes=hold.resume(session, job["run"]).notes)
    session.close()


def effects_owner(job: dict[str, Any]) -> None:
    """Own the runs of a folder, with tools that act on a file and stand still at a moment."""
    own_effects(Path(job["folder"]), job["moment"])


def calls_owner(job: dict[str, Any]) -> None:
    """Own the runs of a folder, and stand still at an instant of a call."""
    own_calls(Path(job["folder"]), job["world"], job["instant"])


ROLES: dict[str, Callable[[dict[str, Any]], None]] = {
    "advance": advance,
    "decide": decide,
    "interrupted": interrupted,
    "forking": forking,
    "freezing": freezing,
    "leaving_a_child": leaving_a_child,
    "asking": asking,
    "calls": calls_owner,
    "careless": careless,
    "deaf": deaf,
    "effects": effects_owner,
    "ending": ending,
    "resuming": resuming,
    "stumbling": stumbling,
}
"""By the name that a test gives."""
