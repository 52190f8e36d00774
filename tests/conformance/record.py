"""Prints what a case's run comes to, so that its author can hold it against the language.

``python -m tests.conformance.record CASE…``; it judges nothing.
"""

import json
import sys

import pytest

from tests.conformance.case import FOLDER, read_case
from tests.conformance.conftest import hasten
from tests.conformance.play import Came, Play
from tests.conformance.texts import parsed, versions


def told(came: Came) -> str:
    """Return what a run came to, as a case says it."""
    lines = ["  journal: |", *(f"    {fact}" for fact in came.facts)]
    steps = ", ".join(
        f"{json.dumps(name) if '[' in name or '#' in name else name}: {status}"
        for name, status in came.steps.items()
    )
    lines += [f"  steps: {{{steps}}}", f"  status: {came.status}"]
    if came.output is not None:
        lines.append(f"  output: {json.dumps(came.output, ensure_ascii=False)}")
    if came.error:
        lines.append(f"  error: {json.dumps(came.error, ensure_ascii=False)}")
    return "\n".join(lines)


if __name__ == "__main__":
    hasten(pytest.MonkeyPatch())  # as the tests do: the same looks at the same moments
    for name in sys.argv[1:]:
        case = read_case(FOLDER / f"{name}.yaml")
        for came in Play(case, versions(case, parsed)).play():
            print(told(came))  # noqa: T201 - what it is for
