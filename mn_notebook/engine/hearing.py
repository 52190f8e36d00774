"""Takes up what the inbox holds for the runs of this process."""

import logging
from typing import TYPE_CHECKING

from mn_notebook.engine.obeying import KNOWN, Obeying
from mn_notebook.engine.runner import Runner
from mn_notebook.engine.runs import Runs
from mn_notebook.engine.services import Services
from mn_notebook.errors import StoreError
from mn_notebook.ports import Inbox, InboxCommand

if TYPE_CHECKING:
    from collections.abc import Collection

    from mn_notebook.domain.ids import CommandId

_log = logging.getLogger(__name__)


class Hearing:
    """Obeys each command once, under the lease of its run."""

    def __init__(self, services: Services, inbox: Inbox, runs: Runs) -> None:
        """Obey what ``inbox`` holds for ``runs``."""
        self._inbox = inbox
        self._runs = runs
        self._obeying = Obeying(services)
        self._foreign: set[CommandId] = set()
        """Commands of a newer program, which this one does not understand."""
        self._beyond: set[CommandId] = set()
        """Commands that this process failed to obey, in a way that nobody has foreseen."""

    def take_up(self) -> None:
        """Turn what the inbox holds for this process into events."""
        mine = self._runs.ids()
        for command in self._inbox.pending(self._runs.origins, mine | self._runs.kept):
            if command.kind not in KNOWN:
                self._leave(command)
                continue
            if command.id in self._beyond:
                continue
            runner = self._runs.adopt(command.run_id, going_on=False)
            if runner is None or command.id in runner.heard:
                continue
            if command.run_id in mine:
                self._obey(runner, command)
            else:
                self._obey_if_it_waits(runner, command)

    def _obey_if_it_waits(self, runner: Runner, command: InboxCommand) -> None:
        """Obey a command for a run that was just claimed: another owner may have, before that."""
        waiting: Collection[InboxCommand] = ()
        try:
            waiting = self._inbox.pending((), (command.run_id,))
        finally:
            if any(one.id == command.id for one in waiting):
                self._obey(runner, command)
            else:
                runner.take_up([])
                self._runs.changed(runner)

    def _leave(self, command: InboxCommand) -> None:
        """Leave what only a newer program understands to one; it waits as long as it takes."""
        if command.id in self._foreign:
            return
        self._foreign.add(command.id)
        _log.warning(
            "a newer version of mn_notebook asks %r of run %s: upgrade mn-notebook here to obey it",
            command.kind,
            command.run_id[:4],
            extra={"run_id": command.run_id, "step_id": None},
        )

    def _obey(self, runner: Runner, command: InboxCommand) -> None:
        try:
            events = self._obeying.events_of(runner.state, command)
        except StoreError:
            raise  # It is obeyed when the store can be written again.
        except Exception:  # noqa: BLE001 - one command must not stop the runs of others
            extra = {"run_id": command.run_id, "step_id": None}
            _log.exception("%r of run %s is left", command.kind, command.run_id[:4], extra=extra)
            self._beyond.add(command.id)
            runner.take_up([])
            self._runs.changed(runner)
            return
        if not events:
            self._inbox.drop(command.id, runner.record.fence)
        else:
            runner.heard.add(command.id)
        runner.take_up(events)
        self._runs.changed(runner)
