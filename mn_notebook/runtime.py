"""Puts the parts together: a process that owns runs and advances them in the background."""

import atexit
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mn_notebook._version import __version__
from mn_notebook.agents.calling import route_prints, unroute_prints
from mn_notebook.agents.code import Functions
from mn_notebook.agents.compensation import Compensations
from mn_notebook.agents.handlers import Code, bring_code, make_handlers
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.late import Late, LateModels
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.recorded import RecordedCode
from mn_notebook.agents.text_watchers import TextWatchers
from mn_notebook.agents.threads import forget_threads
from mn_notebook.agents.tools import REGISTRY, ToolRegistry
from mn_notebook.agents.trust import Signatures
from mn_notebook.client import NewRun, RunClient, open_client
from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.ids import NodePath, ProcessId, RunId, StepPath
from mn_notebook.domain.served_names import MODULE
from mn_notebook.domain.state import RunState
from mn_notebook.domain.tables import as_sketches
from mn_notebook.domain.values import NOTHING
from mn_notebook.engine.background import BackgroundWorker
from mn_notebook.engine.reuse import Reusable
from mn_notebook.engine.services import Services
from mn_notebook.engine.summary import status_of
from mn_notebook.engine.worker import Worker
from mn_notebook.errors import PermanentError, StoreError, UsageError
from mn_notebook.language.late import LateExpressions
from mn_notebook.language.policy_file import PolicyFile
from mn_notebook.ports import Ceiling, Clock, IdSource, Loads, ModelClient, OnText, RunLine
from mn_notebook.secrecy.expressions import RedactedExpressions
from mn_notebook.settings import MnSettings

if TYPE_CHECKING:
    from mn_notebook.agents.local import LocalModels
    from mn_notebook.agents.mcp.servers import Servers
    from mn_notebook.domain.notices import Waits
    from mn_notebook.domain.picture import RunPicture
    from mn_notebook.domain.servers import Server
    from mn_notebook.domain.statuses import Owner
    from mn_notebook.engine.notifying import Notifier, Telling

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
        _RUNTIMES.add(self)

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
        _RUNTIMES.discard(self)
        self._background.close()
        if self.notifier is not None:
            self.notifier.close()
        if self.code.servers is not None and self.code.servers.made is not None:
            self.code.servers.made.leave(self.code.recorded.made)
        self._leases.close()
        if self._local.made is not None:
            self._local.made.close()
        if not _RUNTIMES:
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


_RUNTIMES: set[Runtime] = set()
"""Those of this process that are open: they own runs even when nobody refers to them."""


def _after_fork() -> None:
    forget_threads()
    for runtime in list(_RUNTIMES):
        runtime.disable()


