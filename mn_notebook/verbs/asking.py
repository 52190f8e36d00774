"""Says what became of something that was asked of a run's owner."""

from mn_notebook.domain.ids import RunId
from mn_notebook.verbs.results import Decided
from mn_notebook.verbs.session import Session


def asked(
    session: Session, run_id: RunId, path: str, verb: str, *, applied: bool, done: str, later: str
) -> Decided:
    """Return the answer of a verb: ``done`` when a process has taken it up, else ``later``.

    What nobody has taken up waits in the store; the answer says how it is applied.
    """
    short = run_id[:4]
    text = done if applied else recorded(session, run_id, later)
    return Decided(run_id, short, path, verb, applied, text)


def recorded(session: Session, run_id: RunId, later: str) -> str:
    """Say that nobody advances a run now, and what will happen when somebody does again."""
    short = run_id[:4]
    return (
        f"Recorded: no process advances run {short} now. {later} as soon as its notebook is open "
        f"again, or with `{session.program} resume {short}`."
    )
