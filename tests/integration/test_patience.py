"""Questions that wait for a month, through restarts: what is approved then is what was shown."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from mn_notebook.agents.tools import make_tool
from mn_notebook.client import NewRun
from mn_notebook.clock import SystemClock
from mn_notebook.domain.workflow import Workflow
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.testing import Reply, ScriptedCall
from tests.integration.house import House, Kernel

INNER = """
steps:
  post: {tool: send, args: {to: inner}}
"""
OUTER = """
steps:
  letters:
    for_each: "['ann', 'bob']"
    tool: send
    args: {to: "{{ item }}"}
  turns:
    tool: send
    args: {to: loop}
    repeat_until: "true"
    at_most: 2
  below: {workflow: inner}
  clerk: {agent: Write to eve., tools: [send]}
outputs: {all: "{{ [letters, turns, below, clerk] }}"}
"""
ASKED = ["ann", "bob", "eve", "inner", "loop"]


class Later(SystemClock):
    """A clock of a later day."""

    def __init__(self, days: int) -> None:
        self._by = timedelta(days=days)

    @override
    def now(self) -> datetime:
        return super().now() + self._by


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def linked() -> Workflow:
    catalog = Catalog(tools=None, functions=None, types={})
    inner = parse_cell("inner", INNER, catalog).workflow
    known = Catalog(tools=None, functions=None, types={}, workflows={"inner": inner})
    return parse_cell("outer", OUTER, known).workflow.linked({"inner": inner})


def shown(kernel: Kernel) -> list[tuple[Any, str]]:
    """Return the arguments of every call that waits, with its key, as a person is shown them."""
    values = kernel.client.values
    calls = [
        (values.load(call.args), call.key)
        for line in kernel.client.approvals()
        for call in kernel.client.open_approval(line.run_id, line.path).request.calls
    ]
    return sorted(calls, key=lambda call: str(call[0]))


def test_calls_that_wait_for_a_month_are_made_as_they_were_shown(house: House) -> None:
    """In items, loops, subworkflows and agents; after three restarts, once each."""
    sent: list[tuple[str, str]] = []

    def send(to: str, idempotency_key: str) -> str:
        """Send a letter."""
        sent.append((to, idempotency_key))
        return to

    tools = (make_tool(send, name="send", effect="write"),)
    replies = (
        Reply(calls=(ScriptedCall(name="send", arguments={"to": "eve"}),)),
        Reply(text="done"),
    )
    kernel = house.kernel(*replies, tools=tools)
    run_id = kernel.runtime.start(NewRun(linked(), OUTER, kernel.runtime.origin, {}))

    def all_wait(line: Any) -> bool:
        return bool(line.waiting == len(ASKED))

    kernel.runtime.wait(run_id, until=all_wait, timeout_seconds=30)
    before = shown(kernel)
    assert [args["to"] for args, _ in before] == ASKED
    for days in (10, 20, 30):
        kernel.runtime.close()
        kernel = house.kernel(replies[1], tools=tools, clock=Later(days))
        kernel.runtime.wait(run_id, until=all_wait, timeout_seconds=30)
        assert shown(kernel) == before
    assert sent == []
    for line in kernel.client.approvals():
        kernel.decide(run_id, "approve", path=line.path)
    assert kernel.until(run_id, seconds=30).status == "succeeded"
    assert sorted(sent) == sorted((args["to"], key) for args, key in before)
    assert kernel.output(run_id) == {"all": [["ann", "bob"], "loop", {"post": "inner"}, "done"]}
