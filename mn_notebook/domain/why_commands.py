"""The lines that somebody could type to move a run on, each with what it does."""

from collections.abc import Iterator
from heapq import nsmallest

from pydantic import BaseModel, ConfigDict

from mn_notebook.domain.fold_scopes import inside
from mn_notebook.domain.ids import NodePath
from mn_notebook.domain.people_pictures import approval
from mn_notebook.domain.state import OpenApproval, RunState
from mn_notebook.domain.statuses import Owner, RunStatus

_MOST = 8
_AGAIN = "runs the workflow as it stands now; unchanged steps are not paid again"


class Command(BaseModel):
    """A line to type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: str
    does: str


def of_run(state: RunState, status: RunStatus, owner: Owner) -> tuple[Command, ...]:
    """Return what can be done about a run now, the most telling first."""
    short = state.run_id[:4]
    if state.ended and state.undo.begun:
        return (*_of_undo(state, short), _command(f"rerun {short}", _AGAIN))
    return (*_of_run(state, short, status, owner), *_of_undo(state, short))


def _of_run(state: RunState, short: str, status: RunStatus, owner: Owner) -> Iterator[Command]:
    match status:
        case "succeeded":
            yield _command(f"export {short} FILE", "keeps its workflow as a file that runs again")
            yield _command(f"rerun {short}", _AGAIN)
        case "cancelled":
            yield _command(f"rerun {short}", "runs it again, and takes over what was finished")
            yield _command(f"log {short}", "tells what was done until then")
        case "failed":
            yield from _of_failures(state, short)
        case _:
            yield from _of_people(state, short)
            yield from _of_control(state, short, owner)


def _of_undo(state: RunState, short: str) -> Iterator[Command]:
    if not state.ended or not state.undo.calls:
        return
    if state.undo.plan:
        yield _command(f"undo {short}", "shows what it did that can be undone, and how")
    yield _command(f"effects {short}", "lists what it did to the world")


def _of_failures(state: RunState, short: str) -> Iterator[Command]:
    yield _command(f"resume {short}", "tries the failed steps afresh")
    fatal = (
        node
        for node, progress in state.progress.items()
        if progress.status == "failed" and state.step_at(node).on_failure == "fail"
    )
    for node in nsmallest(_MOST, fatal):
        yield _command(f"retry {short} {node}", "tries this step alone afresh")
        yield _command(
            f'skip {short} {node} --value … --because "…"', "goes on with a value of yours"
        )
    yield _command(f"rerun {short}", _AGAIN)


def _of_people(state: RunState, short: str) -> Iterator[Command]:
    waiting = sorted(state.approvals.values(), key=lambda a: (a.requested_at, a.request.path))
    for asking in waiting[:_MOST]:
        yield from _answers(state, asking, short)
    for name in sorted(state.awaited):
        yield _command(f"signal {name} {short} --value …", "sends the signal that is waited for")


def _answers(state: RunState, asking: OpenApproval, short: str) -> Iterator[Command]:
    shown = approval(state, asking)
    path = asking.request.path
    does = {
        "in_doubt": "says that it happened; --not-happened, that it did not",
        "ask": "fills in the form",
    }.get(shown.kind, "says yes to exactly what is shown")
    yield Command(line=shown.command, does=does)
    if shown.kind != "in_doubt":
        said = "declines to answer" if shown.kind == "ask" else "says no"
        yield _command(f'reject {short} {path} --because "…"', said)


def _of_control(state: RunState, short: str, owner: Owner) -> Iterator[Command]:
    if state.pause_requested:
        yield _command(f"resume {short}", "lets it go on")
    elif owner == "gone":
        yield _command(f"resume {short}", "goes on with it here, if its code is here")
    if not state.pause_requested and not state.cancel_requested:
        yield _command(f"pause {short}", "begins nothing new until it is resumed")
    if not state.cancel_requested:
        yield _command(f"cancel {short}", "stops it; nothing is undone")


def of_step(
    state: RunState, node: NodePath, status: RunStatus, owner: Owner
) -> tuple[Command, ...]:
    """Return what can be done about a step now."""
    return tuple(_of_step(state, node, state.run_id[:4], status, owner))


def _of_step(
    state: RunState, node: NodePath, short: str, status: RunStatus, owner: Owner
) -> Iterator[Command]:
    paths = {instance.path for instance in inside(state, node)}
    asked = sorted(state.approvals.values(), key=lambda a: (a.requested_at, a.request.path))
    for asking in asked:
        if asking.request.path in paths:
            yield from _answers(state, asking, short)
    for name, waiting in sorted(state.awaited.items()):
        if any(path in paths for path in waiting):
            yield _command(f"signal {name} {short} --value …", "sends what it waits for")
    progress = state.progress[node]
    fatal = progress.status == "failed" and state.step_at(node).on_failure == "fail"
    if status == "failed" and fatal:
        yield _command(f"retry {short} {node}", "tries it afresh")
    if (status == "failed" and fatal) or (
        not state.ended and progress.status in ("pending", "open")
    ):
        yield _command(
            f'skip {short} {node} --because "…"', "leaves it undone; --value puts one in its place"
        )
    if state.pause_requested or owner == "gone":
        yield _command(f"resume {short}", "lets the run go on")
    yield _command(f"log {short} --step {node}", "tells all that happened here")


def _command(line: str, does: str) -> Command:
    return Command(line=f"%mn {line}", does=does)
