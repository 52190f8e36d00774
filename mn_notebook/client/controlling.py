"""What a run has to be like for a control to make sense."""

from collections.abc import Collection
from difflib import get_close_matches

from mn_notebook.domain.ids import RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.engine.people import can_be_skipped, has_failed, located, waiting_item
from mn_notebook.errors import UsageError
from mn_notebook.ports import RunLine


def require_unended(line: RunLine) -> None:
    """Refuse what cannot be asked of a run that has ended."""
    if line.status in ("succeeded", "failed", "cancelled"):
        message = f"run {line.run_id[:4]} has ended already: it is {line.status}"
        raise UsageError(message)


def require_ended(state: RunState) -> None:
    """Refuse to undo what a run that goes on has done."""
    if not state.ended:
        message = f"run {state.run_id[:4]} has not ended: `cancel` it first, with --undo"
        raise UsageError(message)


def require_unpaused(state: RunState) -> None:
    """Refuse to pause what is paused already."""
    if state.pause_requested:
        message = f"run {state.run_id[:4]} is paused already; `resume` lets it go on"
        raise UsageError(message)


def require_paused(state: RunState, line: RunLine) -> None:
    """Refuse to resume what is not paused."""
    if not state.pause_requested:
        message = f"run {line.run_id[:4]} is {line.status}, not paused"
        raise UsageError(message)


def require_failed(line: RunLine) -> None:
    """Refuse to try again what has not failed."""
    if line.status != "failed":
        message = (
            f"run {line.run_id[:4]} is {line.status}; only failed steps of a failed run are tried "
            "again"
        )
        raise UsageError(message)


def require_not_undone(state: RunState) -> None:
    """Refuse to go on from what has been taken back."""
    if state.undo.begun:
        run = state.run_id[:4]
        message = (
            f"what run {run} did has been undone, at least in part: it cannot go on; "
            f"`rerun {run}` does it anew"
        )
        raise UsageError(message)


def require_failed_step(state: RunState, path: str) -> None:
    """Refuse to try a step again that is not there, or has not failed."""
    instance, node = located(state, StepPath(path))
    if node is None:
        raise UsageError(_no_step(state, path))
    if not has_failed(state, node, instance):
        failed = sorted(
            node
            for node, progress in state.progress.items()
            if has_failed(state, node, None) and progress.status == "failed"
        )
        message = f"{path!r} has not failed; failed are: {', '.join(failed)}"
        raise UsageError(message)


def require_skippable(state: RunState, path: str) -> None:
    """Refuse to leave a step undone that is not there, is done, or is an item of no list yet."""
    instance, node = located(state, StepPath(path))
    if node is None:
        waiting = waiting_item(state, StepPath(path))
        if waiting is None:
            raise UsageError(_no_items_yet(state, path) or _no_step(state, path))
        if state.ended:
            raise UsageError(_never_began(state, path))
        node = waiting[0]
    failed = has_failed(state, node, instance)
    if not failed and not can_be_skipped(state, node, instance):
        message = (
            f"{path!r} of run {state.run_id[:4]} has ended already; only what has not is skipped"
        )
        raise UsageError(message)


def nobody_waits(name: str, run_id: RunId | None, signals: Collection[str]) -> str:
    """Say that no run, or not the one that was named, can wait for a signal, and for which."""
    known = ", ".join(sorted(signals))
    others = f"; signals that are waited for: {known}" if known else ""
    cannot = "no run that goes on can" if run_id is None else f"run {run_id[:4]} cannot"
    return f"{cannot} wait for a signal {name!r}{others}"


def _no_items_yet(state: RunState, path: str) -> str:
    """Say of an item that it is not known yet whether there is one; '' of anything else."""
    for node, progress in state.progress.items():
        named = path.startswith((f"{node}[", f"{node}#"))
        if named and not progress.keys and state.step_at(node).for_each is not None:
            short = state.run_id[:4]
            return (
                f"{node!r} of run {short} has no items yet: its list is made when it begins; "
                f"try again then, or leave the whole step undone: `skip {short} {node}`"
            )
    return ""


def _never_began(state: RunState, path: str) -> str:
    """Say of an item of a run that has ended when it can be skipped, if ever."""
    short, phase = state.run_id[:4], state.phase
    message = f"run {short} is {phase}, and {path!r} never began"
    if phase != "failed" or state.undo.begun:
        return f"{message}: there is nothing to skip"
    return f"{message}: skip it when the run goes on, after `retry {short}`"


def _no_step(state: RunState, path: str) -> str:
    near = get_close_matches(path, [*state.progress, *state.instances], n=1)
    fix = f"; did you mean {near[0]!r}?" if near else ""
    return f"run {state.run_id[:4]} has no step {path!r}{fix}"
