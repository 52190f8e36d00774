"""Verbs by which a person decides: approvals, approve, reject, settle."""

from collections.abc import Iterator

from pydantic import JsonValue

from mn_notebook.client import RunClient
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.people_pictures import approval
from mn_notebook.domain.state import OpenApproval
from mn_notebook.errors import AlreadyDecided, UsageError
from mn_notebook.store.views import ApprovalLine
from mn_notebook.verbs.asking import asked as asked_of
from mn_notebook.verbs.follow import taken_up
from mn_notebook.verbs.inputs import read_value
from mn_notebook.verbs.options import Flag, Several
from mn_notebook.verbs.results import Approvals, Decided, Waiting
from mn_notebook.verbs.session import Session


def approvals(session: Session, /, *, most: int = 20) -> Approvals:
    """List what waits for a person, in every notebook, longest waiting first.

    Args:
        session: Whose store it is.
        most: How many at most; the others are counted.
    """
    client = session.client
    lines = client.approvals(most=max(most, 1))
    waiting = [entry for line in lines for entry in _waiting(client, line)]
    more = client.store.views.count_approvals() - len(lines)
    return Approvals(tuple(waiting), client.store.clock.now(), max(more, 0))


def _waiting(client: RunClient, line: ApprovalLine) -> Iterator[Waiting]:
    state, fault = client.known_state(line.run_id)
    asking = state.approvals.get(line.approval_id)
    # Of a run that a newer program wrote on nobody decides here.
    if asking is not None and fault is None:
        short = line.run_id[:4]
        yield Waiting(line.run_id, short, line.workflow, line.title, approval(state, asking))


def approve(
    session: Session,
    run: str,
    step: str | None = None,
    /,
    *,
    edit: Several = (),
    always: Flag = False,
    because: str = "",
) -> Decided:
    """Approve what a run asks, exactly as it is shown, or with edits.

    It works from anywhere, also while the process that owns the run is busy or gone.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: The step that asks; not needed where only one does.
        edit: A change as field=value, of what is shown or of a call's arguments; may be given
            several times.
        always: Allow all further calls of the tool in this run; `revoke` takes it back.
        because: Why, for the journal.
    """
    run_id = session.client.run(run).run_id
    request = session.client.open_approval(run_id, step).request
    if always and request.subject != "call":
        message = (
            f"--always is about calls of a tool, and {request.path!r} asks about something else"
        )
        raise UsageError(message)
    edits = _edits(session, edit, request)
    return decide(session, run_id, request, "approve", edits=edits, because=because, always=always)


def reject(
    session: Session,
    run: str,
    step: str | None = None,
    /,
    *,
    stop: Flag = False,
    because: str = "",
) -> Decided:
    """Say no to what a run asks.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: The step that asks; not needed where only one does.
        stop: Stop the whole run as well.
        because: Why, for the journal, for the steps that follow, and for the agent that asked.
    """
    run_id = session.client.run(run).run_id
    asked = session.client.open_approval(run_id, step)
    decision = "stop" if stop else "reject"
    return decide(session, run_id, asked.request, decision, because=because)


def delegate(
    session: Session, run: str, step: str | None = None, /, *, to: str, because: str = ""
) -> Decided:
    """Name another person who should decide; everybody still may.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: The step that asks; not needed where only one does.
        to: Who should decide.
        because: Why, for the journal.
    """
    run_id = session.client.run(run).run_id
    request = session.client.open_approval(run_id, step).request
    command_id = session.client.delegate(run_id, request, to, because=because, via=session.via)
    return asked_of(
        session,
        run_id,
        request.path,
        "delegate",
        applied=taken_up(session, run_id, command_id),
        done=f"Handed to {to}: {request.path} of run {run_id[:4]}. Everybody may still decide.",
        later="It is handed over",
    )


def revoke(session: Session, run: str, tool: str, /) -> Decided:
    """Take back that a tool needs no approval in a run; the next call of it asks again.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        tool: The tool that was always allowed.
    """
    run_id = session.client.run(run).run_id
    command_id = session.client.revoke(run_id, tool, via=session.via)
    return asked_of(
        session,
        run_id,
        "",
        "revoke",
        applied=taken_up(session, run_id, command_id),
        done=f"Taken back: run {run_id[:4]} asks about {tool} again.",
        later="It is taken back",
    )


