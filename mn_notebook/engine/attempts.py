"""The attempts of one run: each is made ready before the commit that announces it, none begins."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from mn_notebook.domain.ids import AttemptToken, StepPath
from mn_notebook.engine.attempt import Attempt, Driver, Post
from mn_notebook.engine.services import Services, Slots, Spawn
from mn_notebook.errors import StoreError


class Owner(Driver, Protocol):
    """Whoever drives a run and may lose it."""

    lost: bool


class Attempts:
    """What of a run is under way in this process, and the slots that it takes."""

    def __init__(self, services: Services, slots: Slots, post: Post, spawn: Spawn) -> None:
        """Take slots of the process's; ``post`` and ``spawn`` lead into its loop."""
        self._services = services
        self._slots = slots
        self._post = post
        self._spawn = spawn
        self._announced: list[StepPath] = []
        self._known: dict[StepPath, Attempt] = {}
        self._owed: set[StepPath] = set()
        """Attempts that begin when the one before, which is being stopped, has ended."""
        self._held: set[StepPath] = set()
        """Attempts that have a slot of the process: those under way and those about to begin."""

    def __bool__(self) -> bool:
        """Tell whether any is under way or about to be."""
        return bool(self._known)

    def announce(self, paths: Iterable[StepPath]) -> None:
        """Let attempts begin after the next commit; their slots are theirs from now on."""
        for path in paths:
            self._announced.append(path)
            self._hold(path)

    def prepare(self, owner: Owner) -> dict[StepPath, Attempt | None]:
        """Make what was announced ready to begin at the very moment when it may."""
        announced, self._announced = tuple(self._announced), []
        return {path: self._prepared(owner, path) for path in announced}

    def _prepared(self, owner: Owner, path: StepPath) -> Attempt | None:
        if path in self._known or path not in owner.state.active:
            return None
        try:
            attempt = Attempt(owner, path, self._services)
        except StoreError:
            return None  # It is met again when the attempt is launched, and dealt with there.
        self._known[path] = attempt
        return attempt

    def launch(self, owner: Owner, path: StepPath, attempt: Attempt | None) -> None:
        """Let an attempt go on whose announcement is durable, if it is still to be made."""
        known = self._known.get(path)
        if owner.lost or path not in owner.state.active:
            if known is attempt:
                self._known.pop(path, None)
            self._give_back(path)
        elif attempt is None and known is None:
            self._hold(path)
            attempt = self._known[path] = Attempt(owner, path, self._services)
            attempt.begin(self._post)
            attempt.go_on(self._spawn)
        elif attempt is not None and known is attempt:
            attempt.go_on(self._spawn)
        elif attempt is None:
            self._owed.add(path)

    def ended(self, owner: Owner, path: StepPath) -> None:
        """Forget an attempt that has ended, give its slot back, and begin what waited for that."""
        self._known.pop(path, None)
        self._give_back(path)
        if path in self._owed:
            self._owed.discard(path)
            self.launch(owner, path, None)

    def step_aside(self, path: StepPath) -> bool:
        """Let others have an attempt's slot; False when it has none."""
        held = path in self._held
        self._give_back(path)
        return held

    def step_back(self, path: StepPath) -> None:
        """Count an attempt again, though there may be one too many."""
        if path in self._known:
            self._hold(path)

    def cancel(self) -> None:
        """Stop all of them without an outcome; each is heard of when it has ended."""
        for attempt in list(self._known.values()):
            attempt.cancel(self._post)

    def stop_orphans(self, active: Mapping[StepPath, AttemptToken]) -> None:
        """Stop attempts that the state does not count as under way any more."""
        for path, attempt in list(self._known.items()):
            if active.get(path) != attempt.token:
                attempt.cancel(self._post)

    def abandon(self) -> None:
        """Stop all of them and forget them, with their slots."""
        self._slots.busy -= len(self._held)
        self._held.clear()
        self._owed.clear()
        known, self._known = self._known, {}
        for attempt in known.values():
            attempt.cancel(self._post)

    def _hold(self, path: StepPath) -> None:
        if path not in self._held:
            self._held.add(path)
            self._slots.busy += 1

    def _give_back(self, path: StepPath) -> None:
        if path in self._held:
            self._held.discard(path)
            self._slots.busy -= 1
