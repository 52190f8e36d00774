"""The verbs in a terminal: ``mn VERB …``.

It ends with 0 when all went well, 1 when a run failed or was cancelled, 2 for a mistake of the
user's, 3 when a run waits for a person, and 130 after Ctrl-C. With ``--json`` every line of its
output is one JSON object that says by its ``type`` what it is (docs/terminal.md).
"""

import os
import sys
from collections.abc import Sequence
from typing import IO

from mn_notebook._version import __version__
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.words import plain
from mn_notebook.errors import DefinitionError, MnError, UnknownRun, UsageError
from mn_notebook.settings import MnSettings
from mn_notebook.terminal.codes import FAILED, INTERRUPTED, MISTAKE, OK, exit_code
from mn_notebook.terminal.watching import Watching
from mn_notebook.terminal.writing import write
from mn_notebook.verbs.parser import COMPLETION, Help, Typed, completion_script, parse
from mn_notebook.verbs.results import MOVING
from mn_notebook.verbs.session import TERMINAL, Face, Session


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was typed and return the exit code."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    out, errors = sys.stdout, sys.stderr
    try:
        return _main(tokens, out)
    except MnError as fault:
        write(errors, f"mn: {plain(str(fault))}")
        mistake = isinstance(fault, UsageError | DefinitionError | UnknownRun)
        return MISTAKE if mistake else FAILED
    except BrokenPipeError:
        # Whoever read the output has left: what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return FAILED


def _main(tokens: list[str], out: IO[str]) -> int:
    as_json = take_flag(tokens, "--json")
    if tokens in (["--version"], ["-V"]):
        write(out, f"mn {__version__}")
        return OK
    if tokens[:1] == [COMPLETION]:
        write(out, completion_script(" ".join(tokens[1:]), "mn"))
        return OK
    typed = parse(tokens, program="mn")
    if isinstance(typed, Help):
        write(out, typed.text)
        return OK
    session = Session(MnSettings(notebook=TERMINAL), via="terminal", namespace=None)
    watching = Watching(
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


def _do(typed: Typed, session: Session, watching: "Watching") -> int:
    try:
        result = typed.call(session)
    except KeyboardInterrupt:
        watching.close()
        session.close()
        write(sys.stderr, _detached(watching.runs))
        return INTERRUPTED
    watching.close()
    watching.show(result)
    return exit_code(typed.verb, result)


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
