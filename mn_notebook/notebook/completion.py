"""What TAB offers after ``%mn``: verbs, workflows, runs, steps and options."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from IPython.core.completer import SimpleCompletion, context_matcher

from mn_notebook.errors import MnError
from mn_notebook.notebook.session import Notebook
from mn_notebook.verbs.answer import form_fields
from mn_notebook.verbs.catalogue import RUN_VERBS, VERBS
from mn_notebook.verbs.follow import ENDED
from mn_notebook.verbs.parser import options_of

IDENTIFIER = "mn_notebook.completion"
_LINE = re.compile(r"^\s*(?P<sign>%%?)mn[ \t]+(?P<words>.*)$")
_MOST_RUNS = 20
_MOST_PATHS = 200
_DECIDING = ("approve", "reject", "answer", "settle")


def make_matcher(find: Callable[[], Notebook]) -> Any:
    """Return a matcher for IPython's completer."""

    @context_matcher(  # type: ignore[untyped-decorator]  # IPython's is untyped
        identifier=IDENTIFIER, priority=200
    )
    def complete(context: Any) -> Any:
        matched = _LINE.match(context.text_until_cursor.rpartition("\n")[2])
        if matched is None:
            return {"completions": []}
        *before, last = re.split(r"\s+", matched["words"])
        try:
            offered = offers(find().session, matched["sign"], before, last)
        except MnError:
            offered = []
        found = [word for word in offered if word.startswith(last)]
        return {
            "completions": [SimpleCompletion(text=word, type="mn") for word in found],
            "matched_fragment": last,
            "suppress": True,
        }

    return complete


def offers(session: Any, sign: str, before: list[str], last: str) -> list[str]:
    """Return what may stand where the cursor is, given the words before it."""
    if sign == "%%":
        return ["workflow"] if not before else []
    if not before:
        return list(VERBS)
    verb = before[0]
    if verb not in VERBS:
        return []
    if verb == "rerun" and before[-1] == "--from":
        return _steps_of_rerun(session, [word for word in before[1:-1] if "=" not in word])
    if last.startswith("-"):
        return [option for option in options_of(verb) if option not in before or option == "--edit"]
    return _arguments(session, verb, [word for word in before[1:] if not word.startswith("-")])


def _arguments(session: Any, verb: str, given: list[str]) -> list[str]:
    if verb == "run":
        return _for_run(session, given)
    if verb in ("preview", "try"):
        return _for_step(session, given)
    if verb == "show" and not given:
        return [*sorted(session.definitions), *_runs(session, verb)]
    if verb == "models":
        return ["list", "install", "remove"] if not given else _model_names(given)
    if verb in ("servers", "trust") and not given:
        return _servers(session)
    if verb == "prune":
        return [name for name in _ended(session) if name not in given]
    if verb == "signal":
        return _signals(session) if not given else []
    if verb not in RUN_VERBS:
        return []
    if not given:
        return _runs(session, verb)
    return _steps(session, verb, given)


def _steps(session: Any, verb: str, given: list[str]) -> list[str]:
    if verb == "answer" and len(given) > 1:
        return _fields(session, given)
    if len(given) != 1:
        return []
    if verb in _DECIDING:
        return _waiting_steps(session, given[0])
    if verb not in ("retry", "skip", "why"):
        return []
    picture = session.client.picture(session.client.run(given[0]).run_id)
    nodes = (*picture.nodes, *(node for scope in picture.scopes for node in scope.nodes))
    return [node.path for node in nodes if verb == "why" or verb in node.actions]


def _steps_of_rerun(session: Any, given: list[str]) -> list[str]:
    """Return the steps of the workflow as it stands now, or as the run has it."""
    runs = [word for word in given if not word.startswith("-")]
    lines = [session.client.run(runs[0])] if runs else session.client.runs(most=1)
    if not lines:
        return []
    known = session.definitions.get(lines[0].workflow)
    if known is not None:
        return [step.name for step in known.checked.workflow.steps]
    state, _ = session.client.known_state(lines[0].run_id)
    return [step.name for step in state.workflow.steps]


def _fields(session: Any, given: list[str]) -> list[str]:
    run_id = session.client.run(given[0]).run_id
    fields = form_fields(session.client.open_approval(run_id, given[1]).request)
    used = {word.partition("=")[0] for word in given[2:]}
    return [f"{name}=" for name in fields if name not in used]


def _signals(session: Any) -> list[str]:
    lines = session.client.runs(most=_MOST_RUNS)
    going = [line.run_id for line in lines if line.status not in ENDED]
    return sorted(
        {n for run_id in going for n in session.client.known_state(run_id)[0].workflow.signals}
    )


def _for_run(session: Any, given: list[str]) -> list[str]:
    if not given:
        return sorted(session.definitions)
    known = session.definitions.get(given[0])
    if known is None:
        return []
    used = {word.partition("=")[0] for word in given[1:]}
    return [f"{name}=" for name in known.checked.workflow.inputs if name not in used]


def _for_step(session: Any, given: list[str]) -> list[str]:
    if len(given) != 1:
        return _for_run(session, [given[0], *given[2:]] if given else [])
    known = session.definitions.get(given[0])
    return [] if known is None else [step.name for step in known.checked.workflow.steps]


def _servers(session: Any) -> list[str]:
    from mn_notebook.runtime.servers import servers_of

    return list(servers_of(session.settings).names())


def _model_names(given: list[str]) -> list[str]:
    from mn_notebook.agents.local.catalog import CATALOG

    return [profile.name for profile in CATALOG] if given[0] in ("install", "remove") else []


def _runs(session: Any, verb: str) -> list[str]:
    if verb in _DECIDING:
        waiting: Iterable[str] = (line.run_id for line in session.client.approvals(most=_MOST_RUNS))
    else:
        waiting = (line.run_id for line in session.client.runs(most=_MOST_RUNS))
    return list(dict.fromkeys(run_id[:4] for run_id in waiting))


def _ended(session: Any) -> list[str]:
    lines = session.client.runs(most=_MOST_RUNS)
    return list(dict.fromkeys(line.run_id[:4] for line in lines if line.status in ENDED))


def _waiting_steps(session: Any, run: str) -> list[str]:
    run_id = session.client.run(run).run_id
    return [line.path for line in session.client.approvals(most=_MOST_PATHS, run_id=run_id)]
