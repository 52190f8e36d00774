"""Which identifier names which thing."""

import hashlib
import json
from typing import NewType

from pydantic import JsonValue

RunId = NewType("RunId", str)
StepName = NewType("StepName", str)
StepPath = NewType("StepPath", str)
"""``step``, or ``step[item]`` for an item of a ``for_each``."""
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


def item_path(step: StepName, key: str | None) -> StepPath:
    """Name the item ``key`` of a step, or the step itself when ``key`` is None.

    >>> item_path(StepName("check"), "ACME")
    'check[ACME]'
    """
    return StepPath(step if key is None else f"{step}[{key}]")


def step_of(path: StepPath) -> StepName:
    """Return the step that a path belongs to.

    >>> step_of(StepPath("check[a[1]]"))
    'check'
    """
    return StepName(path.partition("[")[0])


def content_hash(value: JsonValue) -> str:
    """Return the SHA-256 of a value's canonical JSON: equal values have equal hashes."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def idempotency_key(
    run_id: RunId, path: StepPath, tool: str, args: JsonValue, occurrence: int
) -> str:
    """Name one call of a tool so that its repetition can be recognised outside.

    Stable across attempts, restarts and owners: made from the run, the step path, the tool, the
    arguments and the how-manieth call of that pair it is in the step; never by a model.
    """
    return "mn-" + content_hash([run_id, path, tool, args, occurrence])[:32]
