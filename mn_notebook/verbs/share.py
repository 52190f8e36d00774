"""Verbs that take a workflow out of a store: export."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from mn_notebook.agents.declared import modules_of
from mn_notebook.agents.folders import is_beside
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.served_names import servers_named
from mn_notebook.domain.state import RunState
from mn_notebook.domain.tables import Table, with_each_table
from mn_notebook.domain.words import one_line
from mn_notebook.domain.workflow import PythonStep, Workflow
from mn_notebook.errors import UsageError
from mn_notebook.language import with_examples
from mn_notebook.secrecy.known import redact_text
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.outlines import tool_names
from mn_notebook.verbs.results import Exported
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.text_files import is_file_name

_LONGEST = 60
_MOST_ROWS = 20
"""Rows of a table that an example has."""


def export(session: Session, run: str, file: str, /, *, force: Flag = False) -> Exported:
    """Write a run's workflow, with its inputs as an example, to a file that runs again.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        file: The YAML file to write.
        force: Replace a file that is there already.
    """
    line = session.client.run(run)
    path = Path(file).expanduser()
    if path.exists() and not force:
        message = f"the file {file!r} is there already; --force replaces it"
        raise UsageError(message)
    state = session.client.state(line.run_id)
    inputs = session.client.values.load(state.inputs)
    source = session.client.store.journal.source(line.workflow_hash)
    given = inputs if isinstance(inputs, dict) else {}
    # A table goes along as its beginning: the file is for people to read, and to try with.
    shortened = with_each_table(given, lambda table: table[:_MOST_ROWS])
    _write(path, with_examples(source, state.workflow.name, shortened))
    left_out = (
        *_code_beside(state, path),
        *_left_out(session, line.run_id),
        *_rows_left_out(given),
    )
    return Exported(path, left_out, tuple(_typed(state.workflow, given)))


def _code_beside(state: RunState, path: Path) -> Iterator[str]:
    """Yield what has to be copied, too: modules that lie where the file does not go."""
    folder = Path(state.origin).parent
    if not is_file_name(state.origin) or path.parent.resolve() == folder:
        return
    beside = [name for name in sorted(modules_of(state.workflow)) if is_beside(folder, name)]
    if beside:
        yield (
            f"the code of {', '.join(beside)}, which is looked for beside the file: copy it from "
            f"{one_line(str(folder), 200)}"
        )


def _typed(workflow: Workflow, given: dict[str, JsonValue]) -> Iterator[str]:
    """Yield what has to be typed to give a run the same inputs again."""
    for name, field in workflow.inputs.items():
        value = given.get(name)
        if not field.required and value == field.default:
            continue
        plain = isinstance(value, str | int | float) and len(str(value)) <= _LONGEST
        text = str(value).lower() if isinstance(value, bool) else str(value)
        sign = text[:1] if text[:1] in ("@", ":") else ""  # which would name a file
        yield shlex.quote(f"{name}={sign}{text}") if plain and "\n" not in text else f"{name}=…"


def _rows_left_out(inputs: dict[str, JsonValue]) -> tuple[str, ...]:
    return tuple(
        f"rows of {one_line(name, 60)}: it has the first {_MOST_ROWS} of {len(value):,}"
        for name, value in inputs.items()
        if isinstance(value, Table) and len(value) > _MOST_ROWS
    )


def _write(path: Path, text: str) -> None:
    draft = path.with_name(path.name + ".draft")
    try:
        draft.write_text(redact_text(text), encoding="utf-8")
        draft.replace(path)
    except OSError as fault:
        message = f"the file {str(path)!r} cannot be written: {fault.strerror or fault}"
        raise UsageError(message) from fault


def _left_out(session: Session, run_id: RunId) -> tuple[str, ...]:
    state = session.client.state(run_id)
    here = sorted(
        {
            name
            for step in state.workflow.steps
            for name in (
                *tool_names(step),
                *([step.function] if isinstance(step, PythonStep) else []),
            )
            if ":" not in name
        }
    )
    left = ["outputs, decisions and costs of the run: they stay in the store"]
    if here:
        left.insert(
            0,
            f"the code of {', '.join(here)}: it stays where it is defined, "
            f"{one_line(state.origin, 200)}",
        )
    if called := sorted(state.workflow.calls):
        left.insert(0, f"what it calls, {', '.join(called)}: a file of its own for each of them")
    own = [name for name in servers_named(state.workflow) if name not in state.workflow.servers]
    if own:
        left.insert(0, f"how {', '.join(own)} is reached: you declare it in a file of your own")
    return tuple(left)
