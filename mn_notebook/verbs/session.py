"""What a verb works with: settings, store, engine if there is one, and known workflows."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mn_notebook.client import RunClient, open_client
from mn_notebook.domain.ids import RunId, WorkflowHash
from mn_notebook.domain.past_traces import Trace
from mn_notebook.domain.previews import CostPreview
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import UsageError
from mn_notebook.language import Checked
from mn_notebook.ports import RunLine
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.runtime.servers import close_unused_servers
from mn_notebook.settings import MnSettings

Via = Literal["notebook", "terminal", "python"]

TERMINAL = "terminal"
"""The origin of a terminal's process: no run has it, so that it takes over nothing unasked."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A workflow as it stands now, and the notebook or file that it belongs to."""

    checked: Checked
    origin: str
    children: Mapping[str, Workflow] = field(default_factory=dict)
    """Workflows that it brings along itself; others are found by their names."""


Shown = Callable[[RunId], None]
"""Told of a run that was started, or that goes on, before anybody waits for it."""
Tick = Callable[[RunLine], None]
"""Told some times a second how a run stands that somebody waits for."""


@dataclass
class Face:
    """What the face in front of a verb wants to be told while the verb works."""

    shown: Shown | None = None
    tick: Tick | None = None
    said: Callable[[str], None] | None = None
    """Told what is to be known before a run begins."""
    foreseen: Callable[[CostPreview], None] | None = None
    """Told what a run is expected to cost before it begins."""
    progress: Callable[[int, int, str], None] | None = None
    """Bytes done, bytes in all and what is being done, while a model is installed."""
    waits: bool = False
    """Whether a run is waited for when nobody says so."""


@dataclass
class Session:
    """One user's dealings with a store; safe to use from one thread at a time.

    A verb that only looks or decides needs no engine: none is started for it.
    """

    settings: MnSettings
    via: Via = "python"
    namespace: Mapping[str, Any] | None = None
    """Where functions and ``name=:variable`` are found; None: nowhere."""
    face: Face = field(default_factory=Face)
    definitions: dict[str, Definition] = field(default_factory=dict)
    """The workflows of this notebook by name."""
    origins: list[str] = field(default_factory=list)
    """The files whose workflows this session has run."""
    foretold: set[WorkflowHash] = field(default_factory=set)
    """Definitions of which somebody was told what a run costs."""
    traces: dict[tuple[RunId, int], Trace | None] = field(default_factory=dict)
    """What runs have used, by their last event: read once, for it changes only with another."""
    _client: RunClient | None = None
    _runtime: Runtime | None = None

    @property
    def client(self) -> RunClient:
        """Return the store as everybody may see it, opened at the first use.

        Raises:
            StoreError: it cannot be opened.
        """
        if self._runtime is not None:
            return self._runtime.client
        if self._client is None:
            self._client = open_client(self.settings)
        return self._client

    @property
    def runtime(self) -> Runtime | None:
        """Return the engine of this process, if it has been opened."""
        return self._runtime

    def engine(self) -> Runtime:
        """Return the engine of this process, opened at the first use.

        Raises:
            StoreError: the store cannot be opened.
        """
        if self._runtime is None:
            self._runtime = open_runtime(self.settings, namespace=self.namespace)
            if self._client is not None:
                self._client.close()
                self._client = None
        return self._runtime

    @property
    def program(self) -> str:
        """Return what a person types before a verb here."""
        return "mn" if self.via == "terminal" else "%mn"

    @property
    def serves_origin(self) -> bool:
        """Tell whether this process is the home of a notebook's runs, not only of single ones."""
        return self.via != "terminal"

    def ring(self) -> None:
        """Let the engine look for commands at once, if there is one."""
        if self._runtime is not None and self._runtime.is_alive:
            self._runtime.ring()

    def note_of(self, run_id: RunId) -> str:
        """Say why this process does not advance a run at the moment, or nothing.

        Another process took it over, or the store cannot be written.
        """
        if self._runtime is None or not self._runtime.is_alive:
            return ""
        return self._runtime.lost.get(run_id, "") or self._runtime.trouble or ""

    def variable(self, name: str) -> Any:
        """Return a variable of the notebook.

        Raises:
            UsageError: there are no variables here, or not this one.
        """
        if self.namespace is None:
            message = f"`:{name}` names a variable of a notebook, and there are none here"
            raise UsageError(message)
        if name not in self.namespace:
            message = f"there is no variable {name!r} in this notebook; has its cell run?"
            raise UsageError(message)
        return self.namespace[name]

    def close(self) -> None:
        """Stop the engine and let go of the store; every run can be gone on with."""
        for part in (self._runtime, self._client):
            if part is not None:
                with contextlib.suppress(Exception):
                    part.close()
        self._runtime = self._client = None
        close_unused_servers(self.settings)
