"""Compares what the outside saw with what the journals say: the proof that nothing was repeated.

An intent is *open* from the event that announces it to the event that ends it. Whatever the outside
saw more than once must be matched by intents that an interrupted attempt left open, and each such
attempt must have belonged to a process that a test killed.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mn_notebook.client import RunClient
from mn_notebook.domain.events import (
    LeaseTaken,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    Recorded,
    RunCancelRequested,
    RunPauseRequested,
    RunResumed,
    StepFailed,
    StepInterrupted,
    StepResumed,
    StepSkipped,
    StepsRedone,
    StepStarted,
    StepSucceeded,
    ToolFailed,
    ToolInDoubt,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.ids import RunId, StepPath
from mn_notebook.domain.state import RunState
from tests.recovery.books import Expected
from tests.recovery.outside import Line


@dataclass(slots=True)
class Findings:
    """What an audit counted, and what is wrong."""

    faults: list[str] = field(default_factory=list)
    runs: int = 0
    interruptions: int = 0
    """Attempts that a kill left without an outcome."""
    tool_calls: int = 0
    """Acts of tools and functions that the outside saw begin."""
    model_calls: int = 0
    """Requests that reached the model's server."""
    repeated_acts: int = 0
    """Acts that the outside saw begin again, each matched by an open intent."""
    failed_acts: int = 0
    """Acts that began again because they had failed, as the journal says."""
    lost_model_calls: int = 0
    """Requests whose answer a kill lost: each was asked anew, under a new name."""
    checked: int = 0
    """Doubts that a tool's own check ended."""
    cut_off: set[str] = field(default_factory=set)
    """The processes that died while attempts of theirs were under way."""
    settled: Counter[str] = field(default_factory=Counter)
    """Doubts that a person ended, by outcome."""
    written: int = 0
    """Writes done to the world."""
    stopped: int = 0
    """Attempts that a pause, a cancel or a skip ended."""
    controls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """What people asked for at kills, by kind and by what became of it."""
    passed_on: Counter[str] = field(default_factory=Counter)
    """Steps that a killed owner left unfinished to the next one, by kind."""
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often what was asked for took effect, by kind and by the moment at which it was asked."""
    moments: Counter[str] = field(default_factory=Counter)
    """How many of these were durable, by the moment at which they were asked for."""

    def add(self, other: "Findings") -> None:
        """Count another store's findings too."""
        self.faults += other.faults
        self.settled += other.settled
        self.controls += other.controls
        self.moments += other.moments
        self.met += other.met
        self.passed_on += other.passed_on
        self.cut_off |= other.cut_off
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def __str__(self) -> str:
        counts = ", ".join(f"{name.replace('_', ' ')} {getattr(self, name)}" for name in _COUNTS)
        return (
            f"{counts}, processes cut off in an attempt {len(self.cut_off)}, "
            f"settled by people {dict(self.settled)}, "
            f"passed on unfinished {dict(self.passed_on)}, "
            f"controls {self._controls()}, moments {dict(self.moments)}"
        )

    def _controls(self) -> str:
        return ", ".join(f"{kind} {what} {n}" for (kind, what), n in sorted(self.controls.items()))


_COUNTS = (
    "runs",
    "interruptions",
    "tool_calls",
    "model_calls",
    "repeated_acts",
    "failed_acts",
    "lost_model_calls",
    "checked",
    "written",
    "stopped",
)


@dataclass(slots=True)
class _Intent:
    """One announcement of a call, or one attempt at a function."""

    path: str
    attempt: int
    owner: str
    ended: str = "open"
    """``open``, or how it ended: done, failed, doubt, lost (with its process), stopped (on
    request)."""


