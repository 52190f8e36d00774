"""What a run did to the world stands in its ledger, and is not done again."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.agents.tools import make_tool
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.ledger import ledger
from mn_notebook.errors import UsageError
from mn_notebook.testing import Reply, ScriptedCall
from mn_notebook.verbs.audit import append_audit, audit_lines
from tests.integration.house import House, Kernel, waits_until

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def is_asked(kernel: Kernel, run_id: RunId, path: str) -> bool:
    asked = kernel.client.state(run_id).approvals.values()
    return any(waiting.request.path == path for waiting in asked)


def allow(kernel: Kernel, run_id: RunId, path: str) -> None:
    assert waits_until(lambda: is_asked(kernel, run_id, path))
    kernel.decide(run_id, "approve", path=path)


def test_a_retry_asks_anew_where_only_the_last_answers_were_bad(house: House) -> None:
    """The write is not made again, and the malformed answers do not stand in the way for ever."""
    made: list[str] = []

    def pay(to: str) -> str:
        made.append(to)
        return "paid"

    bad = Reply(text="not JSON")
    kernel = house.kernel(
        Reply(calls=(ScriptedCall(name="pay", arguments={"to": "ann"}),)),
        *[bad] * 3,
        Reply(text='{"ok": true}'),
        tools=(make_tool(pay),),
    )
    run_id = kernel.start(
        "steps:\n  clerk: {agent: Pay ann., tools: [pay], output: {ok: bool}, turns: 4}"
    )
    allow(kernel, run_id, "clerk")
    assert kernel.until(run_id).status == "failed"
    kernel.client.retry(run_id)
    kernel.runtime.ring()
    kernel.until(run_id, "succeeded")
    assert kernel.output(run_id) == {"clerk": {"ok": True}}
    assert made == ["ann"]
    found = ledger(kernel.client.state(run_id), kernel.client.events(run_id))
    assert [(entry.tool, entry.state) for entry in found] == [("pay", "succeeded")]


def test_an_audit_only_grows_and_tells_a_change(house: House, tmp_path: Path) -> None:
    """What a file holds stays as it is; a line that was changed is noticed."""
    look = make_tool(lambda where: f"seen {where}", name="look", effect="read")
    pay = make_tool(lambda to: f"paid {to}", name="pay", compensate=lambda to: f"refunded {to}")
    kernel = house.kernel(tools=(look, pay))
    client = kernel.client
    run_id = kernel.start(
        """
steps:
  see: {tool: look, args: {where: here}}
  one: {tool: pay, args: {to: ann}, needs: [see]}
  two: {tool: pay, args: {to: bob}, needs: [one]}
"""
    )
    allow(kernel, run_id, "one")
    assert waits_until(lambda: is_asked(kernel, run_id, "two"))
    file = tmp_path / "audit.jsonl"
    asked = ["tool.judged", "approval.requested"]
    done = ["approval.decided", "tool.started", "tool.succeeded"]
    assert append_audit(client, run_id, str(file)) == 8
    before = file.read_text()
    kinds = [json.loads(line)["kind"] for line in before.splitlines()]
    assert kinds == ["run.created", *asked, *done, *asked]
    assert "seen" not in before
    client.cancel(run_id, undo=True)
    kernel.runtime.ring()
    kernel.until(run_id, "cancelled")
    added = append_audit(client, run_id, str(file))
    assert file.read_text().startswith(before)
    assert len(file.read_text().splitlines()) == len(before.splitlines()) + added
    assert list(audit_lines(client.events(run_id))) == file.read_text().splitlines()
    assert "compensation.succeeded" in file.read_text()
    assert append_audit(client, run_id, str(file)) == 0
    file.write_text(file.read_text().replace('"to": "ann"', '"to": "eve"'))
    with pytest.raises(UsageError, match="does not say"):
        append_audit(client, run_id, str(file))
    file.write_text("hello\n")
    with pytest.raises(UsageError, match="is no audit"):
        append_audit(client, run_id, str(file))


@pytest.mark.parametrize(
    "step",
    [
        "{tool: send, args: {to: ann}}",
        "{agent: Write to ann., tools: [send]}",
        "{tool: slow, args: {to: ann}, timeout: 200ms}",
        "{python: sleep_long, args: {to: ann}, effect: write, timeout: 1s, isolation: process}",
        "{python: sleep_long, args: {to: ann}, effect: write, timeout: 200ms}",
    ],
    ids=["tool", "agent", "step", "process", "python"],
)
def test_a_write_that_takes_too_long_is_in_doubt(house: House, step: str) -> None:
    """It may happen yet: it has not failed, is not repeated, and a person is asked."""
    go_on = threading.Event()

    def slow(to: str) -> str:
        go_on.wait(10)
        return to

    tools = (make_tool(slow, name="send", timeout="200ms"), make_tool(slow, name="slow"))
    reply = Reply(calls=(ScriptedCall(name="send", arguments={"to": "ann"}),))
    kernel = house.kernel(reply, tools=tools, sleep_long=sleep_long)
    run_id = kernel.start(f"steps:\n  one: {step}")
    allow(kernel, run_id, "one")
    assert waits_until(lambda: "tool.in_doubt" in kernel.kinds(run_id))
    assert waits_until(lambda: is_asked(kernel, run_id, "one"))
    (entry,) = ledger(kernel.client.state(run_id), kernel.client.events(run_id))
    assert entry.state == "in_doubt"
    assert "had not returned after" in entry.because
    assert entry.attempts == 1
    assert kernel.client.run(run_id).status == "waiting"
    kinds = kernel.kinds(run_id)
    assert "tool.failed" not in kinds
    assert "step.failed" not in kinds
    go_on.set()


def sleep_long(to: str) -> str:
    import threading

    threading.Event().wait(20)
    return to


def test_a_read_that_takes_too_long_fails_and_is_tried_again(house: House) -> None:
    """A tool's timeout is a passing failure for what may be repeated."""
    calls: list[str] = []
    go_on = threading.Event()

    def look(where: str) -> str:
        calls.append(where)
        if len(calls) == 1:
            go_on.wait(10)
        return where

    kernel = house.kernel(tools=(make_tool(look, effect="read", timeout=0.1),))
    text = "steps:\n  one: {tool: look, args: {where: here}, retry: {attempts: 2, backoff: 10ms}}"
    assert kernel.finish(text) == {"one": "here"}
    assert calls == ["here", "here"]
    go_on.set()


def test_a_serial_tool_is_called_alone_in_all_runs(house: House) -> None:
    """Two runs want it at once, and one call times out: no two calls are ever inside."""
    inside: list[str] = []
    most: list[int] = []
    go_on = threading.Event()

    def measure(who: str) -> str:
        inside.append(who)
        most.append(len(inside))
        if who == "slow":
            go_on.wait(10)
        inside.remove(who)
        return who

    tool = make_tool(measure, effect="read", serial=True, timeout="100ms")
    kernel = house.kernel(tools=(tool,))
    slow = kernel.start("steps:\n  one: {tool: measure, args: {who: slow}, retry: {attempts: 1}}")
    assert kernel.until(slow).status == "failed"
    assert inside == ["slow"], "its thread goes on"
    others = [
        kernel.start(f"steps:\n  one: {{tool: measure, args: {{who: run {n}}}}}") for n in range(3)
    ]
    assert waits_until(lambda: all("step.started" in kernel.kinds(one) for one in others))
    assert most == [1]
    assert not any("tool.started" in kernel.kinds(one) for one in others), "unannounced"
    go_on.set()
    assert [kernel.until(one).status for one in others] == ["succeeded"] * 3
    assert most == [1] * 4
