"""The verbs in a terminal: ``mn VERB …``.

It ends with 0 when all went well, 1 when a run failed or was cancelled, 2 for a mistake of the
user's, 3 when a run waits for a person, and 130 after Ctrl-C. With ``--json`` every line of its
output is one JSON object that says by its ``type`` what it is (docs/terminal.md).
"""

import contextlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import IO, Any

from pydantic_core import to_jsonable_python
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from mn_notebook._version import __version__
from mn_notebook.display.facts import cost
from mn_notebook.domain.events import Recorded
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import PictureApproval, RunPicture
from mn_notebook.domain.previews import CostPreview
from mn_notebook.domain.why import Explanation
from mn_notebook.domain.words import duration, one_line, plain
from mn_notebook.errors import DefinitionError, MnError, UnknownRun, UsageError
from mn_notebook.ports import RunLine
from mn_notebook.secrecy.known import redact_text
from mn_notebook.settings import MnSettings
from mn_notebook.verbs.parser import COMPLETION, Help, Typed, completion_script, parse
from mn_notebook.verbs.results import (
    MOVING,
    Approvals,
    Report,
    Result,
    Resumed,
    RunList,
    RunLog,
    Started,
    Undoing,
    Waiting,
    runs_of,
)
from mn_notebook.verbs.session import TERMINAL, Face, Session
from mn_notebook.verbs.showing import as_text
from mn_notebook.verbs.telling import told

