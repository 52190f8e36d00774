"""What may stand where the cursor is, after ``mn`` or ``%mn``: for TAB, in every face.

It looks at what is recorded and at files, and does nothing: no code is imported, no server started.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import PictureNode
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import MnError
from mn_notebook.language import parse_file
from mn_notebook.ports import RunLine
from mn_notebook.verbs.answer import form_fields
from mn_notebook.verbs.catalogue import VERBS
from mn_notebook.verbs.decide import editable_of
from mn_notebook.verbs.files import catalog_for
from mn_notebook.verbs.follow import ENDED
from mn_notebook.verbs.options import Flag, Several
from mn_notebook.verbs.parser import option_name, options_of
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.text_files import SUFFIXES, is_file_name, read_text_file

_MOST_RUNS = 20
_MOST_PATHS = 200

_DECIDING: Mapping[str, Collection[str]] = {
    "approve": ("approve", "call", "budget", "crashing"),
    "reject": ("approve", "call", "budget", "ask", "crashing"),
    "delegate": ("approve", "call", "budget", "ask", "in_doubt", "crashing"),
    "answer": ("ask", "call"),
    "settle": ("in_doubt",),
}
"""The verbs of a decision, and what they are about."""


def offers(session: Session, before: Sequence[str], last: str) -> list[str]:
    """Return what goes on with ``last``, the words before it given.

    What ends in ``=`` or ``/`` is not a whole word yet. Nothing is offered where nothing is known.
    """
    try:
        found = list(_candidates(session, before, last))
    except (MnError, OSError):
        return []
    return [word for word in dict.fromkeys(found) if word.startswith(last)]


def _candidates(session: Session, before: Sequence[str], last: str) -> Iterable[str]:
    if not before:
        return VERBS
    verb, *words = before
    if verb not in VERBS:
        return []
    given, option = _parted(verb, words)
    if option is not None:
        return _OPTIONS.get((verb, option), _OPTIONS.get(("", option), _nothing))(
            session, given, last
        )
    if last.startswith("-"):
        again = [option_name(one) for one in _parameters(verb) if one.annotation == Several]
        return (one for one in options_of(verb) if one not in words or one in again)
    offer = _ARGUMENTS.get(verb)
    return [] if offer is None else offer(session, verb, given, last)


def _parted(verb: str, words: Sequence[str]) -> tuple[list[str], str | None]:
    """Return the arguments among words, and the option whose value is looked for, if one is."""
    takes = {option_name(one) for one in _parameters(verb) if one.annotation != Flag}
    given: list[str] = []
    open_option: str | None = None
    for word in words:
        if open_option is not None:
            open_option = None
        elif word.startswith("-"):
            open_option = word if word in takes else None
        else:
            given.append(word)
    return given, open_option


def _parameters(verb: str) -> list[inspect.Parameter]:
    every = inspect.signature(VERBS[verb]).parameters.values()
    return [one for one in every if one.kind is one.KEYWORD_ONLY]


def _nothing(_session: Session, _given: Sequence[str], _last: str) -> list[str]:
    return []


# --- runs ---------------------------------------------------------------------------------------


def _runs(session: Session, verb: str) -> Iterator[str]:
    """Yield the runs that a verb can be about, the newest first, or those that have waited most."""
    if verb in _DECIDING:
        for asked in session.client.approvals(most=_MOST_PATHS):
            if asked.subject in _DECIDING[verb]:
                yield asked.run_id[:4]
        return
    fits = _FITTING.get(verb, _any)
    for line in session.client.runs(most=_MOST_RUNS):
        if fits(session, line):
            yield line.run_id[:4]


def _any(_session: Session, _line: RunLine) -> bool:
    return True


def _under_way(_session: Session, line: RunLine) -> bool:
    return line.status not in ENDED


def _ended(_session: Session, line: RunLine) -> bool:
    return line.status in ENDED


def _failed(_session: Session, line: RunLine) -> bool:
    return line.status == "failed"


def _not_done(_session: Session, line: RunLine) -> bool:
    return line.status != "succeeded"


def _with_permissions(session: Session, line: RunLine) -> bool:
    return line.status not in ENDED and bool(_permissions(session, line.run_id))


_FITTING: Mapping[str, Callable[[Session, RunLine], bool]] = {
    "pause": _under_way,
    "cancel": _under_way,
    "budget": _under_way,
    "signal": _under_way,
    "resume": _not_done,
    "skip": _not_done,
    "retry": _failed,
    "undo": _ended,
    "prune": _ended,
    "revoke": _with_permissions,
}
"""The runs that a verb can be about; of a verb that is not listed, all."""


def _permissions(session: Session, run_id: RunId) -> list[str]:
    return list(session.client.known_state(run_id)[0].permissions)


# --- arguments ----------------------------------------------------------------------------------


def _run_alone(session: Session, verb: str, given: Sequence[str], _last: str) -> Iterable[str]:
    return _runs(session, verb) if not given else []


def _run_and_step(session: Session, verb: str, given: Sequence[str], last: str) -> Iterable[str]:
    if not given:
        return _runs(session, verb)
    if verb == "answer" and len(given) > 1:
        return _fields(session, given, last)
    if len(given) > 1:
        return []
    run_id = session.client.run(given[0]).run_id
    if verb in _DECIDING:
        asked = session.client.approvals(most=_MOST_PATHS, run_id=run_id)
        return (one.path for one in asked if one.subject in _DECIDING[verb])
    return _paths(session, run_id, verb)


def _paths(session: Session, run_id: RunId, verb: str) -> Iterator[str]:
    """Yield the steps of a run that a verb can be about, and then the items that failed."""
    for node in _nodes(session, run_id):
        if verb not in ("retry", "skip") or verb in node.actions:
            yield node.path or node.name
    if verb in ("retry", "why"):
        instances = session.client.known_state(run_id)[0].instances.values()
        yield from sorted(one.path for one in instances if one.status == "failed")


def _nodes(session: Session, run_id: RunId) -> Iterator[PictureNode]:
    picture = session.client.picture(run_id)
    yield from picture.nodes
    for scope in picture.scopes:
        yield from scope.nodes


def _fields(session: Session, given: Sequence[str], last: str) -> Iterable[str]:
    if "=@" in last:
        return _files_of_input(last)
    run_id = session.client.run(given[0]).run_id
    fields = form_fields(session.client.open_approval(run_id, given[1]).request)
    used = {word.partition("=")[0] for word in given[2:]}
    return (f"{name}=" for name in fields if name not in used)


def _rerun(session: Session, verb: str, given: Sequence[str], last: str) -> Iterable[str]:
    if "=@" in last:
        return _files_of_input(last)
    names = [word for word in given if "=" not in word]
    lines = [session.client.run(names[0])] if names else session.client.runs(most=1)
    inputs = _not_given(_workflow_of(session, lines[0]), given) if lines else []
    return inputs if given else [*_runs(session, verb), *inputs]


def _workflow_of(session: Session, line: RunLine) -> Workflow:
    """Return the workflow of a run as it stands now, or as the run has it."""
    known = session.definitions.get(line.workflow)
    if known is not None:
        return known.checked.workflow
    return session.client.known_state(line.run_id)[0].workflow


def _permission(session: Session, verb: str, given: Sequence[str], _last: str) -> Iterable[str]:
    if not given:
        return _runs(session, verb)
    return _permissions(session, session.client.run(given[0]).run_id) if len(given) == 1 else []


def _several_runs(session: Session, verb: str, given: Sequence[str], _last: str) -> Iterable[str]:
    return (run for run in _runs(session, verb) if run not in given)


def _signal(session: Session, verb: str, given: Sequence[str], _last: str) -> Iterable[str]:
    if given:
        return _runs(session, verb) if len(given) == 1 else []
    lines = [one for one in session.client.runs(most=_MOST_RUNS) if one.status not in ENDED]
    workflows = (session.client.known_state(line.run_id)[0].workflow for line in lines)
    return sorted({name for workflow in workflows for name in workflow.signals})


# --- workflows ----------------------------------------------------------------------------------


def _workflow(session: Session, verb: str, given: Sequence[str], last: str) -> Iterable[str]:
    """Offer workflows, then a step where the verb takes one, then the inputs that are left."""
    if not given:
        runs = _runs(session, verb) if verb == "show" else ()
        return [*sorted(session.definitions), *_workflow_files(session, last), *runs]
    if verb in ("show", "check"):
        return []
    workflow = _named_workflow(session, given[0])
    if workflow is None:
        return []
    if verb in ("preview", "try"):
        steps = [step.name for step in workflow.steps]
        if len(given) == 1 and "=" not in last:
            return [*steps, *(_not_given(workflow, ()) if verb == "preview" else ())]
        # `preview` needs no step.
        given = given[1:] if verb == "try" or "=" not in "".join(given[1:2]) else given
    return _files_of_input(last) if "=@" in last else _not_given(workflow, given[1:])


def _named_workflow(session: Session, name: str) -> Workflow | None:
    known = session.definitions.get(name)
    if known is not None:
        return known.checked.workflow
    if not is_file_name(name):
        return None
    path = Path(name).expanduser().resolve()
    return parse_file(read_text_file(path), catalog_for(session, path)).workflow


def _not_given(workflow: Workflow, given: Sequence[str]) -> list[str]:
    used = {word.partition("=")[0] for word in given}
    return [f"{name}=" for name in workflow.inputs if name not in used]


def _workflow_files(session: Session, last: str) -> Iterable[str]:
    """Offer files and folders; in a notebook, which has workflows itself, to whoever begins one."""
    if session.via != "terminal" and not last:
        return []
    return _files(last, lambda path: path.suffix.lower() in SUFFIXES)


def _files_of_input(last: str) -> Iterator[str]:
    name, _, begun = last.partition("=@")
    return (f"{name}=@{path}" for path in _files(begun))


def _files(begun: str, wanted: Callable[[Path], bool] = lambda _path: True) -> list[str]:
    """Return the files that go on with what was begun, and folders, which end with a stroke."""
    folder, stroke, name = begun.rpartition("/")
    there = Path(f"{folder}{stroke}" or ".").expanduser()
    found = [
        f"{folder}{stroke}{path.name}{'/' if path.is_dir() else ''}"
        for path in there.iterdir()
        if path.name.startswith(name) and (name or not path.name.startswith("."))
        if path.is_dir() or wanted(path)
    ]
    return sorted(found, key=lambda path: (path.endswith("/"), path))


def _any_file(_session: Session, _verb: str, given: Sequence[str], last: str) -> Iterable[str]:
    return _files(last) if not given else []


def _run_and_file(session: Session, verb: str, given: Sequence[str], last: str) -> Iterable[str]:
    if not given:
        return _runs(session, verb)
    return _workflow_files(session, last) if len(given) == 1 else []


# --- what is set up -----------------------------------------------------------------------------


def _models(_session: Session, _verb: str, given: Sequence[str], _last: str) -> Iterable[str]:
    from mn_notebook.agents.local.catalog import CATALOG

    if not given:
        return ["list", "install", "remove"]
    wanted = given[0] in ("install", "remove") and len(given) == 1
    return (profile.name for profile in CATALOG) if wanted else []


def _servers(session: Session, verb: str, given: Sequence[str], _last: str) -> Iterable[str]:
    from mn_notebook.runtime.servers import servers_of

    known = servers_of(session.settings)
    if not given:
        return known.names()
    kept = known.kept(given[0]) if verb == "trust" else None
    return [name for name in (kept.definitions or {}) if name not in given] if kept else []


# --- values of options --------------------------------------------------------------------------


def _steps_to_redo(session: Session, given: Sequence[str], _last: str) -> Iterable[str]:
    names = [word for word in given if "=" not in word]
    lines = [session.client.run(names[0])] if names else session.client.runs(most=1)
    return (step.name for step in _workflow_of(session, lines[0]).steps) if lines else []


def _steps_of_run(session: Session, given: Sequence[str], _last: str) -> Iterable[str]:
    if not given:
        return []
    return (node.path or node.name for node in _nodes(session, session.client.run(given[0]).run_id))


def _edits(session: Session, given: Sequence[str], _last: str) -> Iterable[str]:
    if not given:
        return []
    run_id = session.client.run(given[0]).run_id
    step = given[1] if len(given) > 1 else None
    request = session.client.open_approval(run_id, step).request
    return (f"{name}=" for name in editable_of(session, request))


def _file_of_option(_session: Session, _given: Sequence[str], last: str) -> Iterable[str]:
    return _files(last)


def _workflow_of_option(session: Session, _given: Sequence[str], last: str) -> Iterable[str]:
    return [*sorted(session.definitions), *_workflow_files(session, last)]


def _effects(_session: Session, _given: Sequence[str], _last: str) -> Iterable[str]:
    return ("read", "idempotent", "write")


_Offer = Callable[[Session, str, Sequence[str], str], Iterable[str]]

_ARGUMENTS: Mapping[str, _Offer] = {
    **dict.fromkeys(("run", "preview", "try", "show", "check"), _workflow),
    **dict.fromkeys(("log", "effects", "pause", "resume", "cancel", "undo", "budget"), _run_alone),
    **dict.fromkeys(("why", "retry", "skip", *_DECIDING), _run_and_step),
    "rerun": _rerun,
    "revoke": _permission,
    "signal": _signal,
    "prune": _several_runs,
    "export": _run_and_file,
    "backup": _any_file,
    "restore": _any_file,
    "models": _models,
    "servers": _servers,
    "trust": _servers,
}
"""What the arguments of a verb are; a verb that is not listed takes none."""

_OPTIONS: Mapping[tuple[str, str], Callable[[Session, Sequence[str], str], Iterable[str]]] = {
    ("rerun", "--from"): _steps_to_redo,
    ("approve", "--edit"): _edits,
    ("prune", "--to"): _file_of_option,
    ("effects", "--to"): _file_of_option,
    ("trust", "--effect"): _effects,
    ("", "--step"): _steps_of_run,
    ("", "--leave"): _steps_of_run,
    ("", "--workflow"): _workflow_of_option,
}
"""What the value of an option may be: of one verb, or of all that have it."""


def typed_words(line: str) -> tuple[list[str], str, str]:
    """Return the whole words of a line up to the cursor, the one begun, and its open quote.

    >>> typed_words("run brief.yaml who='AC")
    (['run', 'brief.yaml'], 'who=AC', "'")
    >>> typed_words("why 9tj8 ")
    (['why', '9tj8'], '', '')
    """
    words: list[str] = [""]
    quote = ""
    begun = escaped = False
    for letter in line:
        if escaped or (quote and letter not in (quote, "\\")):
            words[-1] += letter
            begun, escaped = True, False
        elif letter == "\\" and quote != "'":
            escaped = begun = True
        elif quote or letter in "'\"":
            quote = "" if quote else letter
            begun = True
        elif letter.isspace():
            words += [""] if begun else []
            begun = False
        else:
            words[-1] += letter
            begun = True
    return words[:-1], words[-1], quote
