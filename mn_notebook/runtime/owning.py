"""What a notebook asks of the process that owns its runs."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mn_notebook.agents.calling import unroute_prints
from mn_notebook.agents.handlers import Code
from mn_notebook.agents.text_watchers import TextWatchers
from mn_notebook.client import NewRun, RunClient
from mn_notebook.domain.ids import NodePath, RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import NOTHING
from mn_notebook.engine.background import BackgroundWorker
from mn_notebook.engine.summary import status_of
from mn_notebook.errors import StoreError, UsageError
from mn_notebook.ports import ModelClient, OnText, RunLine
from mn_notebook.runtime.bringing import offer
from mn_notebook.runtime.process import closed, is_any_open, opened

if TYPE_CHECKING:
    from mn_notebook.agents.late import Late
    from mn_notebook.agents.local import LocalModels
    from mn_notebook.domain.picture import RunPicture
    from mn_notebook.domain.statuses import Owner
    from mn_notebook.engine.notifying import Notifier

POLL_SECONDS = 0.2
OWN_POLL_SECONDS = 1.0
"""How often a run is looked at that this process advances, and whose changes it is told of."""


class Runtime:
    """A client that also owns runs: those of its notebook, and those it is told to resume."""

    def __init__(
        self,
        client: RunClient,
        background: BackgroundWorker,
        code: Code,
        models: ModelClient,
        local: "Late[LocalModels]",
        leases: Any,
        *,
        origin: str,
        texts: TextWatchers,
    ) -> None:
        """Take parts that fit together; `open_runtime` makes them."""
        self.client = client
        self.code = code
        self.models = models
        self._local = local
        self.origin = origin
        self._background = background
        self._leases = leases
        self._texts = texts
        self.notifier: Notifier | None = None
        """Tells people elsewhere what waits, where the settings say so."""
        self._closed = False
        opened(self)

    @property
    def is_alive(self) -> bool:
        """Tell whether this process still advances runs."""
        return not self._closed and self._background.is_alive

    @property
    def trouble(self) -> str | None:
        """Say why nothing can be written at the moment, or None."""
        return self.client.store.writer.trouble

    @property
    def recovered(self) -> tuple[RunId, ...]:
        """Return the interrupted runs that this process took over."""
        return tuple(self._background.worker.recovered)

    @property
    def lost(self) -> Mapping[RunId, str]:
        """Return the runs that other processes took over from this one, each with the reason."""
        return self._background.worker.lost

    def start(self, new: NewRun) -> RunId:
        """Create a run and begin to advance it. The run is durable on return.

        It is created and claimed by one commit, which runs that are started at once share; where
        the disk is busy meanwhile, its first steps are announced by the same one.
        """
        self._require_alive()
        worker = self._background.worker
        if new.origin not in worker.origins:
            self._background.post(lambda: worker.origins.add(new.origin))
        return self.client.start(
            new,
            owner=self._leases,
            queued=lambda events: worker.hand_over(new.workflow, events),
        )

    def resume(self, run_id: RunId) -> bool:
        """Take a run over that no living process advances; False when one does."""
        self._require_alive()
        worker = self._background.worker
        return self._background.call(lambda: worker.keep(run_id))

    def recall(self, state: RunState) -> None:
        """Make the code that a run was started with available, where this user has recorded it."""
        offer(state, self.code)

    def call_of(self, run_id: RunId, path: str) -> tuple[Callable[..., Any], dict[str, Any]]:
        """Return the function that a step of a run calls, and the arguments that it was given.

        The arguments are those of the journal, decoded; a tool gets the key of its recorded call.
        ``path`` is the step's name, or ``step[item]``.

        Raises:
            UsageError: the step has not started, calls no function, or its code is not there.
        """
        state = self.client.state(run_id)
        instance = state.instances.get(StepPath(path)) or state.current(NodePath(path))
        if instance is None or instance.input == NOTHING:
            started = ", ".join(sorted(state.instances)) or "none"
            message = f"step {path!r} has not been given any arguments yet; started: {started}"
            raise UsageError(message)
        self.recall(state)
        rendered = self.client.values.load(instance.input)
        keys = [call.key for call in instance.calls if call.key]
        step = state.step_of(instance.path)
        given = rendered if isinstance(rendered, dict) else {}
        return self.code.call_of(step, given, keys[-1] if keys else "")

    def ring(self) -> None:
        """Let the engine look for commands at once."""
        self._background.worker.ring()

    def unblock(self) -> None:
        """Tell runs that wait for code that a cell has run."""
        if self.is_alive:
            self._background.post(self._background.worker.unblock)

    def watch(self, run_id: RunId, watcher: Callable[["RunPicture"], None]) -> Callable[[], None]:
        """Give ``watcher`` the pictures of a run, from the engine's thread; return how to stop."""
        from mn_notebook.domain.drawing import draw

        worker = self._background.worker

        def drawn(state: RunState) -> None:
            owner: Owner = "live" if worker.owns(run_id) else "none"
            picture = draw(state, status_of(state), self.client.clock.now(), owner)
            trouble = self.trouble
            if trouble is not None:
                picture = picture.model_copy(update={"status_text": "paused", "next": trouble})
            watcher(picture)

        return self._watch_states(run_id, drawn)

    def watch_changes(self, run_id: RunId, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` when a run has changed, from the engine's thread; return how to stop.

        Nothing is drawn for it: who wants a picture asks for one when it can show it.
        """
        return self._watch_states(run_id, lambda _state: changed())

    def watch_text(self, run_id: RunId, on_text: OnText) -> Callable[[], None]:
        """Give ``on_text`` what a run's models say while they say it; return how to stop.

        Only while this process advances the run. It is called in the engine's thread and must be
        quick; nothing of it is journaled.
        """
        return self._texts.watch(run_id, on_text)

    def _watch_states(
        self, run_id: RunId, watcher: Callable[[RunState], None]
    ) -> Callable[[], None]:
        worker = self._background.worker
        self._background.post(lambda: worker.watch(run_id, watcher))
        self.ring()
        return lambda: self._background.post(lambda: worker.unwatch(run_id, watcher))

    def wait(
        self,
        run_id: RunId,
        *,
        until: Callable[[RunLine], bool],
        timeout_seconds: float | None = None,
        tick: Callable[[RunLine], None] | None = None,
    ) -> RunLine:
        """Wait in the calling thread; interrupting it leaves the run as it is.

        ``tick`` is called some times a second with the run's row. Returns when ``until`` holds, or
        when the time is over.
        """
        end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        changed = threading.Event()
        known = [""]
        worker = self._background.worker

        def noticed(state: RunState) -> None:
            # Only then somebody who waits has a reason to look before the time has come to.
            status = status_of(state)
            if status != known[0] or state.ended:
                known[0] = status
                changed.set()

        unwatch = self._watch_states(run_id, noticed)
        try:
            while True:
                line = self.client.run(run_id)
                if tick is not None:
                    tick(line)
                if until(line) or (end is not None and time.monotonic() >= end):
                    return line
                told = tick is None and known[0] == line.status and worker.owns(run_id)
                pause = OWN_POLL_SECONDS if told else POLL_SECONDS
                changed.wait(pause if end is None else min(pause, end - time.monotonic()))
                changed.clear()
        finally:
            if self.is_alive:
                unwatch()

    def close(self) -> None:
        """Stop advancing runs, give up their leases and the store; all can be gone on with."""
        if self._closed:
            return
        self._closed = True
        closed(self)
        self._background.close()
        if self.notifier is not None:
            self.notifier.close()
        if self.code.servers is not None and self.code.servers.made is not None:
            self.code.servers.made.leave(self.code.recorded.made)
        self._leases.close()
        if self._local.made is not None:
            self._local.made.close()
        if not is_any_open():
            unroute_prints()
        self.client.close()

    def disable(self) -> None:
        """Make this object harmless in a forked child: the runs belong to the parent."""
        self._closed = True
        self._leases.disown()

    def _require_alive(self) -> None:
        if not self.is_alive:
            message = (
                "the runtime of this process has ended (a forked child has none): "
                "%load_ext mn_notebook in a fresh kernel goes on"
            )
            raise StoreError(message)
