"""Policies and approvals of tool calls, in whole runs: what is asked, and what is really done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.tools import Tool, make_tool
from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalRequested,
    PermissionGranted,
    ToolJudged,
    ToolStarted,
)
from mn_notebook.domain.ids import RunId
from mn_notebook.errors import AlreadyDecided, UsageError
from mn_notebook.notebook.tables import call_rows
from mn_notebook.testing import Reply, ScriptedCall
from tests.integration.house import House, Kernel, waits_until


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


class Bank:
    """The outside: it books what it is told, and is asked for a balance."""

    def __init__(self, *faults: Exception) -> None:
        self.booked: list[tuple[str, int, str]] = []
        self._faults = list(faults)
        self.tools: tuple[Tool, ...] = (
            make_tool(self.pay),
            make_tool(self.balance, effect="read"),
        )

    def pay(self, to: str, amount: int = 10, *, idempotency_key: str) -> str:
        """Pay somebody."""
        self.booked.append((to, amount, idempotency_key))
        if self._faults:
            raise self._faults.pop(0)
        return f"paid {to} {amount}"

    def balance(self, of: str) -> int:
        """Look how much somebody has."""
        return len(of)

    @property
    def paid(self) -> list[tuple[str, int]]:
        return [(to, amount) for to, amount, _ in self.booked]


AGENT = "steps:\n  act:\n    agent: Pay them\n    tools: [pay, balance]\n"


def wants(**args: Any) -> Reply:
    return Reply(text="It is their birthday.", calls=(ScriptedCall(name="pay", arguments=args),))


def asking(house: House, *replies: Reply, text: str = AGENT) -> tuple[Bank, Kernel, RunId]:
    bank = Bank()
    kernel = house.kernel(*replies, Reply(text="done"), tools=bank.tools)
    return bank, kernel, kernel.start(text)


def request_of(kernel: Kernel, run_id: RunId) -> ApprovalRequested:
    assert kernel.until(run_id, "waiting").waiting == 1
    return kernel.client.open_approval(run_id, None).request


def facts(kernel: Kernel, run_id: RunId, kind: type) -> list[Any]:
    return [one.event for one in kernel.client.events(run_id) if isinstance(one.event, kind)]


def told(kernel: Kernel) -> str:
    """Return what the last model call was told of its tool."""
    messages = kernel.runtime.models.calls[-1].request.messages  # type: ignore[attr-defined]
    return str(messages[-1].content)


# --- what is shown -----------------------------------------------------------------------------


def test_question_shows_call_reason_words_of_the_agent_and_cost(house: House) -> None:
    """All that a person needs, arguments in full."""
    _, kernel, run_id = asking(house, wants(to="zed", amount=5))
    request = request_of(kernel, run_id)
    (call,) = request.calls
    assert (call.tool, call.effect) == ("pay", "write")
    assert kernel.client.values.load(call.args) == {"to": "zed", "amount": 5}
    assert request.because == "it writes, and nobody has allowed it yet"
    assert request.said == "It is their birthday."
    assert request.cost_usd == 0
    assert request.form is not None
    assert set(request.form["properties"]) == {"to", "amount"}  # type: ignore[arg-type]


# --- what may be chosen ------------------------------------------------------------------------


def test_approved_call_is_made_as_shown(house: House) -> None:
    """The key that the tool is given is the one that was shown."""
    bank, kernel, run_id = asking(house, wants(to="zed"))
    (shown,) = request_of(kernel, run_id).calls
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert bank.booked == [("zed", 10, shown.key)]


def test_call_with_edited_arguments_is_made_so_and_the_agent_is_told(house: House) -> None:
    """Under a key of its own; what the agent wanted stays in the journal."""
    bank, kernel, run_id = asking(house, wants(to="zed", amount=5000))
    (shown,) = request_of(kernel, run_id).calls
    kernel.decide(run_id, "approve", edits={"amount": 5})
    assert kernel.until(run_id).status == "succeeded"
    assert bank.paid == [("zed", 5)]
    assert bank.booked[0][2] != shown.key
    assert told(kernel) == (
        '(ann had it called with other arguments: {"to": "zed", "amount": 5}) paid zed 5'
    )
    (decided,) = facts(kernel, run_id, ApprovalDecided)
    (edited,) = decided.calls
    (started,) = facts(kernel, run_id, ToolStarted)
    assert (edited.args_hash, edited.key) == (started.args_hash, started.key)
    assert decided.authorised == (started.args_hash,)
    (judged,) = facts(kernel, run_id, ToolJudged)
    assert kernel.client.values.load(judged.args) == {"to": "zed", "amount": 5000}


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"amount": "much"}, "the edited arguments do not fit 'pay': at amount"),
        ({"sum": 5}, "'sum' cannot be edited here; editable: to, amount"),
    ],
)
def test_edit_that_does_not_fit_decides_nothing(
    house: House, edits: dict[str, Any], said: str
) -> None:
    """The question stays open for a better one."""
    bank, kernel, run_id = asking(house, wants(to="zed"))
    request_of(kernel, run_id)
    with pytest.raises(UsageError, match=said):
        kernel.decide(run_id, "approve", edits=edits)
    kernel.decide(run_id, "approve", edits={"amount": 7})
    kernel.until(run_id)
    assert bank.paid == [("zed", 7)]


def test_rejection_reaches_the_agent_which_may_act_on_it(house: House) -> None:
    """It proposes another call, which is asked about anew."""
    bank, kernel, run_id = asking(house, wants(to="zed"), wants(to="amy"))
    request_of(kernel, run_id)
    kernel.decide(run_id, "reject", because="not zed, pay amy")
    assert waits_until(lambda: len(facts(kernel, run_id, ApprovalRequested)) == 2)
    assert told(kernel) == "refused: not zed, pay amy"
    request_of(kernel, run_id)
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert bank.paid == [("amy", 10)]


def test_answer_in_place_of_the_tool(house: House) -> None:
    """The call is never made; the agent is told whose words these are."""
    bank, kernel, run_id = asking(house, wants(to="zed"))
    request_of(kernel, run_id)
    kernel.decide(run_id, "answer", value={"receipt": 7})
    assert kernel.until(run_id).status == "succeeded"
    assert bank.booked == []
    assert told(kernel) == 'the tool was not called; ann answered: {"receipt": 7}'
    assert not facts(kernel, run_id, ToolStarted)


def test_answer_in_place_of_a_step_of_kind_tool_is_its_output(house: House) -> None:
    """What comes after it sees what a person said."""
    text = "steps:\n  act: {tool: pay, args: {to: zed}}\n"
    bank, kernel, run_id = asking(house, text=text)
    request_of(kernel, run_id)
    kernel.decide(run_id, "answer", value="paid by hand")
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"act": "paid by hand"}
    assert bank.booked == []


def test_stop_ends_the_run_and_calls_nothing(house: House) -> None:
    """Whatever else was asked."""
    bank, kernel, run_id = asking(house, wants(to="zed"))
    request_of(kernel, run_id)
    kernel.decide(run_id, "stop", because="fraud")
    assert kernel.until(run_id).status == "cancelled"
    assert bank.booked == []


def test_always_in_this_run_holds_until_it_is_taken_back(house: House) -> None:
    """It is explicit, visible, and only of this run."""
    bank, kernel, run_id = asking(
        house, wants(to="a"), wants(to="b"), wants(to="c"), Reply(text="done"), wants(to="d")
    )
    request_of(kernel, run_id)
    kernel.decide(run_id, "approve", always=True)
    assert kernel.until(run_id).status == "succeeded"
    assert [to for to, _ in bank.paid] == ["a", "b", "c"]
    (granted,) = facts(kernel, run_id, PermissionGranted)
    assert (granted.tool, granted.by) == ("pay", "ann")
    assert dict(kernel.client.state(run_id).permissions) == {"pay": "ann"}
    started = facts(kernel, run_id, ToolStarted)
    assert [one.rules for one in started] == [
        (),
        ("always in this run: ann said so",),
        ("always in this run: ann said so",),
    ]
    other = kernel.start(AGENT)
    request_of(kernel, other)


def test_a_permission_that_is_taken_back_asks_again(house: House) -> None:
    """From the next call on."""
    text = (
        "steps:\n  first:\n    agent: Pay\n    tools: [pay]\n  hold: {wait: {signal: go}, "
        "needs: [first]}\n  second:\n    agent: Pay\n    tools: [pay]\n    needs: [hold]\n"
    )
    bank, kernel, run_id = asking(
        house, wants(to="a"), Reply(text="paid"), wants(to="b"), text=text
    )
    request_of(kernel, run_id)
    kernel.decide(run_id, "approve", always=True)
    assert waits_until(lambda: "signal.awaited" in kernel.kinds(run_id))
    with pytest.raises(UsageError, match=r"'balance' has no permission .* those that hold: pay"):
        kernel.client.revoke(run_id, "balance")
    house.client("bob").revoke(run_id, "pay")
    assert waits_until(lambda: "permission.revoked" in kernel.kinds(run_id))
    kernel.client.signal("go", run_id=run_id)
    assert waits_until(lambda: len(facts(kernel, run_id, ApprovalRequested)) == 2)
    assert [to for to, _ in bank.paid] == ["a"]


def test_late_decision_is_told_who_decided_what_and_when(house: House) -> None:
    """And changes nothing."""
    bank, kernel, run_id = asking(house, wants(to="zed"))
    request = request_of(kernel, run_id)
    kernel.decide(run_id, "reject", because="no")
    kernel.until(run_id)
    with pytest.raises(AlreadyDecided, match=r"ann chose 'reject' at 20\d\d-"):
        house.client("bob").decide(run_id, request, "approve", edits={"amount": 1})
    assert bank.booked == []


def test_entrusting_names_another_person_and_decides_nothing(house: House) -> None:
    """Everybody may still decide."""
    bank, kernel, run_id = asking(house, wants(to="zed"))
    request = request_of(kernel, run_id)
    with pytest.raises(UsageError, match="the name of the person"):
        kernel.client.delegate(run_id, request, " ")
    kernel.client.delegate(run_id, request, "eve", because="she knows them")
    kernel.runtime.ring()
    assert waits_until(lambda: "approval.delegated" in kernel.kinds(run_id))
    (waiting,) = kernel.client.state(run_id).approvals.values()
    assert waiting.delegated_to == "eve"
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert bank.paid == [("zed", 10)]


# --- policies ----------------------------------------------------------------------------------


def policy(*rules: str) -> str:
    return "policy:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules) + AGENT


def test_rules_over_arguments_decide_who_is_asked(house: House) -> None:
    """Small sums pass, larger ones ask, huge ones are refused; defaults of arguments count."""
    text = policy(
        "tool: pay, approvals: 0",
        'tool: pay, when: "args.amount > 100", approvals: 1',
        'tool: pay, when: "args.amount > 1000", deny: true, because: that is too much',
    )
    bank, kernel, run_id = asking(
        house, wants(to="a"), wants(to="b", amount=5000), wants(to="c", amount=500), text=text
    )
    request = request_of(kernel, run_id)
    assert [to for to, _ in bank.paid] == ["a"]
    assert request.because == (
        "it needs a person's word by the workflow's policy: pay when args.amount > 100: 1 approval"
    )
    judged = facts(kernel, run_id, ToolJudged)
    assert [one.verdict for one in judged] == ["refuse", "ask"]
    assert judged[0].because == "that is too much"
    assert len(judged[0].rules) == 3
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert bank.paid == [("a", 10), ("c", 500)]


def test_rule_about_an_argument_leaves_other_tools_alone(house: House) -> None:
    """A rule for every tool asks only about those that have the argument."""
    text = policy('when: "args.amount > 1", approvals: 1')
    look = Reply(calls=(ScriptedCall(name="balance", arguments={"of": "zed"}),))
    _, kernel, run_id = asking(house, look, text=text)
    assert kernel.until(run_id).status == "succeeded"


def test_condition_that_cannot_be_judged_asks(house: House) -> None:
    """It does not let the call pass."""
    text = policy("tool: pay, approvals: 0", 'tool: pay, when: "args.to > 5", deny: true')
    bank, kernel, run_id = asking(house, wants(to="zed"), text=text)
    assert "could not be judged" in request_of(kernel, run_id).because
    assert bank.booked == []


def test_denied_step_fails_with_the_rule(house: House) -> None:
    """A step of kind tool has nobody who could act on a refusal."""
    text = "policy: [{tool: p*, deny: true}]\nsteps:\n  act: {tool: pay, args: {to: zed}}\n"
    bank, kernel, run_id = asking(house, text=text)
    assert kernel.until(run_id).status == "failed"
    assert "it is not allowed by the workflow's policy: p*: denied" in str(
        kernel.client.picture(run_id).error
    )
    assert bank.booked == []


def test_cost_of_the_run_counts(house: House) -> None:
    """A rule may ask from a certain cost on."""
    text = policy("tool: pay, approvals: 0", 'tool: pay, when: "cost >= 0", approvals: 1')
    _, kernel, run_id = asking(house, wants(to="zed"), text=text)
    assert request_of(kernel, run_id).because.endswith("pay when cost >= 0: 1 approval")


def test_rules_of_a_workflow_hold_for_those_that_it_calls(house: House) -> None:
    """A subworkflow cannot be more generous than the one that calls it."""
    from mn_notebook.client import NewRun
    from tests.integration.house import workflow_of

    inner = workflow_of(
        "policy: [{tool: pay, approvals: 0}]\nsteps:\n  act: {tool: pay, args: {to: zed}}\n"
    )
    text = "policy: [{tool: pay, deny: true}]\nsteps:\n  sub: {workflow: brief}\n"
    outer = workflow_of(text.replace("brief", "inner")).linked({"inner": inner})
    bank = Bank()
    kernel = house.kernel(tools=bank.tools)
    run_id = kernel.runtime.start(NewRun(outer, text, kernel.runtime.origin, {}))
    assert kernel.until(run_id).status == "failed"
    assert bank.booked == []


def test_users_policy_holds_for_every_run_and_is_read_again(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The strictest rule counts, whosever it is; a broken file leaves the rules before in force."""
    file = tmp_path / "policy.yaml"
    file.write_text("policy: [{tool: pay, deny: true, because: not on weekends}]")
    monkeypatch.setenv("MN_POLICY", str(file))
    text = policy("tool: pay, approvals: 0")
    bank, kernel, run_id = asking(
        house,
        wants(to="a"),
        Reply(text="-"),
        wants(to="b"),
        Reply(text="-"),
        wants(to="c"),
        text=text,
    )
    kernel.until(run_id)
    assert facts(kernel, run_id, ToolJudged)[0].because == "not on weekends"
    file.write_text("policy: [{tool: pay, deny: maybe}]")
    kernel.until(kernel.start(text))
    assert bank.booked == []
    file.write_text("policy: []")
    assert kernel.until(kernel.start(text)).status == "succeeded"
    assert [to for to, _ in bank.paid] == ["c"]


