"""Finds the runs that a run can be compared with, and what they have cost."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from mn_notebook.client import RunClient
from mn_notebook.domain.events import StepSucceeded
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.past_runs import Fan, PastRun, past_costs, unfinished_costs
from mn_notebook.domain.past_traces import Trace, trace_of
from mn_notebook.domain.previews import PastCosts, Unfinished
from mn_notebook.domain.words import plural
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import StoreError
from mn_notebook.ports import RunLine
from mn_notebook.verbs.known_before import asks_models

MOST_RUNS = 20
"""So many runs are reckoned from, the newest ones."""
MOST_EVENTS = 5_000
"""So many facts are read for it altogether; of one run, however long, all are."""
_MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the runs before have cost, and those that are not counted."""

    past: PastCosts | None = None
    unfinished: Unfinished = field(default_factory=Unfinished)
    left_out: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Tell whether there were runs, even if none that counts."""
        return bool(self.past or self.unfinished.runs or self.left_out)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The run that others are compared with."""

    workflow: Workflow
    """With all that it calls."""
    origin: str
    models: frozenset[str] | None
    """Those that it would ask; None: nobody knows."""
    scripted: bool
    fans: Mapping[str, Fan] = field(default_factory=dict)
    """Steps that ask models for each item of a list, and whose number of items is known."""
    unknown: tuple[str, ...] = ()
    """Those whose number of items is not: then nothing is scaled."""


Known = dict[tuple[RunId, int], Trace | None]
"""What runs have used, by their ids and heads."""


def compared(client: RunClient, wanted: Wanted, known: Known) -> Comparison:
    """Return what comparable runs have cost.

    Those of the very definition are looked at first, in its notebook and then in others, then those
    of an earlier one that has the same steps that ask models. A run counts that succeeded, did all
    of it itself, and asked no other model than this one would. What is ``known`` of a run is not
    read again.
    """
    views, version = client.store.views, wanted.workflow.hash
    lines = views.past(wanted.origin, wanted.workflow.name, most=_MOST_LINES)
    same = _reckoned(client, [one for one in lines if one.workflow_hash == version], wanted, known)
    if same.past is not None:
        return same
    elsewhere = _reckoned(
        client, views.elsewhere(wanted.origin, version, most=MOST_RUNS), wanted, known
    )
    if elsewhere.past is not None:
        return elsewhere
    earlier = _reckoned(client, _alike(client, lines, wanted.workflow), wanted, known)
    if earlier.past is not None:
        past = earlier.past.model_copy(update={"version": "earlier"})
        return replace(earlier, past=past, unfinished=same.unfinished)
    return next((one for one in (same, elsewhere, earlier) if one.says_something), same)


def _alike(client: RunClient, lines: Iterable[RunLine], workflow: Workflow) -> list[RunLine]:
    """Return the runs of other definitions in which the same steps ask models."""
    versions = {}
    for line in lines:
        version = line.workflow_hash
        if version not in versions and version != workflow.hash:
            try:
                other = client.store.journal.workflow(version)
            except StoreError:
                continue
            versions[version] = _asking(other) == _asking(workflow)
    return [line for line in lines if versions.get(line.workflow_hash)]


def _asking(workflow: Workflow) -> set[tuple[str, str, int | None]]:
    """Return the steps that ask models, and the samples that some are done on."""
    return {
        (step.name, step.kind, step.for_each.first if step.for_each is not None else None)
        for step in workflow.steps
        if asks_models(workflow, step)
    }


def _reckoned(
    client: RunClient, lines: Sequence[RunLine], wanted: Wanted, known: Known
) -> Comparison:
    counted: list[PastRun] = []
    unfinished: list[PastRun] = []
    others: Counter[str] = Counter()
    fitting = [line for line in lines if not line.scripted or wanted.scripted]
    if len(fitting) < len(lines):
        others["scripted"] = len(lines) - len(fitting)
    for line, trace in _traced(client, fitting, known):
        why = _unlike(client, line, trace, wanted)
        if why:
            others[why] += 1
        elif line.status != "succeeded" or trace.partial:
            unfinished.append(trace.run)
        else:
            counted.append(trace.run)
    past = past_costs(counted, wanted.fans, scales=not wanted.unknown)
    if past is not None:
        past = past.model_copy(update={"scripted": wanted.scripted, "unscaled_for": wanted.unknown})
    said = tuple(_LEFT_OUT[why](number) for why, number in sorted(others.items()))
    return Comparison(past, unfinished_costs(unfinished), said)


def _traced(
    client: RunClient, lines: Iterable[RunLine], known: Known
) -> Iterable[tuple[RunLine, Trace]]:
    read = 0
    for line in islice(lines, MOST_RUNS):
        if read and read + line.head > MOST_EVENTS:
            return
        read += line.head
        key = (line.run_id, line.head)
        if key not in known:
            known[key] = _trace(client, line)
        trace = known[key]
        if trace is not None:
            yield line, trace


def _trace(client: RunClient, line: RunLine) -> Trace | None:
    traces = client.store.traces
    uses = traces.uses(line.run_id)
    if uses is None:
        return None
    usd = line.cost_usd if line.cost_known else None
    return trace_of(usd, traces.moments(line.run_id), uses)


def _unlike(client: RunClient, line: RunLine, trace: Trace, wanted: Wanted) -> str:
    """Say why a run cannot be compared; '' where it can."""
    if trace.run.calls and wanted.scripted and not line.scripted:
        return "real"
    if wanted.models is not None and not trace.models <= wanted.models:
        return "other"
    return "reused" if trace.reuses and _took_over(client, line) else ""


def _took_over(client: RunClient, line: RunLine) -> bool:
    found = client.store.traces.successes(line.run_id)
    return found is None or any(
        isinstance(one.event, StepSucceeded) and one.event.reused_from is not None for one in found
    )


_LEFT_OUT = {
    "other": lambda number: f"{plural(number, 'run')} with another model",
    "real": lambda number: f"{plural(number, 'run')} with a real model",
    "reused": lambda number: f"{plural(number, 'run')} that took over finished steps",
    "scripted": lambda number: f"{plural(number, 'run')} with a scripted model",
}
