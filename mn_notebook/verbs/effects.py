"""The verb that shows what a run did to the world."""

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.ledger import LEDGER_KINDS, Entry, ledger
from mn_notebook.domain.unread import sentence
from mn_notebook.domain.words import plural
from mn_notebook.errors import UsageError
from mn_notebook.verbs.audit import append_audit
from mn_notebook.verbs.effect_words import arguments, call_text, shown_of
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import EffectLine, Effects
from mn_notebook.verbs.session import Session


def effects(session: Session, run: str, /, *, reads: Flag = False, to: str = "") -> Effects:
    """List what a run did to the world: each call, who allowed it, and what became of it.

    It is told from the journal alone, also of a run that nobody advances.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        reads: Also calls that only read.
        to: A file to add the facts behind the list to, a JSON object a line, each sealed with the
            one before; what the file holds of the run already stays as it is.
    """
    line = session.client.run(run)
    if to and reads:
        message = "--to writes what was done to the world: it goes without --reads"
        raise UsageError(message)
    found, unread = entries(session, line.run_id, reads=reads)
    note = unread
    if to:
        added = append_audit(session.client, line.run_id, to)
        note = f"{plural(added, 'fact')} added to {to}." + (f" {unread}" if unread else "")
    lines = tuple(line_of(session, entry) for entry in found)
    return Effects(line.run_id, line.run_id[:4], line.workflow, lines, note)


def entries(
    session: Session, run_id: RunId, *, reads: bool = False
) -> tuple[tuple[Entry, ...], str]:
    """Return the ledger of a run as far as this program can read it, and why no further."""
    state, fault = session.client.known_state(run_id)
    events, _ = session.client.known_events(run_id, kinds=LEDGER_KINDS)
    events = [recorded for recorded in events if recorded.seq <= state.head]
    return ledger(state, events, reads=reads), "" if fault is None else sentence(state.head)


def line_of(session: Session, entry: Entry) -> EffectLine:
    """Return a call as a table shows it."""
    values = session.client.values
    return EffectLine(
        number=entry.number,
        at=entry.at,
        ended_at=entry.ended_at,
        path=entry.path,
        tool=entry.tool,
        effect=entry.effect,
        args=arguments(values, entry),
        key=entry.key,
        state=entry.state,
        approved_by=", ".join(leave.by for leave in entry.approved),
        approved_via=", ".join(leave.via for leave in entry.approved),
        approval=", ".join(leave.approval_id for leave in entry.approved),
        rules=entry.rules,
        attempts=entry.attempts,
        result=shown_of(values, entry.result),
        because=entry.because,
        settled_by=entry.settled_by,
        call=entry.call_id,
        text=call_text(values, entry),
    )
