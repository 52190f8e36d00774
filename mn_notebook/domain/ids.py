"""Which identifier names which thing."""

import hashlib
import json
import re
from typing import NewType

from pydantic import JsonValue

from mn_notebook.domain.tables import as_hashed

RunId = NewType("RunId", str)
StepName = NewType("StepName", str)
StepPath = NewType("StepPath", str)
"""One unit of work: ``step``, ``step[item]`` for an item of a ``for_each``, ``step#2`` for its
second iteration, ``step[item]/child`` inside a subworkflow."""
NodePath = NewType("NodePath", str)
"""A step as a node of a graph: its name, behind the path of the subworkflow that it stands in."""
ScopePath = NewType("ScopePath", str)
"""The graph that a step stands in: the path of the step that runs it, or `ROOT`."""
CallId = NewType("CallId", str)
"""Unique within its run: ``step!3`` is the third call of ``step``."""
ApprovalId = NewType("ApprovalId", str)
CommandId = NewType("CommandId", str)
ProcessId = NewType("ProcessId", str)
AttemptToken = NewType("AttemptToken", str)
"""Proves that a write comes from an attempt that nobody has closed."""
WorkflowHash = NewType("WorkflowHash", str)
Fence = NewType("Fence", int)
"""Grows with each change of a run's owner; an older number can write nothing."""


_BEHIND = re.compile(r"[\[#/]")
ROOT = ScopePath("")
"""The run's own graph."""


def node_path(scope: ScopePath, step: StepName) -> NodePath:
    """Name a step of a graph.

    >>> node_path(ScopePath("review[acme]"), StepName("draft"))
    'review[acme]/draft'
    """
    return NodePath(f"{scope}/{step}" if scope else step)


def instance_path(
    node: NodePath, key: str | None = None, iteration: int = 1, turn: int = 1
) -> StepPath:
    """Name one unit of work of a step; such names are for ever.

    ``iteration`` counts what ``repeat_until`` and redos make of a step, or of the item ``key``;
    ``turn`` counts the redos of a ``for_each`` as a whole.

    >>> instance_path(NodePath("check"), "ACME")
    'check[ACME]'
    >>> instance_path(NodePath("check"), "ACME", iteration=3, turn=2)
    'check#2[ACME]#3'
    """
    whole = node if turn == 1 else f"{node}#{turn}"
    item = whole if key is None else f"{whole}[{key}]"
    return StepPath(item if iteration == 1 else f"{item}#{iteration}")


def item_path(step: StepName, key: str | None) -> StepPath:
    """Name the item ``key`` of a step of the run's own graph, or the step itself.

    >>> item_path(StepName("check"), "ACME")
    'check[ACME]'
    """
    return instance_path(NodePath(step), key)


def step_of(path: StepPath) -> StepName:
    """Return the step of the run's own graph that a path belongs to.

    >>> [step_of(StepPath(path)) for path in ("check[a[1]]", "plan#2", "review/draft")]
    ['check', 'plan', 'review']
    """
    return StepName(_BEHIND.split(path, maxsplit=1)[0])


UNLIKE = "unlike anything"
"""Stands where a hash would be, for what cannot be told from anything else: never the same."""


def content_hash(value: JsonValue) -> str:
    """Return the SHA-256 of a value's canonical JSON: equal values have equal hashes.

    A table counts as its name, which is the hash of its content.
    """
    text = json.dumps(as_hashed(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def idempotency_key(
    run_id: RunId, path: StepPath, tool: str, args: JsonValue, occurrence: int
) -> str:
    """Name one call of a tool so that its repetition can be recognised outside.

    Stable across attempts, restarts and owners: made from the run, the step path, the tool, the
    arguments and the how-manieth call of that pair it is in the step; never by a model.
    """
    return "mn-" + content_hash([run_id, path, tool, args, occurrence])[:32]
