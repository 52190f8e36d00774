"""What becomes of a tool call, by the rules that speak about it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mn_notebook.domain.ids import CallId
from mn_notebook.domain.judging import (
    CHANGED,
    NOT_ALLOWED,
    Circumstances,
    Spoken,
    Verdict,
    can_hold,
    fitting,
    foresee,
    judge,
    rule_words,
    second_thoughts,
    with_defaults,
)
from mn_notebook.domain.state import Call
from mn_notebook.domain.workflow import Effect, Expiry, Rule, Schema

WRITE, READ = Circumstances("write"), Circumstances("read")


def says(*rules: Rule, fault: str = "") -> tuple[Spoken, ...]:
    return tuple(Spoken(rule, "your policy", fault) for rule in rules)


def test_without_rules_only_a_write_asks() -> None:
    """The default: ``read`` and ``idempotent`` need nobody, a ``write`` needs one."""
    assert judge(READ, ()).outcome == "allow"
    assert judge(Circumstances("idempotent"), ()).outcome == "allow"
    verdict = judge(WRITE, ())
    assert (verdict.outcome, verdict.approvals, verdict.because) == ("ask", 1, NOT_ALLOWED)


def test_a_denial_wins_over_everything() -> None:
    """Over approvals, permissions, and what an approve step has allowed."""
    case = Circumstances("write", authorised=True, permitted_by="ann")
    verdict = judge(case, says(Rule(approvals=0), Rule(tool="send_*", deny=True)))
    assert verdict.outcome == "refuse"
    assert verdict.because == "it is not allowed by your policy: send_*: denied"
    assert verdict.rules == ("your policy: every tool: no approval", "your policy: send_*: denied")


def test_the_most_approvals_count() -> None:
    """And the strictest rule says why."""
    strict = Rule(when="args.amount > 1000", approvals=2, because="that is a lot of money")
    verdict = judge(WRITE, says(Rule(approvals=0), strict, Rule(approvals=1)))
    assert (verdict.outcome, verdict.approvals) == ("ask", 2)
    assert verdict.because == "that is a lot of money"


def test_a_rule_may_ask_about_a_read_and_let_a_write_pass() -> None:
    """Whoever writes a policy knows the tools."""
    assert judge(READ, says(Rule(approvals=1))).outcome == "ask"
    assert judge(WRITE, says(Rule(approvals=0))).outcome == "allow"


def test_an_approve_step_gives_one_approval() -> None:
    """Of two that are needed one is left."""
    case = Circumstances("write", authorised=True)
    assert judge(case, ()).outcome == "allow"
    assert judge(case, says(Rule(approvals=2))).approvals == 1


def test_a_permission_stands_for_one_approval_and_says_so() -> None:
    """It never stands for two, nor for code that has changed."""
    case = Circumstances("write", permitted_by="ann")
    verdict = judge(case, ())
    assert (verdict.outcome, verdict.rules) == ("allow", ("always in this run: ann said so",))
    assert judge(case, says(Rule(approvals=2))).approvals == 2
    changed = judge(Circumstances("write", permitted_by="ann", changed=True), ())
    assert (changed.outcome, changed.because) == ("ask", CHANGED)


def test_a_condition_that_cannot_be_judged_asks() -> None:
    """It neither allows nor denies."""
    for rule in (Rule(when="args.x > 1", approvals=0), Rule(when="args.x > 1", deny=True)):
        verdict = judge(READ, says(rule, fault="x is no number"))
        assert verdict.outcome == "ask"
        assert verdict.because == "your policy could not be judged: x is no number"


def test_what_an_earlier_attempt_has_done_asks_in_any_case() -> None:
    """A permission does not make a doubled deed right."""
    case = Circumstances("write", permitted_by="ann", repeats="it was called before")
    verdict = judge(case, says(Rule(approvals=0)))
    assert (verdict.outcome, verdict.because) == ("ask", "it was called before")


def test_the_soonest_expiry_counts() -> None:
    """Of the rules that spoke."""
    soon, late = Expiry(after_seconds=60), Expiry(after_seconds=600, then="escalate")
    verdict = judge(WRITE, says(Rule(approvals=1, expires=late), Rule(approvals=1, expires=soon)))
    assert verdict.expires == soon


def test_rules_fit_by_name_effect_and_class() -> None:
    """Patterns are those of file names, and care about case."""
    rules = (
        Rule(tool="send_*", approvals=1),
        Rule(effect="read", deny=True),
        Rule(group="ops*", approvals=2),
    )
    assert fitting(rules, "send_mail", "write", ("sales",)) == rules[:1]
    assert fitting(rules, "Send_mail", "read", ("ops-eu",)) == rules[1:]
    assert fitting(rules, "look", "write", ("sales", "ops")) == rules[2:]


def test_a_condition_over_arguments_that_a_tool_has_not_does_not_concern_it() -> None:
    """A rule for all tools with an amount asks nobody about the others."""
    schema: Schema = {"properties": {"amount": {"type": "number", "default": 5}, "to": {}}}
    about = Rule(when="args.amount > 1000 and args['to'] != 'me'", approvals=1)
    assert can_hold(about, schema)
    assert not can_hold(about, {"properties": {"amount": {}}})
    assert can_hold(about, {}), "nothing is known of it"
    assert with_defaults({"to": "x"}, schema) == {"amount": 5, "to": "x"}


@pytest.mark.parametrize(
    ("when", "holds_for"),
    [
        ("args.get('amount', 0) > 5", True),
        ("args.to == 'args.foo' and args['amount'] > 5", True),
        ('"args.foo" in args.to', True),
        ("args.to.lower() == 'bob'", True),
        ("args.items() | length > 2", True),
        ("args.sum > 5", False),
        ("args.get('amount', 0) > 5 or args['sum'] > 5", False),
    ],
)
def test_only_what_a_condition_reads_has_to_be_there(when: str, holds_for: bool) -> None:
    """A way to read arguments, or a text, is no argument: else the rule would never be heard."""
    schema: Schema = {"properties": {"amount": {"type": "number"}, "to": {}}}
    assert can_hold(Rule(when=when, deny=True), schema) is holds_for


def test_a_rule_says_one_thing() -> None:
    """Neither nothing nor both."""
    for wrong in ({}, {"approvals": 1, "deny": True}, {"approvals": 3}):
        with pytest.raises(ValidationError):
            Rule.model_validate(wrong)


def test_rules_have_words() -> None:
    """As `why` names them."""
    rule = Rule(tool="pay", effect="write", approvals=1, expires=Expiry(after_seconds=172800))
    assert rule_words(rule) == "pay, where it is write,: 1 approval, after 2 d: reject"


@pytest.mark.parametrize(
    ("outcome", "approvals", "because", "call", "kept_back"),
    [
        ("allow", 0, "", {}, False),
        ("ask", 1, "", {}, False),
        ("ask", 2, "", {}, False),
        ("refuse", 0, "no", {}, True),
        ("ask", 1, "", {"decided_by": "ann"}, False),
        ("ask", 2, "", {"decided_by": "ann"}, True),
        ("ask", 2, "", {"decided_by": "ann", "approvals": 2}, False),
        ("ask", 1, f"{CHANGED}", {}, True),
        ("ask", 1, f"x; {CHANGED}", {"because": CHANGED}, False),
    ],
)
def test_what_keeps_a_call_back_that_was_allowed(
    outcome: Any, approvals: int, because: str, call: dict[str, Any], kept_back: bool
) -> None:
    """A denial, an edit that more people have to allow, other code; nothing else asks twice."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    allowed = Call(CallId("a!1"), "tool", 1, "asked", "pay", at, approved=True, **call)
    verdict = Verdict(outcome, because=because, approvals=approvals)
    assert second_thoughts(verdict, allowed) == (verdict if kept_back else None)