def settle(  # noqa: PLR0913 - one for each choice
    session: Session,
    run: str,
    step: str | None = None,
    /,
    *,
    happened: Flag = False,
    not_happened: Flag = False,
    skip: Flag = False,
    stop: Flag = False,
    value: str | None = None,
    because: str = "",
) -> Decided:
    """Say whether a call that is in doubt happened.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: The step, or the call, that is in doubt; not needed where only one is.
        happened: It happened: it is not made again.
        not_happened: It did not: it is made once more.
        skip: Nobody knows, and it is not made again; its step goes on without it, or fails.
        stop: Nobody knows, and the whole run is stopped.
        value: What it returned, as JSON or YAML, where that is known.
        because: How it is known, for the journal.
    """
    said = {
        "happened": happened,
        "not_happened": not_happened,
        "reject": skip,
        "stop": stop,
    }
    chosen = [decision for decision, is_said in said.items() if is_said]
    if len(chosen) != 1:
        message = (
            "say what is known: either --happened or --not-happened; where nobody knows, --skip "
            "leaves the call undone and --stop ends the run"
        )
        raise UsageError(message)
    if value is not None and not happened:
        message = "--value says what a call returned: it goes with --happened"
        raise UsageError(message)
    run_id = session.client.run(run).run_id
    asked = _doubt(session, run_id, step)
    returned = None if value is None else read_value(value)
    return decide(session, run_id, asked.request, chosen[0], because=because, value=returned)


def _doubt(session: Session, run_id: RunId, where: str | None) -> OpenApproval:
    """Return what is in doubt at a step, or at the call of a name."""
    for asked in session.client.state(run_id).approvals.values():
        if where in [call.call_id for call in asked.request.calls]:
            return asked
    return session.client.open_approval(run_id, where)


def decide(
    session: Session,
    run_id: RunId,
    request: ApprovalRequested,
    decision: str,
    *,
    edits: dict[str, JsonValue] | None = None,
    because: str = "",
    value: JsonValue = None,
    always: bool = False,
) -> Decided:
    """Record a decision and say what comes of it; that somebody was faster is no mistake.

    Raises:
        UsageError: the decision does not fit what is asked.
    """
    short = run_id[:4]
    try:
        command_id = session.client.decide(
            run_id,
            request,
            decision,
            edits=edits,
            because=because,
            value=value,
            always=always,
            via=session.via,
        )
    except AlreadyDecided as known:
        text = f"Nothing was changed: {known}."
        return Decided(
            run_id, short, request.path, decision, applied=True, text=text, changed=False
        )
    applied = taken_up(session, run_id, command_id)
    head = _done(request, decision, short, edited=bool(edits))
    then = _next(request, decision, always=always)
    if not applied:
        then = (
            "It is recorded, and no process advances the run now: it is applied when its notebook "
            f"is open again, or with `{session.program} resume {short}`."
        )
    return Decided(run_id, short, request.path, decision, applied, f"{head} {then}")


_DONE = {
    "approve": "Approved",
    "reject": "Rejected",
    "happened": "Settled: it happened",
    "not_happened": "Settled: it did not happen",
    "answer": "Answered in place of the call",
    "stop": "Rejected, and the run is stopped",
}


def _done(request: ApprovalRequested, decision: str, short: str, *, edited: bool) -> str:
    done = _DONE[decision] + (" with edits" if edited else "")
    return f"{done}: {request.path} of run {short}."


def _next(request: ApprovalRequested, decision: str, *, always: bool = False) -> str:
    match decision:
        case "approve" if len(request.given) + 1 < request.needed:
            return "Another person has to approve it as well."
        case "approve" if always:
            tools = ", ".join(sorted({call.tool for call in request.calls}))
            return f"Further calls of {tools} need no approval in this run; `revoke` takes it back."
        case "approve" if request.calls:
            return "The run goes on, and makes exactly what was shown."
        case "approve":
            return "The run goes on."
        case "answer":
            return "The call is not made; the run goes on with the answer."
        case "stop":
            return "Nothing of what was asked is done."
        case "reject":
            return _after_no(request)
        case "happened":
            return "The call is not made again."
        case _:
            return "The call is made once more."


def _after_no(request: ApprovalRequested) -> str:
    if request.subject == "approve":
        return "The run goes on without what was rejected."
    if request.subject == "ask" and request.calls:
        return "What asked is told so, and goes on."
    return "The call is not made."


def _edits(
    session: Session, arguments: tuple[str, ...], request: ApprovalRequested
) -> dict[str, JsonValue]:
    """Read ``field=value``; a value that is a text now stays a text."""
    shown = _editable_values(session, request)
    edits: dict[str, JsonValue] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals or not name:
            may = ", ".join(request.editable or shown) or "nothing"
            message = f"expected --edit field=value, found {argument!r}; editable: {may}"
            raise UsageError(message)
        present = [
            value for path, value in shown.items() if name in (path, path.rsplit(".", 1)[-1])
        ]
        was_text = bool(present) and isinstance(present[0], str)
        edits[name] = text if was_text else read_value(text)
    return edits


def editable_of(session: Session, request: ApprovalRequested) -> list[str]:
    """Return the names by which what is asked may be edited."""
    if request.subject == "approve":
        return list(request.editable)
    return list(_editable_values(session, request)) if request.subject == "call" else []


def _editable_values(session: Session, request: ApprovalRequested) -> dict[str, JsonValue]:
    """Return what may be edited, as it is shown: of a call, its arguments."""
    stored = request.shown
    if request.subject == "call" and request.calls:
        stored = request.calls[0].args
    shown = session.client.values.load(stored)
    return shown if isinstance(shown, dict) else {}
