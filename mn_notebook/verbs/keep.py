"""Verbs that look after the store as a file: backup, restore, prune."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.durations import parse_duration
from mn_notebook.domain.words import one_line, plural
from mn_notebook.errors import UsageError
from mn_notebook.ports import RunLine
from mn_notebook.store.backups import archive, back_up, bring_back, header_of, in_words
from mn_notebook.store.backups import restore as put_back
from mn_notebook.store.database import Database
from mn_notebook.store.pruning import alone, weigh
from mn_notebook.store.pruning import prune as take_out
from mn_notebook.verbs.follow import ENDED
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import BackedUp, Pruning, PutBack
from mn_notebook.verbs.session import Session

_SHOWN = 10
"""So many runs a preview lists by name."""


def backup(session: Session, file: str, /) -> BackedUp:
    """Copy the whole store, with its artifacts, into one file; runs may go on meanwhile.

    Args:
        session: Whose store it is.
        file: The file to write; one that is there is not written over.
    """
    database = session.client.store.database
    with alone(database):
        written = back_up(database, Path(file), SystemClock(), RandomIds())
    text = (
        f"Written to {written.path}: {in_words(written)}. "
        f"`{session.program} restore {one_line(file, 200)}` brings it back."
    )
    return BackedUp(
        written.path, written.runs, written.artifacts, written.missing, written.size_bytes, text
    )


def restore(session: Session, file: str, /) -> PutBack:
    """Bring back a backup as the store, or the runs of an archive into it.

    A backup replaces the store; the one that is there is kept beside it, and nothing is replaced
    while a process lives that may own runs. Runs that have not ended are paused. The runs of an
    archive, which `prune --to` made, are added to the store as it is.

    Args:
        session: Whose store it is.
        file: What `backup`, or `prune --to`, wrote.
    """
    header = header_of(Path(file))
    if header.kind == "archive":
        found = bring_back(session.client.store, Path(file))
        there = f" {plural(len(found.there), 'run')} of it is there already." if found.there else ""
        text = f"{plural(len(found.runs), 'run')} brought back from {one_line(file, 200)}.{there}"
        return PutBack(found.runs, (), found.there, None, text)
    if session.runtime is None:
        session.close()  # Only looking: this process itself must not be in the way.
    database = Database(session.settings.store)
    restored = put_back(database, Path(file), SystemClock(), RandomIds())
    said = [f"The store is as it was on {header.made_at:%Y-%m-%d at %H:%M} UTC:"]
    said.append(f"{plural(len(restored.runs), 'run')}.")
    if restored.held:
        count = plural(len(restored.held), "run that has", "runs that have")
        said.append(
            f"{count} not ended stay paused, for what they did after the backup is not known in "
            f"it: `{session.program} resume RUN` goes on with one."
        )
    if restored.kept is not None:
        said.append(f"What was there before is kept as {restored.kept}.")
    return PutBack(restored.runs, restored.held, (), restored.kept, " ".join(said))


def prune(
    session: Session, /, *runs: str, older: str = "", to: str = "", yes: Flag = False
) -> Pruning:
    """Take runs that have ended out of the store, for good or into an archive.

    Without --yes it only says what would be taken out. A run that has not ended is never taken.

    Args:
        session: Whose store it is.
        runs: The runs' ids, or their beginnings; none with --older: all that are old enough.
        older: Only runs that ended so long ago, such as 30d.
        to: An archive to write them to before; `restore` brings them back from it.
        yes: Do it.
    """
    store = session.client.store
    lines = _chosen(session, runs, older)
    if to and Path(to).expanduser().exists():
        message = f"the file {to!r} is there already, and is not written over"
        raise UsageError(message)
    if not lines:
        return Pruning((), text="No run that has ended is that old.")
    ids = tuple(line.run_id for line in lines)
    if not yes:
        weight = weigh(store, ids)
        size = weight.event_bytes + weight.artifact_bytes
        text = (
            f"{plural(len(ids), 'run')} would be taken out{_into(to)}: {_names(lines)}; "
            f"{plural(weight.events, 'event')}, {plural(weight.artifacts, 'artifact')}, about "
            f"{size / 1e6:,.1f} MB. Nothing is done without --yes."
        )
        return Pruning(ids, events=weight.events, artifacts=weight.artifacts, bytes=size, text=text)
    with alone(store.database):
        written = None
        if to:
            written = archive(store.database, ids, Path(to), SystemClock(), RandomIds()).path
        done = take_out(store, lines)
    freed = max(done.bytes_before - done.bytes_after, 0)
    stayed = f" {plural(len(done.stayed), 'run')} stayed: somebody goes on with it."
    text = (
        f"{plural(len(done.runs), 'run')} taken out{_into(to)}; {freed / 1e6:,.1f} MB are free "
        f"again.{stayed if done.stayed else ''}{f' Note: {done.note}.' if done.note else ''}"
    )
    return Pruning(
        done.runs,
        done=True,
        stayed=done.stayed,
        artifacts=done.artifacts,
        bytes=freed,
        archive=written,
        text=text,
    )


def _chosen(session: Session, names: Sequence[str], older: str) -> list[RunLine]:
    if not names and not older:
        message = f"expected runs, or --older 30d; `{session.program} runs` lists them"
        raise UsageError(message)
    if names:
        lines = [session.client.run(name) for name in dict.fromkeys(names)]
        for line in lines:
            if line.status not in ENDED:
                message = f"run {line.run_id[:4]} is {line.status}: only what has ended is pruned"
                raise UsageError(message)
    else:
        lines = list(session.client.store.views.ended())
    if not older:
        return lines
    try:
        before = session.client.clock.now() - timedelta(seconds=parse_duration(older))
    except ValueError as fault:
        message = f"--older: {fault}"
        raise UsageError(message) from None
    return [line for line in lines if (line.finished_at or line.updated_at) <= before]


def _into(file: str) -> str:
    return f" into {one_line(file, 200)}" if file else " for good"


def _names(lines: Sequence[RunLine]) -> str:
    shown = [f"{line.run_id[:4]} ({one_line(line.workflow, 40)})" for line in lines[:_SHOWN]]
    named = ", ".join(shown)
    more = len(lines) - _SHOWN
    return f"{named} and {plural(more, 'more', 'more')}" if more > 0 else named
