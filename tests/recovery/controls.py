"""A person's hand on the runs of a store: asks for something just when an owner is killed."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from mn_notebook.client import RunClient
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import ApprovalId, CommandId, RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.engine.people import can_be_skipped, located
from mn_notebook.errors import AlreadyDecided, UsageError
from tests.recovery.people import SENT_BACK, decided
from tests.recovery.story import Story

Moment = Literal["before", "at", "after", "obeyed", "later"]
"""Just before a kill, while it happens, when nobody lives, long enough before it to be just obeyed,
or while a new owner works."""
CONTROLS = (
    "answer",
    "approve",
    "cancel",
    "pause",
    "reject",
    "resume",
    "retry",
    "signal",
    "skip",
    "skip with a value",
)
"""All that can be asked of a run at a kill."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something that was asked of a run."""

    kind: str
    run_id: RunId
    moment: Moment
    command_id: CommandId | None
    """What it is called from the moment on at which it cannot be lost; None: it was refused, or
    it is found by its value."""
    value: Any = None
    refused: str = ""


CANCELLED = 0.04
"""The share of cancels: each ends a run that had more to show."""

Ask = Callable[[], CommandId | None]
Wish = tuple[int, str, Any, Ask]
"""How likely it is wanted, its kind, its value, and how it is asked for."""