RULES = st.one_of(
    st.builds(Rule, approvals=st.integers(0, 2)), st.builds(Rule, deny=st.just(value=True))
)
CASES = st.builds(
    Circumstances,
    effect=st.sampled_from(["read", "idempotent", "write"]),
    authorised=st.booleans(),
    permitted_by=st.sampled_from(["", "ann"]),
    changed=st.booleans(),
    repeats=st.sampled_from(["", "done before"]),
)


@given(case=CASES, rules=st.lists(st.tuples(RULES, st.sampled_from(["", "broken"])), max_size=5))
def test_more_rules_never_make_a_policy_laxer(
    case: Circumstances, rules: list[tuple[Rule, str]]
) -> None:
    """But for the first that lowers the default: among rules the strictest counts."""
    spoken = tuple(Spoken(rule, "your policy", fault) for rule, fault in rules)
    order = {"allow": 0, "ask": 1, "refuse": 2}
    for count in range(1, len(spoken)):
        less, more = judge(case, spoken[:count]), judge(case, spoken[: count + 1])
        unsaid = all(one.rule.approvals is None for one in spoken[:count])
        if unsaid and case.effect == "write":
            continue
        assert order[more.outcome] >= order[less.outcome]
        assert more.outcome == "refuse" or more.approvals >= less.approvals
    if any(one.rule.deny and not one.fault for one in spoken):
        assert judge(case, spoken).outcome == "refuse"


@pytest.mark.parametrize(
    ("rules", "effect", "foreseen"),
    [
        ((), "read", "free"),
        ((), "write", "asks"),
        ((Rule(approvals=0),), "write", "free"),
        ((Rule(approvals=0), Rule(when="args.x", approvals=1)), "write", "sometimes asks"),
        ((Rule(when="args.x", deny=True),), "read", "sometimes asks"),
        ((Rule(deny=True), Rule(approvals=1)), "read", "denied"),
    ],
)
def test_what_is_known_before_the_arguments_are(
    rules: tuple[Rule, ...], effect: Effect, foreseen: str
) -> None:
    """For the preview of a workflow."""
    assert foresee(rules, effect) == foreseen


def test_what_an_approve_step_allows_is_not_asked_about_again() -> None:
    """Unless two people are needed."""
    assert foresee((), "write", authorised=True) == "free"
    assert foresee((Rule(approvals=2),), "write", authorised=True) == "asks"