OK, FAILED, MISTAKE, WAITS, INTERRUPTED = 0, 1, 2, 3, 130
_SIGNS = {"succeeded": "✓", "failed": "✗", "running": "▶", "waiting": "◆", "in_doubt": "?"}
REDRAW_SECONDS = 1.0
PIPED_PERCENT = 10
"""An installation that is piped tells of its progress this often."""
_TOLD = ("run.", "step.", "approval.", "tool.in_doubt")
"""The events that a piped run tells about; `mn log` has all."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was typed and return the exit code."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    out, errors = sys.stdout, sys.stderr
    try:
        return _main(tokens, out)
    except MnError as fault:
        _write(errors, f"mn: {plain(str(fault))}")
        mistake = isinstance(fault, UsageError | DefinitionError | UnknownRun)
        return MISTAKE if mistake else FAILED
    except BrokenPipeError:
        # Whoever read the output has left: what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return FAILED


def _main(tokens: list[str], out: IO[str]) -> int:
    as_json = take_flag(tokens, "--json")
    if tokens in (["--version"], ["-V"]):
        _write(out, f"mn {__version__}")
        return OK
    if tokens[:1] == [COMPLETION]:
        _write(out, completion_script(" ".join(tokens[1:]), "mn"))
        return OK
    typed = parse(tokens, program="mn")
    if isinstance(typed, Help):
        _write(out, typed.text)
        return OK
    session = Session(MnSettings(notebook=TERMINAL), via="terminal", namespace=None)
    watching = _Watching(
        session,
        out,
        as_json=as_json,
        new=typed.verb in MOVING and typed.verb != "resume",
        streams=any(typed.arguments.arguments.get(name) for name in ("wait", "stay")),
    )
    session.face = Face(
        shown=watching.shown,
        tick=watching.tick,
        said=watching.said,
        foreseen=watching.foreseen,
        progress=watching.progress,
        waits=True,
    )
    try:
        return _do(typed, session, watching)
    finally:
        watching.close()
        session.close()


def _do(typed: Typed, session: Session, watching: "_Watching") -> int:
    try:
        result = typed.call(session)
    except KeyboardInterrupt:
        watching.close()
        session.close()
        _write(sys.stderr, _detached(watching.runs))
        return INTERRUPTED
    watching.close()
    watching.show(result)
    return _exit_code(typed.verb, result)


def _detached(runs: list[RunId]) -> str:
    if not runs:
        return "Stopped."
    commands = ", ".join(f"`mn resume {run_id[:4]}`" for run_id in runs)
    return f"Detached. Nothing is lost and nothing finished is repeated: {commands} goes on."


def take_flag(tokens: list[str], flag: str) -> bool:
    """Take a flag out of what was typed, wherever it stands before ``--``; tell if it was there."""
    end = tokens.index("--") if "--" in tokens else len(tokens)
    if flag not in tokens[:end]:
        return False
    tokens.remove(flag)
    return True


def _exit_code(verb: str, result: Result) -> int:
    if isinstance(result, Report):
        return OK if result.healthy else FAILED
    if isinstance(result, Undoing):
        return FAILED if result.stopped else OK
    if verb not in MOVING:
        return OK
    codes = {_code_of(picture) for picture in runs_of(result)}
    return next((code for code in (FAILED, WAITS) if code in codes), OK)


def _code_of(picture: RunPicture) -> int:
    if picture.status in ("failed", "cancelled"):
        return FAILED
    return OK if picture.status == "succeeded" else WAITS


class _Watching:
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
        self._live: Live | None = None
        self._drawn_at = 0.0
        self._heads: dict[RunId, int] = {}
        self._percent = -1
        self._bar: Progress | None = None

    def shown(self, run_id: RunId) -> None:
        """Take notice of a run that this process works on."""
        self.runs.append(run_id)
        self._heads[run_id] = 0 if self._new else self._session.client.run(run_id).head
        if not self._json and not self._console.is_terminal:
            line = self._session.client.run(run_id)
            _write(self._out, f"run {run_id[:4]} of {one_line(line.workflow, 80)}")

    def said(self, text: str) -> None:
        """Tell what is to be known before a run begins."""
        if not self._json:
            _write(self._out, plain(text))

    def foreseen(self, preview: CostPreview) -> None:
        """Tell what a run is expected to cost before it begins."""
        if self._json and self._streams:
            _write(self._out, _json_line("preview", preview.model_dump(mode="json")))
        elif not self._json:
            _write(self._out, plain(preview.line))

    def tick(self, line: RunLine) -> None:
        """Tell what is new."""
        before = self._heads.get(line.run_id, 0)
        if self._json and not self._streams:
            return
        if self._console.is_terminal and not self._json:
            self._tick_live(line, before)
            return
        if line.head == before:
            return
        self._heads[line.run_id] = line.head
        for recorded in self._session.client.events(line.run_id, after=before):
            self._heads[line.run_id] = max(self._heads[line.run_id], recorded.seq)
            if self._json:
                _write(self._out, _event_line(recorded))
            elif recorded.event.kind.startswith(_TOLD):
                _write(self._out, told(recorded))

    def _tick_live(self, line: RunLine, before: int) -> None:
        """Draw what is new, and once a second what time alone changes: durations, the width."""
        now = self._session.client.clock.monotonic()
        if line.head == before and now < self._drawn_at + REDRAW_SECONDS:
            return
        self._heads[line.run_id], self._drawn_at = line.head, now
        self._update(self._session.client.picture(line.run_id))

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
        self._live.update(_progress(picture, self._console.height), refresh=True)

    def progress(self, done: int, total: int, text: str) -> None:
        """Tell how far an installation is."""
        percent = 100 * done // max(total, 1)
        if percent == self._percent and done:
            return
        self._percent = percent
        if sys.stderr.isatty():
            self._bar_to(done, total, text)
        elif percent % PIPED_PERCENT == 0 or not done:
            _write(sys.stderr, f"{percent:>3} %  {text}")

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

    def show(self, result: Result) -> None:
        """Show what the verb answered."""
        if self._json:
            for line in _json_lines(result):
                _write(self._out, line)
        else:
            text = as_text(_typed_here(result), width=min(self._console.width, 100))
            body, newline, last = text.rpartition("\n")
            _write(self._out, body + newline + last.removeprefix("%"))

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


def _typed_here(result: Result) -> Result:
    """Name commands as a terminal types them: ``mn`` where a notebook says ``%mn``."""
    match result:
        case RunPicture():
            return _picture_here(result)
        case Started(run=run):
            # What is expected was said before the run began.
            return replace(result, run=_picture_here(run), forecast="")
        case Resumed(runs=runs):
            return replace(result, runs=tuple(map(_picture_here, runs)))
        case Explanation():
            return _explanation_here(result)
        case Approvals(waiting=waiting):
            return replace(result, waiting=tuple(map(_waiting_here, waiting)))
        case _:
            return result


def _explanation_here(explanation: Explanation) -> Explanation:
    lines = tuple(
        command.model_copy(update={"line": command.line.removeprefix("%")})
        for command in explanation.commands
    )
    said = explanation.next.replace("`%mn ", "`mn ")
    return explanation.model_copy(update={"next": said, "commands": lines})


def _picture_here(picture: RunPicture) -> RunPicture:
    return picture.model_copy(
        update={
            "next": picture.next.replace("`%mn ", "`mn "),
            "approvals": tuple(map(_approval_here, picture.approvals)),
        }
    )


def _approval_here(approval: PictureApproval) -> PictureApproval:
    return approval.model_copy(update={"command": approval.command.removeprefix("%")})


def _waiting_here(waiting: Waiting) -> Waiting:
    return replace(waiting, approval=_approval_here(waiting.approval))


_LIVE = ("running", "retrying", "waiting", "in_doubt", "failed")
"""Steps that are shown first where there is no room for all."""


def _progress(picture: RunPicture, height: int) -> Group:
    """Draw a run in at most ``height`` lines, what matters most above; steps are cut, not broken.

    What a person would type is never cut.
    """
    spent = "scripted model" if picture.scripted else cost(picture)
    head = [
        f"{one_line(picture.workflow, 60)} · run {picture.short_id} · {picture.status_text}",
        f"  {picture.steps_done} of {picture.steps_total} steps · "
        f"{duration(picture.work_seconds)} of work · {picture.calls} calls · {spent}",
    ]
    asked = [
        f"  ◆ {one_line(approval.prompt, 80)}  {one_line(_approval_here(approval).command)}"
        for approval in picture.approvals
    ]
    room = max(1, height - len(head) - 2 * len(asked) - 2)
    steps = _step_lines(picture, room)
    above = [_uncut("\n".join(asked))] if asked else []
    return Group(_cut("\n".join(head)), *above, _cut("\n".join(steps)))


def _step_lines(picture: RunPicture, room: int) -> list[str]:
    nodes, left = picture.nodes, 0
    if len(nodes) > room:
        first = sorted(nodes, key=lambda node: node.status not in _LIVE)  # else in their order
        left = len(nodes) - room
        nodes = tuple(first[:room])
    lines = [
        f"  {sign} {one_line(node.name, 32):<20} {one_line(node.detail, 60)}"
        for node in nodes
        for sign in [_SIGNS.get(node.status, "○")]
    ]
    return [*lines, *([f"  … and {left} more"] if left else [])]


def _cut(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def _uncut(text: str) -> Text:
    return Text(text, overflow="fold")


def _json_lines(result: Result) -> list[str]:
    if isinstance(result, RunLog):
        unread = [_json_line("unread", {"text": result.unread})] if result.unread else []
        return [*map(_event_line, result.events), *unread]
    if isinstance(result, RunList):
        return [
            _json_line("result", {"runs": to_jsonable_python(result.lines), "more": result.more})
        ]
    answer: Any = to_jsonable_python(result)
    return [_json_line("result", answer)]


def _event_line(recorded: Recorded) -> str:
    return _json_line("event", recorded.model_dump(mode="json"))


def _json_line(kind: str, fields: dict[str, Any]) -> str:
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)


def _write(stream: IO[str], text: str) -> None:
    stream.write(redact_text(text) + "\n")
    stream.flush()