def _at_exit() -> None:
    for runtime in list(_RUNTIMES):
        runtime.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def open_runtime(
    settings: MnSettings | None = None,
    *,
    namespace: Mapping[str, Any] | None = None,
    registry: ToolRegistry = REGISTRY,
    models: ModelClient | None = None,
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> Runtime:
    """Open the user's store and start a background thread that advances runs.

    It takes over what was interrupted, of its own notebook, at once. ``namespace`` is where
    functions of the notebook are found; it may change as cells run.

    Raises:
        StoreError: the store cannot be opened; the message says why and what to do.
    """
    settings = settings or MnSettings()
    if settings.toolbox_folder or settings.toolbox_hosts or settings.toolbox_notebooks:
        from mn_notebook.toolbox.setting_up import set_up

        set_up(settings, registry)
    clock = clock or SystemClock()
    ids = ids or RandomIds()
    telling = _telling(settings)
    client = open_client(settings, threaded=True, clock=clock, ids=ids)
    store = client.store
    process_id = ProcessId(ids.new())
    leases = store.lease_holder(
        process_id=process_id, origin=settings.notebook, program=__version__
    )
    local = Late(lambda: local_models(settings))
    loads = store.loads
    chosen = models or LateModels(lambda: configured_models(settings, local.get(), clock, loads))
    recorded = RecordedCode(Signatures(), namespace)
    servers = Late(lambda: servers_of(settings).watch(recorded.made))
    code = Code(registry, Functions(namespace, recorded=recorded.function), recorded, servers)
    texts = TextWatchers()
    expressions = RedactedExpressions(LateExpressions())
    policy = PolicyFile(settings.policy_path)
    services = Services(
        journal=store.journal,
        values=client.values,
        expressions=expressions,
        clock=clock,
        ids=ids,
        handlers=make_handlers(
            code,
            chosen,
            clock,
            judge=Judge(expressions, policy.rules, code.has_changed),
            limits=Limits(
                clock,
                model_calls=settings.max_model_calls,
                loads=loads,
                rates=settings.declared_rates,
            ),
            on_text=texts.tell,
            memory=store.memory,
        ),
        prepare=lambda state: _prepare(state, code, registry),
        is_decided=store.inbox.is_decided,
        reusable=Reusable(client.state).find,
        undoer=Compensations(code.tool, absent=code.absent),
        ceilings=tuple(Ceiling(whose, budget) for whose, budget in settings.by_class.items()),
    )
    worker = Worker(
        services,
        leases,
        store.inbox,
        store.views.run,
        origins=[settings.notebook],
        max_attempts=settings.max_attempts,
        trouble=lambda: store.writer.trouble,
        bell=store.bell(process_id),
    )
    route_prints()
    background = BackgroundWorker(worker, at_end=chosen.aclose)
    recorded.made = lambda: background.post(worker.unblock)
    background.start()
    runtime = Runtime(
        client,
        background,
        code,
        chosen,
        local,
        leases,
        origin=settings.notebook,
        texts=texts,
    )
    if telling is not None:
        from mn_notebook.engine.notifying import Notifier

        if settings.notify_details:
            telling = replace(telling, details=lambda waits: _details(client, waits))
        runtime.notifier = Notifier(
            store.notices(process_id),
            telling,
            clock,
            origins=lambda: frozenset(worker.origins),
            is_alive=leases.is_locked,
        )
        runtime.notifier.start()
    return runtime


def _telling(settings: MnSettings) -> "Telling | None":
    """Return how people are told what waits; None: nobody is.

    Raises:
        UsageError: a setting says neither a command nor an address, or no hours.
    """
    if not settings.notify:
        return None
    from mn_notebook.domain.notices import QuietHours
    from mn_notebook.engine.hooks import hook_of
    from mn_notebook.engine.notifying import Telling

    return Telling(
        hook_of(settings.notify),
        quiet=QuietHours.read(settings.notify_quiet),
        every_seconds=settings.notify_every,
    )


def _details(client: RunClient, waits: "Waits") -> tuple[str, ...]:
    """Return the calls that wait, with their arguments."""
    request = client.open_approval(waits.run_id, waits.approval_id).request
    return tuple(
        f"{call.tool}({json.dumps(as_sketches(client.values.load(call.args)))})"
        for call in request.calls
    )


def _prepare(state: RunState, code: Code, registry: ToolRegistry) -> None:
    """Bring the code of a run: from its file's folder, its modules, or its own journal."""
    with suppress(PermanentError):  # The step that needs the code says what is wrong with it.
        bring_code(state.origin, state.workflow, registry)
    offer(state, code)


def offer(state: RunState, code: Code) -> None:
    """Make known which code, and which servers of tools, a run was started with."""
    if state.created_at is not None and state.code:
        code.recorded.offer(state.run_id, state.origin, state.created_at, state.code)
        if code.servers is not None and any(ref.module == MODULE for ref in state.code):
            code.servers.get().offer(state.code, code.recorded.signatures)


def servers_of(settings: MnSettings) -> "Servers":
    """Return the servers of tools of this process, for one user's files; none is started."""
    from mn_notebook.agents.mcp.pins import Pins
    from mn_notebook.agents.mcp.servers import Servers
    from mn_notebook.secrecy.secrets import secret_or_none

    key = (settings.servers, settings.trust)
    if key not in _SERVERS:
        path = Path(settings.servers).expanduser()
        _SERVERS[key] = Servers(
            SystemClock(),
            Pins(Path(settings.trust).expanduser()),
            lambda name: settings.variable(name) or secret_or_none(name),
            _OwnServers(path),
            file=str(path),
        )
    return _SERVERS[key]


def close_unused_servers(settings: MnSettings) -> None:
    """End the servers that were started to be looked at, where nobody uses any."""
    found = _SERVERS.get((settings.servers, settings.trust))
    if found is not None:
        found.close_unused()


_SERVERS: "dict[tuple[str, str], Servers]" = {}


class _OwnServers:
    """The servers in a user's file, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: int | None = None
        self._known: Mapping[str, Server] = {}

    def __call__(self) -> Mapping[str, "Server"]:
        """Return them.

        Raises:
            DefinitionError: the file cannot be right; it says where.
        """
        try:
            seen = self._path.stat().st_mtime_ns
        except OSError:
            return {}
        if seen != self._seen:
            from mn_notebook.language.servers import parse_servers

            text = self._path.read_text(encoding="utf-8")
            self._known = parse_servers(text, where=str(self._path))
            self._seen = seen
        return self._known


def local_models(settings: MnSettings) -> "LocalModels":
    """Return the embedded models of this user; none is started."""
    from mn_notebook.agents.local import LocalModels

    path = Path(settings.model_path).expanduser() if settings.model_path else None
    return LocalModels(model_path=path, threads=settings.model_threads or None)


def configured_models(
    settings: MnSettings, local: "LocalModels", clock: Clock, loads: Loads | None = None
) -> ModelClient:
    """Return a client of whatever model is configured; nothing is asked of it yet."""
    from mn_notebook.agents.endpoints import ConfiguredEndpoints
    from mn_notebook.agents.local.choice import EmbeddedChoice
    from mn_notebook.agents.model import OpenAIModels
    from mn_notebook.agents.retry_budget import BudgetedModels

    endpoints = ConfiguredEndpoints(
        base_url=settings.base_url or None,
        api_key=settings.api_key,
        default_model=settings.model or None,
        local=EmbeddedChoice(local),
        streams=settings.model_streams,
        tool_mode=settings.tool_mode,
    )
    return BudgetedModels(OpenAIModels(endpoints, clock), clock, loads)
