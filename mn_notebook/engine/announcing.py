"""Writes what an attempt announces, unless its run is held: by a pause, or by a budget."""

from collections.abc import Callable
from typing import Any, Protocol

from mn_notebook.domain.budgets import shortage
from mn_notebook.domain.events import AttemptEvent, BudgetReached, ModelRequested, ToolStarted
from mn_notebook.domain.fold import apply_event
from mn_notebook.domain.ids import AttemptToken, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.engine.attempt import Post
from mn_notebook.engine.record import Record
from mn_notebook.engine.services import Services
from mn_notebook.errors import BudgetExceeded, Fenced
from mn_notebook.secrecy.events import without_secrets

_INTENTS = (ModelRequested, ToolStarted)
Appended = Callable[[Exception | None], None]
"""Is told in the loop what became of an announcement."""


class Owner(Protocol):
    """Whoever writes for a run."""

    lost: bool
    record: Record

    def flush(self) -> None:
        """Queue what was folded."""
        ...

    def submit(
        self, events: tuple[Any, ...], *, token: AttemptToken | None, then: Appended
    ) -> None:
        """Queue a group; ``then`` is told when it is durable, or refused."""
        ...


class Announcing:
    """What the attempts of one run announce, and those that may not for now."""

    def __init__(self, services: Services, post: Post) -> None:
        """Answer by ``post``, which leads into the loop."""
        self._services = services
        self._post = post
        self._held: set[StepPath] = set()
        """Attempts that were refused their next intent: the run pauses, or a budget is used up."""
        self._reserved: list[tuple[AttemptEvent, ...]] = []
        """Announcements on their way that are not folded yet."""

    def append(
        self,
        owner: Owner,
        path: StepPath,
        token: AttemptToken,
        events: tuple[AttemptEvent, ...],
        appended: Appended,
    ) -> None:
        """Write an attempt's own events under its token; ``appended`` is told in the loop."""
        state = owner.record.state
        if owner.lost or state.active.get(path) != token:
            self._post(lambda: appended(_refused(path)))
            return
        if state.pause_requested and any(isinstance(event, _INTENTS) for event in events):
            # What is under way ends; nothing new begins. The attempt goes on when the run does.
            self._held.add(path)
            self._post(lambda: appended(Fenced(f"{path!r} is held: the run is paused")))
            return
        if any(isinstance(event, ModelRequested) for event in events):
            self._ask_model(owner, path, token, events, appended)
            return
        owner.flush()
        events = tuple(map(without_secrets, events))
        for event in events:
            owner.record.apply(event)
        owner.submit(events, token=token, then=appended)

    def _ask_model(
        self,
        owner: Owner,
        path: StepPath,
        token: AttemptToken,
        events: tuple[AttemptEvent, ...],
        appended: Appended,
    ) -> None:
        """Write the announcement of a model call if every budget around it has room for it."""
        record, now = owner.record, self._services.clock.now()
        reached = shortage(self._reserving(record.state), events, now)
        if reached is not None or record.state.stopped_short:
            self._hold_for_budget(owner, path, reached, appended)
            return
        owner.flush()
        if not self._services.ceilings:
            for event in events:
                record.apply(event)
            owner.submit(events, token=token, then=appended)
            return
        # Whether a day's budget has room is known only where it is written. So it is folded when
        # it is, as if somebody else had written it; until then it counts as reserved.
        self._reserved.append(events)

        def then(fault: Exception | None) -> None:
            self._reserved.remove(events)
            if isinstance(fault, BudgetExceeded):
                self._hold_for_budget(owner, path, fault.reached, appended)
                return
            if fault is None:
                for event in events:
                    record.apply(event)
            appended(fault)

        owner.submit(events, token=token, then=then)

    def _reserving(self, state: RunState) -> RunState:
        """Return the state as it is when all announcements on their way are written."""
        now = self._services.clock.now()
        for events in self._reserved:
            for event in events:
                state = apply_event(state, event, state.head + 1, now)
        return state

    def _hold_for_budget(
        self, owner: Owner, path: StepPath, reached: BudgetReached | None, appended: Appended
    ) -> None:
        """Let an attempt end without its call; the run asks whether it may be made."""
        if not owner.lost:
            self._held.add(path)
            if owner.record.state.reached is None and reached is not None:
                owner.record.fold(reached)
                owner.flush()
        self._post(lambda: appended(Fenced(f"{path!r} is held: the budget is used up")))

    def ended(self, path: StepPath) -> bool:
        """Forget an attempt that has ended; tell whether it was refused its next intent."""
        held = path in self._held
        self._held.discard(path)
        return held


def why_held(state: RunState) -> str:
    """Say what holds the attempts of a run."""
    if state.pause_requested:
        return "the run is paused"
    return state.stopped_short or "a budget is used up"


def _refused(path: StepPath) -> Exception:
    return Fenced(f"nobody waits for this attempt of {path!r} any more: nothing was written")
