"""Shows a run while it goes on, and what a verb answered in the end."""

import contextlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from mn_notebook.domain.events import ApprovalRequested, Recorded
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.previews import CostPreview
from mn_notebook.domain.words import one_line, plain
from mn_notebook.ports import RunLine
from mn_notebook.terminal.codes import INTERRUPTED
from mn_notebook.terminal.live import drawn
from mn_notebook.terminal.objects import (
    detached_line,
    event_line,
    preview_line,
    progress_line,
    result_line,
)
from mn_notebook.terminal.writing import undisturbed, write
from mn_notebook.verbs.here import approval_here, line_here, said_here, typed_here
from mn_notebook.verbs.results import Decided, Result, RunLog, Started, Undoing
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.showing import as_text
from mn_notebook.verbs.telling import told

REDRAW_SECONDS = 1.0
PIPED_PERCENT = 10
"""An installation that is piped tells of its progress this often."""
_TOLD = ("run.", "step.", "approval.", "tool.in_doubt")
"""The events that a piped run tells about; `mn log` has all."""


class Watching:
    """Shows a run while it goes on: live on a terminal, lines in a pipe, events as JSON lines."""

    def __init__(
        self, session: Session, out: IO[str], *, as_json: bool, new: bool, streams: bool
    ) -> None:
        self.runs: list[RunId] = []
        self._session = session
        self._out = out
        self._json = as_json
        self._streams = streams
        """Events are wanted, and not the result alone: ``--wait`` was typed."""
        self._new = new
        # The engine puts itself before sys.stdout: rich is given the terminal itself.
        self._console = Console(file=out, highlight=False)
        # Nothing is drawn where colours are forced into a file, or a terminal cannot go back.
        self._draws = out.isatty() and not self._console.is_dumb_terminal and not as_json
        self._live: Live | None = None
        self._drawn_at = 0.0
        self._heads: dict[RunId, int] = {}
        self._percent = -1
        self._bar: Progress | None = None

    def shown(self, run_id: RunId) -> None:
        """Take notice of a run that this process works on."""
        self.runs.append(run_id)
        self._heads[run_id] = 0 if self._new else self._session.client.run(run_id).head
        if not self._json and not self._draws:
            line = self._session.client.run(run_id)
            write(self._out, f"run {run_id[:4]} of {one_line(line.workflow, 80)}")

    def said(self, text: str) -> None:
        """Tell what is to be known before a run begins."""
        if not self._json:
            write(self._out, said_here(plain(text)))

    def foreseen(self, preview: CostPreview) -> None:
        """Tell what a run is expected to cost before it begins."""
        if self._json and self._streams:
            write(self._out, preview_line(preview))
        elif not self._json:
            write(self._out, plain(preview.line))

    def tick(self, line: RunLine) -> None:
        """Tell what is new."""
        before = self._heads.get(line.run_id, 0)
        if self._json and not self._streams:
            return
        if self._draws:
            self._tick_live(line, before)
            return
        if line.head == before:
            return
        self._heads[line.run_id] = line.head
        for recorded in self._session.client.events(line.run_id, after=before):
            self._heads[line.run_id] = max(self._heads[line.run_id], recorded.seq)
            if self._json:
                write(self._out, event_line(recorded))
            elif recorded.event.kind.startswith(_TOLD):
                self._tell(recorded)

    def _tell(self, recorded: Recorded) -> None:
        """Write what happened as a line, and below a question the command that answers it."""
        write(self._out, said_here(told(recorded)))
        if not isinstance(recorded.event, ApprovalRequested):
            return
        for asked in self._session.client.picture(recorded.run_id).approvals:
            if asked.id == recorded.event.approval_id:
                write(self._out, f"{'':16}{approval_here(asked).command}")

    def _tick_live(self, line: RunLine, before: int) -> None:
        """Draw what is new, and once a second what time alone changes: durations, the width."""
        now = self._session.client.clock.monotonic()
        if line.head == before and now < self._drawn_at + REDRAW_SECONDS:
            return
        self._heads[line.run_id], self._drawn_at = line.head, now
        picture = self._session.client.picture(line.run_id)
        with undisturbed():
            self._update(picture)

    def _update(self, picture: RunPicture) -> None:
        if self._live is None:
            # What steps print belongs to the journal: rich must not take it for the terminal's.
            self._live = Live(
                console=self._console,
                transient=True,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.update(drawn(picture, self._console.width, self._console.height), refresh=True)

    def progress(self, done: int, total: int, text: str) -> None:
        """Tell how far an installation is."""
        percent = 100 * done // max(total, 1)
        if percent == self._percent and done:
            return
        self._percent = percent
        if sys.stderr.isatty() and not self._json:
            self._bar_to(done, total, text)
        elif percent % PIPED_PERCENT == 0 or not done:
            line = progress_line(percent, text) if self._json else f"{percent:>3} %  {text}"
            write(sys.stderr, line)

    def _bar_to(self, done: int, total: int, text: str) -> None:
        if self._bar is None:
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                DownloadColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._bar.start()
            self._bar.add_task("")
        self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=text)

    def show(self, verb: str, result: Result, code: int) -> None:
        """Show what the verb answered; the command ends with ``code``."""
        if self._json:
            if isinstance(result, RunLog):
                for recorded in result.events:
                    write(self._out, event_line(recorded))
            standing = self._standing(result)
            line = result_line(typed_here(result), verb=verb, exit_code=code, run_status=standing)
            write(self._out, line)
            return
        if isinstance(result, Started):
            # What is expected was said before the run began.
            result = replace(result, forecast="")
        width = min(self._console.width, 100)
        text = as_text(typed_here(result), width=width, program="mn")
        body, newline, last = text.rpartition("\n")
        write(self._out, body + newline + line_here(last))

    def _standing(self, result: Result) -> str | None:
        """Return how the run stands now that something was asked of."""
        if not isinstance(result, Decided | Undoing):
            return None
        return self._session.client.run(result.run_id).status

    def let_go(self, verb: str) -> None:
        """Say what becomes of the runs that were waited for: somebody pressed Ctrl-C."""
        self.close()
        text = _let_go(self.runs, elsewhere=self._session.runtime is None)
        line = detached_line(self.runs, text, verb=verb, exit_code=INTERRUPTED)
        write(sys.stderr, line if self._json else text)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            with contextlib.suppress(Exception):
                self._live.stop()
            self._live = None
        if self._bar is not None:
            with contextlib.suppress(Exception):
                self._bar.stop()
            self._bar = None


def _let_go(runs: Sequence[RunId], *, elsewhere: bool) -> str:
    if not runs:
        return "Stopped."
    short = [run_id[:4] for run_id in runs]
    if elsewhere:
        shows = ", ".join(f"`mn show {run}`" for run in short)
        return f"Detached: another process goes on with it; {shows} tells how far it is."
    commands = ", ".join(f"`mn resume {run}`" for run in short)
    stands = f"run {short[0]} stands" if len(runs) == 1 else f"runs {', '.join(short)} stand"
    return (
        f"Detached: {stands} still until {commands} goes on with it. Nothing is lost, and nothing "
        "finished is repeated."
    )