def test_policy_file_that_is_not_there_lets_nothing_run(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails closed, with a sentence."""
    monkeypatch.setenv("MN_POLICY", str(tmp_path / "none.yaml"))
    with pytest.raises(UsageError, match="MN_POLICY names a file with rules"):
        house.kernel()


def test_a_question_of_a_policy_expires_as_the_rule_says(house: House) -> None:
    """Silence means no, and the agent is told so."""
    text = policy("tool: pay, approvals: 1, expires: {after: 100ms}")
    bank, kernel, run_id = asking(house, wants(to="zed"), text=text)
    assert kernel.until(run_id).status == "succeeded"
    assert told(kernel) == "refused: nobody decided in time"
    assert bank.booked == []


def test_escalated_question_stays_open(house: House) -> None:
    """It is shown more urgently, and may still be approved."""
    text = policy("tool: pay, approvals: 1, expires: {after: 100ms, then: escalate, to: boss}")
    bank, kernel, run_id = asking(house, wants(to="zed"), text=text)
    assert waits_until(lambda: "approval.escalated" in kernel.kinds(run_id))
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert bank.paid == [("zed", 10)]


def test_table_of_calls_says_what_became_of_each(house: House) -> None:
    """What was denied, rejected or answered is not shown as if it were still asked about."""
    text = policy('tool: pay, when: "args.amount > 1000", deny: true', "tool: pay, approvals: 1")
    _, kernel, run_id = asking(
        house, wants(to="a", amount=5000), wants(to="b"), wants(to="c"), wants(to="d"), text=text
    )
    for decision, more in (
        ("reject", {"because": "no"}),
        ("answer", {"value": "by hand"}),
        ("approve", {"edits": {"amount": 3}}),
    ):
        asked = request_of(kernel, run_id).approval_id
        kernel.decide(run_id, decision, **more)

        def moved_on(asked: str = asked) -> bool:
            return asked not in kernel.client.state(run_id).approvals

        assert waits_until(moved_on)
        if decision != "approve":
            assert waits_until(lambda: bool(kernel.client.state(run_id).approvals))
    assert kernel.until(run_id).status == "succeeded"
    rows = [one for one in call_rows(kernel.client, kernel.client.events(run_id)) if one["args"]]
    assert [(row["args"]["to"], row["status"]) for row in rows] == [
        ("a", "refused"),
        ("b", "refused"),
        ("c", "answered"),
        ("d", "succeeded"),
    ]
    assert (rows[2]["result"], rows[3]["args"]["amount"]) == ("by hand", 3)


# --- what an earlier attempt has done ----------------------------------------------------------


def test_retry_after_a_committed_write_continues_and_another_write_asks(house: House) -> None:
    """Although the policy would let it pass: it might do the same once more in other words."""
    text = policy("tool: pay, approvals: 0").replace(
        "    tools:", "    output: {sum: int}\n    turns: 3\n    tools:"
    )
    bank = Bank()
    wrong = Reply(text="no JSON")
    kernel = house.kernel(wants(to="zed"), wrong, wrong, wrong, wants(to="amy"), tools=bank.tools)
    run_id = kernel.start(text)
    assert kernel.until(run_id).status == "failed"
    assert bank.paid == [("zed", 10)]
    kernel.client.retry(run_id)
    kernel.runtime.ring()
    assert "an earlier attempt of this step has called pay with other arguments" in (
        request_of(kernel, run_id).because
    )
    assert bank.paid == [("zed", 10)]


# --- two persons -------------------------------------------------------------------------------


def verified(house: House, user: str) -> Any:
    client = house.client(user)
    client.verified = True
    return client


def two(house: House) -> tuple[Bank, Kernel, RunId]:
    """Start a run whose call needs two people, as a shared store would let a policy say."""
    from mn_notebook.client import NewRun
    from mn_notebook.language import Catalog, parse_cell

    text = policy("tool: pay, approvals: 2")
    flow = parse_cell("brief", text, Catalog(types={}, proves_people=True)).workflow
    bank = Bank()
    kernel = house.kernel(wants(to="zed", amount=9), Reply(text="done"), tools=bank.tools)
    return bank, kernel, kernel.runtime.start(NewRun(flow, text, kernel.runtime.origin, {}))


def test_two_people_have_to_approve_and_the_second_sees_the_first_ones_edits(house: House) -> None:
    """Neither twice the same, nor who asked for the run; each proven to be who they are."""
    bank, kernel, run_id = two(house)
    first = request_of(kernel, run_id)
    assert (first.needed, first.given) == (2, ())
    with pytest.raises(UsageError, match="nothing here proves it"):
        house.client("bob").decide(run_id, first, "approve")
    with pytest.raises(UsageError, match="other than ann, who asked for the run"):
        verified(house, "ann").decide(run_id, first, "approve")
    verified(house, "bob").decide(run_id, first, "approve", edits={"amount": 3})
    kernel.runtime.ring()
    assert waits_until(lambda: len(facts(kernel, run_id, ApprovalRequested)) == 2)
    second = request_of(kernel, run_id)
    assert (second.needed, second.given) == (2, ("bob",))
    assert kernel.client.values.load(second.calls[0].args) == {"to": "zed", "amount": 3}
    with pytest.raises(UsageError, match="bob has approved it already; another person has to"):
        verified(house, "bob").decide(run_id, second, "approve")
    assert bank.booked == []
    verified(house, "eve").decide(run_id, second, "approve")
    kernel.runtime.ring()
    assert kernel.until(run_id).status == "succeeded"
    assert bank.booked == [("zed", 3, second.calls[0].key)]
    assert [one.by for one in facts(kernel, run_id, ApprovalDecided)] == ["bob", "eve"]


def test_one_no_of_two_is_a_no(house: House) -> None:
    """Also the second one."""
    bank, kernel, run_id = two(house)
    verified(house, "bob").decide(run_id, request_of(kernel, run_id), "approve")
    kernel.runtime.ring()
    assert waits_until(lambda: len(facts(kernel, run_id, ApprovalRequested)) == 2)
    verified(house, "eve").decide(run_id, request_of(kernel, run_id), "reject")
    kernel.runtime.ring()
    assert kernel.until(run_id).status == "succeeded"
    assert bank.booked == []


def test_forged_second_approval_counts_for_nothing(house: House) -> None:
    """Who writes a decision into the store past the check is not one of two proven people."""
    bank, kernel, run_id = two(house)
    first = request_of(kernel, run_id)
    body: dict[str, Any] = {"edits": None, "because": "", "value": None, "verified": False}
    client = house.client("mallory")
    client.store.inbox.decide(
        run_id, first.approval_id, "approve", body, by="mallory", via="forged"
    )
    kernel.runtime.ring()
    assert waits_until(lambda: len(facts(kernel, run_id, ApprovalRequested)) == 2)
    assert request_of(kernel, run_id).given == ()
    assert bank.booked == []
