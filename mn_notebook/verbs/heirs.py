"""Finds the runs that took over what another run's steps gave."""

from collections.abc import Collection
from dataclasses import dataclass

from mn_notebook.client import RunClient
from mn_notebook.domain.events import RunCreated
from mn_notebook.domain.ids import RunId, StepPath
from mn_notebook.engine.reuse import origin_of
from mn_notebook.errors import StoreError
from mn_notebook.ports import RunLine

MOST_RUNS = 1000
"""So many of the newest runs of the store are looked at."""


@dataclass(frozen=True, slots=True)
class Heir:
    """A run that has results of another one."""

    line: RunLine
    paths: tuple[StepPath, ...]
    """Where they are in it."""


def heirs_of(client: RunClient, run_id: RunId, paths: Collection[StepPath]) -> tuple[Heir, ...]:
    """Return the runs that have what these units of work gave, oldest first.

    They may have it from a run between them.
    """
    born = client.run(run_id).created_at
    later = [line for line in client.runs(most=MOST_RUNS) if line.created_at >= born]
    found, related = [], {run_id}
    for line in sorted(later, key=lambda line: line.created_at):
        if line.run_id == run_id or _reused(client, line.run_id) not in related:
            continue
        related.add(line.run_id)
        taken = _taken(client, line.run_id, {(run_id, path) for path in paths})
        if taken:
            found.append(Heir(line, taken))
    return tuple(found)


def _reused(client: RunClient, run_id: RunId) -> RunId | None:
    events, _fault = client.known_events(run_id, kinds=("run.created",))
    made = [one.event for one in events if isinstance(one.event, RunCreated)]
    return made[0].reuses if made else None


def _taken(
    client: RunClient, run_id: RunId, wanted: Collection[tuple[RunId, StepPath]]
) -> tuple[StepPath, ...]:
    try:
        state = client.state(run_id)
    except StoreError:
        return ()  # A newer program wrote it, and it cannot be read here.
    reused = (path for path, one in state.instances.items() if one.reused_from is not None)
    return tuple(sorted(path for path in reused if origin_of(state, path, client.state) in wanted))
