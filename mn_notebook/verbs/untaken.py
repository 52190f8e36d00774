"""Says what was asked of a run, and waits in the store because nobody advances the run."""

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.statuses import Owner
from mn_notebook.domain.why import Explanation
from mn_notebook.domain.why_commands import Command
from mn_notebook.domain.words import one_line, plural
from mn_notebook.ports import InboxCommand
from mn_notebook.verbs.session import Session

_DECIDING = tuple(f"%mn {verb} " for verb in ("approve", "answer", "reject", "settle"))


def picture_with_untaken(session: Session, picture: RunPicture) -> RunPicture:
    """Return a picture that asks no more for what somebody has decided already."""
    untaken = _untaken(session, RunId(picture.run_id), picture.owner)
    if not untaken:
        return picture
    decided = {command.body.get("approval_id") for command in untaken}
    stops = any(command.kind == "cancel" for command in untaken)
    left = tuple(one for one in picture.approvals if one.id not in decided and not stops)
    told = _sentence(picture.short_id, untaken)
    return picture.model_copy(update={"approvals": left, "next": told})


def explanation_with_untaken(
    session: Session, explained: Explanation, run_id: RunId, owner: Owner
) -> Explanation:
    """Return an explanation that tells also what was asked of a run since its last event."""
    untaken = _untaken(session, run_id, owner)
    if not untaken:
        return explained
    commands = explained.commands
    if any(command.kind in ("decide", "cancel") for command in untaken):
        commands = tuple(one for one in commands if not one.line.startswith(_DECIDING))
    go_on = Command(line=f"%mn resume {run_id[:4]}", does="applies what is recorded")
    update = {"next": _sentence(run_id[:4], untaken), "commands": (go_on, *commands)}
    return explained.model_copy(update=update)


def _untaken(session: Session, run_id: RunId, owner: Owner) -> list[InboxCommand]:
    """Return what nobody has taken up, and nobody is about to."""
    return [] if owner == "live" else list(session.client.store.inbox.pending((), (run_id,)))


def _sentence(short: str, untaken: list[InboxCommand]) -> str:
    last = untaken[-1]
    said = one_line(str(last.body.get("decision") or last.kind).replace("_", " "), 30)
    before = f", after {plural(len(untaken) - 1, 'other')}," if len(untaken) > 1 else ""
    return (
        f"{one_line(last.by, 60)}'s {said!r}{before} is recorded, and no process advances the "
        f"run: `%mn resume {short}` applies it."
    )