class Audit:
    """Goes through the journal of one run."""

    def __init__(self, run_id: RunId, events: Sequence[Recorded], findings: Findings) -> None:
        self.run_id = run_id
        self.findings = findings
        self.acts: dict[str, list[_Intent]] = {}
        """By idempotency key, or for functions by place."""
        self.models: dict[str, _Intent] = {}
        """By call id."""
        self.hashes: Counter[tuple[str, str]] = Counter()
        """How often a request was answered, by path and hash."""
        self.lost_owners: set[str] = set()
        self.succeeded: set[str] = set()
        self._asked: dict[str, tuple[str, str]] = {}
        self._keys: dict[str, str] = {}
        self._key_at: dict[str, str] = {}
        """The key of a function's call, which the function is not given, by place."""
        self._owner = ""
        self._held = ""
        """Why nothing may begin at the moment."""
        self._skipped: set[str] = set()
        for recorded in events:
            self._take(recorded.event)

    def wrong(self, what: str) -> None:
        """Note a broken promise."""
        self.findings.faults.append(f"run {self.run_id}: {what}")

    def _take(self, event: Any) -> None:
        self._take_control(event)
        self._take_act(event)

    def _take_control(self, event: Any) -> None:
        """Nothing begins in a run that is held or stopped, nor in a step that was skipped."""
        match event:
            case RunPauseRequested() if not self._held:
                self._held = "paused"
            case RunCancelRequested():
                self._held = "cancelled"
            case RunResumed() if self._held == "paused":
                self._held = ""
            case StepSkipped():
                self._skipped.add(event.path)
            case StepStarted() | ModelRequested() | ToolStarted():
                if self._held:
                    self.wrong(f"{event.kind} {event.path} although it is {self._held}")
                if self._is_skipped(event.path):
                    self.wrong(f"{event.kind} {event.path} although it was skipped")
            case _:
                pass

    def _is_skipped(self, path: str) -> bool:
        return any(path == one or path.startswith((f"{one}/", f"{one}#")) for one in self._skipped)

    def _take_act(self, event: Any) -> None:  # noqa: C901, PLR0912 - a list of kinds
        match event:
            case LeaseTaken():
                self._owner = event.owner
            case StepStarted():
                self._announce(f"{self.run_id}/{event.path}", event.path, event.attempt)
            case ToolStarted():
                self._keys[event.call_id] = event.key
                self._key_at[f"{self.run_id}/{event.path}"] = event.key
                self._announce(event.key, event.path, event.attempt)
            case ToolSucceeded():
                self._end(self._keys[event.call_id], "done")
            case ToolFailed():
                self._end(self._keys[event.call_id], "failed")
            case ToolInDoubt():
                self._end(self._keys[event.call_id], "doubt")
            case ToolSettled():
                self._settled(event)
            case ModelRequested():
                self._asked[event.call_id] = (event.path, event.request_hash)
                if event.call_id in self.models:
                    self.wrong(f"the model call {event.call_id} was announced twice")
                self.models[event.call_id] = _Intent(event.path, event.attempt, self._owner)
            case ModelResponded():
                self.models[event.call_id].ended = "done"
                self.hashes[self._asked[event.call_id]] += 1
            case ModelFailed():
                self.models[event.call_id].ended = "failed"
            case StepSucceeded():
                self._end(f"{self.run_id}/{event.path}", "done")
                if event.path in self.succeeded:
                    self.wrong(f"{event.path} succeeded twice")
                self.succeeded.add(event.path)
            case StepResumed():
                # It waited, and whoever goes on with it may be another process.
                self.acts[f"{self.run_id}/{event.path}"][-1].owner = self._owner
            case StepFailed():
                self._end(f"{self.run_id}/{event.path}", "failed")
            case StepInterrupted():
                self._interrupted(event)
            case _:
                pass

    def _announce(self, name: str, path: str, attempt: int) -> None:
        known = self.acts.setdefault(name, [])
        if known and known[-1].ended == "done":
            self.wrong(f"{name} was announced again after it had been finished")
        if known and known[-1].ended == "open":
            self.wrong(f"{name} was announced again while it was open and nobody had died")
        known.append(_Intent(path, attempt, self._owner))

    def _end(self, name: str, how: str) -> None:
        if self.acts.get(name):
            self.acts[name][-1].ended = how

    def _settled(self, event: ToolSettled) -> None:
        happened = event.outcome == "happened"
        self._end(self._keys[event.call_id], "done" if happened else "lost")
        if event.by == "check":
            self.findings.checked += 1
        else:
            self.findings.settled[event.outcome] += 1

    def _interrupted(self, event: StepInterrupted) -> None:
        step = f"{self.run_id}/{event.path}"
        died = not event.on_purpose and self._held != "cancelled"
        if died:
            self.findings.interruptions += 1
            self.findings.cut_off.add(self.acts[step][-1].owner)
        else:
            self.findings.stopped += 1
        calls = [acts[-1] for name, acts in self.acts.items() if name != step and acts]
        calls += list(self.models.values())
        for intent in [*calls, *self.acts[step][-1:]]:
            if intent.path == event.path and intent.ended == "open":
                intent.ended = "lost" if died else "stopped"
                if died:
                    self.lost_owners.add(intent.owner)
                elif intent in calls and event.because == "the run is paused":
                    self.wrong(f"a pause cut off a call of {event.path}")

    # --- against the outside -------------------------------------------------------------------

    def compare(self, lines: Iterable[Line], requests: Iterable[str]) -> None:
        """Match what the outside saw of this run with the intents."""
        begun: Counter[str] = Counter()
        did: Counter[str] = Counter()
        names: dict[str, str] = {}
        for line in lines:
            act = line.key or line.where
            if line.where.partition("/")[0] != self.run_id or line.what in ("checked", "dropped"):
                continue
            begun[act] += line.what == "begin"
            did[act] += line.what == "did"
            names[act] = line.name
        for act, count in begun.items():
            self._compare_act(act, names[act], count, did[act])
        self._compare_models(Counter(requests))

    def _compare_act(self, act: str, name: str, begun: int, did: int) -> None:
        # A function that writes has an intent of its own besides its attempt's, as a tool has.
        intents = self.acts.get(self._key_at.get(act, act), [])
        self.findings.tool_calls += begun
        if begun > len(intents):
            self.wrong(f"{name} {act} began {begun} times, announced {len(intents)} times")
        # All announcements but one must have been cut off, or have failed, to allow the next one.
        unfinished = [intent for intent in intents if intent.ended not in ("open", "done")]
        if begun - 1 > len(unfinished):
            self.wrong(f"{name} {act} began {begun} times; only {len(unfinished)} were cut off")
        failed = sum(intent.ended == "failed" for intent in intents)
        repeated = max(0, begun - 1)
        self.findings.failed_acts += min(repeated, failed)
        self.findings.repeated_acts += max(0, repeated - failed)
        if name in ("mail", "post", "book"):
            self.findings.written += did
            # Not done is right only where nobody was told that it was.
            if did > 1 or (not did and intents and intents[-1].ended == "done"):
                self.wrong(f"{name} {act} was done {did} times")

    def _compare_models(self, requests: Counter[str]) -> None:
        for name, count in requests.items():
            run_id, _, call_id = name.partition("/")
            if run_id == self.run_id:
                self._compare_model(call_id, count)
        for call_id, intent in self.models.items():
            if intent.ended == "done" and requests[f"{self.run_id}/{call_id}"] != 1:
                self.wrong(f"the model call {call_id} has an answer that nobody gave")
        for (path, request), count in self.hashes.items():
            if count > 1:
                self.wrong(f"{path} got {count} answers to one request {request}")

    def _compare_model(self, call_id: str, count: int) -> None:
        self.findings.model_calls += count
        intent = self.models.get(call_id)
        if intent is None:
            self.wrong(f"the model was asked {call_id}, which was never announced")
        elif count > 1:
            self.wrong(f"the model was asked {call_id} {count} times")
        elif intent.ended == "lost":
            self.findings.lost_model_calls += 1
        elif intent.ended == "open":
            self.wrong(f"the model call {call_id} was left open and nobody had died")