class Hand:
    """Asks for one thing after the other. Whatever it needs to know, it looks up in the store."""

    def __init__(self, client: RunClient, log: Path, chance: random.Random) -> None:
        """Ask through ``client``; ``log`` is what the outside saw."""
        self.asked: list[Control] = []
        self._client = client
        self._log = log
        self._chance = chance
        self._numbers = 0
        self._holds: set[RunId] = set()
        """Runs that were asked to pause and not yet to go on."""
        self._counts: Counter[str] = Counter()
        self._wanted: set[tuple[RunId, str]] = set()
        """What was asked for already: kinds, and paths of steps that are skipped."""
        self._helped: dict[RunId, int] = {}
        """How far a run had come when it was helped last."""

    def ask(self, runs: Mapping[RunId, Story], moment: Moment) -> None:
        """Ask one of these runs for something that makes sense as it stands."""
        wishes = [
            (run_id, wish) for run_id, story in runs.items() for wish in self._wishes(run_id, story)
        ]
        if not wishes:
            return
        # What was asked for less is wanted more.
        weights = [wish[0] / (1 + self._counts[wish[1]]) ** 2 for _, wish in wishes]
        ((run_id, wish),) = self._chance.choices(wishes, weights)
        if self._chance.random() < CANCELLED and self._is_new(run_id, "cancel"):
            wish = (1, "cancel", None, partial(self._client.cancel, run_id))
        self._do(run_id, wish, moment)

    def find(self, kind: str, run_id: RunId, story: Story) -> Wish | None:
        """Return a way to ask a run for one kind of thing, if it makes sense as it stands."""
        if kind == "cancel":
            return 1, kind, None, partial(self._client.cancel, run_id)
        if kind.startswith("skip"):
            wanted = self._skips(run_id, story, self._client.state(run_id), kind)
        else:
            wanted = self._wishes(run_id, story)
        return next((wish for wish in wanted if wish[1] == kind), None)

    def wish(self, run_id: RunId, wish: Wish, moment: Moment) -> None:
        """Ask a run for what `find` has found."""
        self._do(run_id, wish, moment)

    def help(self, run_id: RunId, story: Story) -> None:
        """Ask for what a run needs to go on, if it stands still for want of it."""
        state = self._client.state(run_id)
        if self._helped.get(run_id) == state.head:
            return
        for wish in self._help(run_id, story, state):
            self._helped[run_id] = state.head
            self._do(run_id, wish, "later")
            return

    def _questions(self, run_id: RunId) -> list[ApprovalId]:
        found = self._client.approvals()
        return [line.approval_id for line in found if line.run_id == run_id]

    def stands(self, run_id: RunId, story: Story) -> bool:
        """Tell whether a run goes on only when it is helped."""
        return any(True for _ in self._help(run_id, story, self._client.state(run_id)))

    def _do(self, run_id: RunId, wish: Wish, moment: Moment) -> None:
        _, kind, value, ask = wish
        refused = ""
        command_id = None
        try:
            command_id = ask()
        except (AlreadyDecided, UsageError) as fault:
            refused = str(fault)
        else:
            self._remember(run_id, kind, str(value))
        self.asked.append(Control(kind, run_id, moment, command_id, value, refused))

    def _is_new(self, run_id: RunId, what: str) -> bool:
        """Tell whether this was not asked for before; now and then it is asked for again."""
        return (run_id, what) not in self._wanted or self._chance.random() < 0.1

    def _remember(self, run_id: RunId, kind: str, value: str) -> None:
        self._counts[kind] += 1
        self._wanted |= {(run_id, kind), (run_id, value)}
        if kind == "pause":
            self._holds.add(run_id)
        elif kind == "resume":
            self._holds.discard(run_id)

    # --- what can be wanted --------------------------------------------------------------------

    def _wishes(self, run_id: RunId, story: Story) -> Iterator[Wish]:
        client = self._client
        state = client.state(run_id)
        yield from self._help(run_id, story, state)
        if state.ended:
            return
        if run_id not in self._holds and not state.pause_requested:
            yield 8, "pause", None, lambda: client.pause(run_id, because="for a while")
        yield from self._skips(run_id, story, state)
        if story.signal and len(state.signals.get(story.signal, ())) < 2:
            yield self._signal(run_id, story.signal)
        for approval_id in self._questions(run_id):
            if approval_id not in state.approvals or not self._is_new(run_id, approval_id):
                continue
            request = state.approvals[approval_id].request
            yield (
                12,
                _kind_of(request),
                approval_id,
                partial(decided, client, run_id, request, self._log),
            )

    def _help(self, run_id: RunId, story: Story, state: RunState) -> Iterator[Wish]:
        client = self._client
        if state.phase == "failed" and story.needs_repair:
            yield 8, "retry", None, lambda: client.retry(run_id)
            yield 4, "retry", None, lambda: client.retry(run_id, "fragile")
            yield self._skip(run_id, "fragile", 4)
        elif not state.ended and state.pause_requested and run_id in self._holds:
            yield 20, "resume", None, lambda: client.resume(run_id)
        elif not state.ended and story.signal and _awaits_signal(state):
            yield self._signal(run_id, story.signal)

    def _skips(
        self, run_id: RunId, story: Story, state: RunState, kind: str = ""
    ) -> Iterator[Wish]:
        for path in story.optional:
            instance, node = located(state, StepPath(path))
            if not self._is_new(run_id, path):
                continue
            if node is not None and can_be_skipped(state, node, instance):
                yield self._skip(run_id, path, 4, kind)

    def _skip(self, run_id: RunId, path: str, weight: int, kind: str = "") -> Wish:
        client = self._client
        if kind == "skip" or (not kind and self._chance.random() < 0.4):
            return weight, "skip", path, lambda: client.skip(run_id, path, because="no need")
        value = self._number()
        return (
            weight,
            "skip with a value",
            path,
            lambda: client.skip(run_id, path, value=value, has_value=True, because="known"),
        )

    def _signal(self, run_id: RunId, name: str) -> Wish:
        value = self._number()

        def send() -> None:
            self._client.signal(name, run_id=run_id, value=value)

        return 6, "signal", value, send

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers


def _kind_of(request: ApprovalRequested) -> str:
    if request.subject == "approve" and request.prompt == SENT_BACK:
        return "approve" if "#" in request.path else "reject"
    return {"ask": "answer", "in_doubt": "settle"}.get(request.subject, "approve")


def _awaits_signal(state: RunState) -> bool:
    return any(
        instance.signal is not None and instance.received is None and instance.status == "waiting"
        for instance in state.instances.values()
    )


def at_once(act: Callable[[], None]) -> threading.Thread:
    """Begin to act in a thread, and return it."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread
