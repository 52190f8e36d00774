"""The verbs in a terminal: ``mn VERB …``.

It ends with 0 when all went well, 1 when a run failed or was cancelled, 2 for a mistake of the
user's, 3 when a run waits for a person, and 130 after Ctrl-C. With ``--json`` every line of its
output is one JSON object that says by its ``type`` what it is (docs/terminal.md).
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from mn_notebook._version import __version__
from mn_notebook.domain.words import plain
from mn_notebook.errors import MnError
from mn_notebook.settings import MnSettings
from mn_notebook.terminal.codes import FAILED, INTERRUPTED, OK, code_of_fault, exit_code
from mn_notebook.terminal.objects import error_line, text_line
from mn_notebook.terminal.watching import Watching
from mn_notebook.terminal.writing import OutputLost, alone, forgiving, opened, write
from mn_notebook.verbs.here import said_here
from mn_notebook.verbs.parser import COMPLETION, Help, Typed, parse
from mn_notebook.verbs.results import MOVING
from mn_notebook.verbs.session import TERMINAL, Face, Session
from mn_notebook.verbs.shells import OFFERS, completion_script, offered


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was typed and return the exit code."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    as_json = take_flag(tokens, "--json")
    out, errors = opened(sys.stdout), opened(sys.stderr)
    forgiving(out)
    forgiving(errors)
    verb = tokens[0] if tokens else ""
    try:
        with alone(out) if as_json else contextlib.nullcontext(out) as place:
            return _main(tokens, place, as_json=as_json)
    except MnError as fault:
        text = error_line(fault, verb=verb) if as_json else f"mn: {said_here(plain(str(fault)))}"
        with contextlib.suppress(OutputLost):
            write(errors, text)
        return code_of_fault(fault)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left: what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        return FAILED


def _main(tokens: list[str], out: TextIO, *, as_json: bool) -> int:
    if tokens[:2] == [COMPLETION, OFFERS]:
        return _offer(tokens[2:], out)
    answer = _without_a_store(tokens)
    if answer is not None:
        verb, text = answer
        write(out, text_line(text, verb=verb) if as_json else text)
        return OK
    typed = parse(tokens, program="mn")
    if isinstance(typed, Help):
        write(out, text_line(typed.text, verb="help") if as_json else typed.text)
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


def _without_a_store(tokens: list[str]) -> tuple[str, str] | None:
    """Answer what no verb is needed for, with what it is called; None: it is a verb."""
    if tokens in (["--version"], ["-V"]):
        return "version", f"mn {__version__}"
    if tokens[:1] == [COMPLETION]:
        return COMPLETION, completion_script(" ".join(tokens[1:]), "mn")
    return None


def _offer(words: Sequence[str], out: TextIO) -> int:
    """Tell a shell what may stand where the cursor is; whatever is wrong, nothing is offered."""
    session = Session(MnSettings(notebook=TERMINAL), via="terminal", namespace=None)
    try:
        found = offered(session, words)
    except MnError:
        found = []
    finally:
        session.close()
    for word in found:
        write(out, word)
    return OK


def _do(typed: Typed, session: Session, watching: "Watching") -> int:
    try:
        result = typed.call(session)
    except KeyboardInterrupt:
        with _at_once():
            watching.let_go(typed.verb)
            session.close()
        return INTERRUPTED
    watching.close()
    code = exit_code(typed.verb, result)
    watching.show(typed.verb, result, code)
    return code


@contextlib.contextmanager
def _at_once() -> Iterator[None]:
    """Leave, whatever is still being closed, when somebody presses Ctrl-C once more.

    What is durable is so without it: the run is found as after a crash.
    """
    try:
        yield
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)


def take_flag(tokens: list[str], flag: str) -> bool:
    """Take a flag out of what was typed, wherever it stands before ``--``; tell if it was there."""
    end = tokens.index("--") if "--" in tokens else len(tokens)
    if flag not in tokens[:end]:
        return False
    tokens.remove(flag)
    return True