def passed_on(events: Sequence[Recorded], state: RunState, dead: Collection[str]) -> Counter[str]:
    """Count the steps that were begun and unfinished when a run went on without its dead owner."""
    found: Counter[str] = Counter()
    begun: set[StepPath] = set()
    owner = ""
    for event in (recorded.event for recorded in events):
        match event:
            case LeaseTaken():
                if owner in dead:
                    found.update(state.step_at(state.instances[path].node).kind for path in begun)
                owner = event.owner
            case StepStarted():
                begun.add(event.path)
            case StepSucceeded() | StepSkipped():
                begun.discard(event.path)
            case StepFailed() if event.final:
                begun.discard(event.path)
            case StepsRedone():
                begun -= {path for path in begun if state.instances[path].node in event.nodes}
            case _:
                pass
    return found


def audit(
    client: RunClient,
    lines: Sequence[Line],
    requests: Sequence[str],
    dead: Collection[str],
    expected: dict[RunId, Expected],
) -> Findings:
    """Go through every run of a store.

    ``dead`` are the names of the processes that were killed; ``expected`` holds what each run must
    have come to.
    """
    findings = Findings()
    for run_id, right in expected.items():
        findings.runs += 1
        events, state = client.events(run_id), client.state(run_id)
        audited = Audit(run_id, events, findings)
        audited.compare(lines, requests)
        findings.passed_on += passed_on(events, state, dead)
        output = client.values.load(state.output)
        if state.phase != right.status:
            audited.wrong(f"it is {state.phase}, not {right.status}: {state.error}")
        elif right.status == "succeeded" and output != right.output:
            audited.wrong(f"its output is {output}, not {right.output}")
        for owner in sorted(audited.lost_owners - set(dead)):
            audited.wrong(f"an intent of process {owner} was left open, and nobody killed it")
    return findings
