"""Tests of the tests: what keeps agents safe is broken on purpose, and a test that is named tells.

As `tests.simulation.test_mutations`, for what is not simulated. It is not enough that anything
fails: it must be that test, at that line.
"""

import asyncio
import dataclasses
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents import calling, judging, limits, model_errors
from mn_notebook.agents.load import Load
from mn_notebook.agents.loads import LocalLoads
from mn_notebook.domain import fold as folding
from mn_notebook.domain.events import CompensationSucceeded, PermissionRevoked
from mn_notebook.domain.judging import Verdict
from mn_notebook.domain.judging import judge as judged
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.undoing import Undo
from mn_notebook.engine import call_decisions, decisions, record, values
from mn_notebook.secrecy import known, logs
from mn_notebook.store import event_rows, inbox
from mn_notebook.terminal import writing
from mn_notebook.verbs import share
from tests.integration import test_policy, test_secrets
from tests.integration.house import House
from tests.unit.agents import test_limits, test_tool_step
from tests.unit.agents.test_limits import Hall
from tests.unit.domain import test_undoing
from tests.unit.secrecy import test_secrets as test_redaction

Mutate = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


@pytest.fixture
def hall() -> Iterator[Callable[..., Hall]]:
    halls: list[Hall] = []

    def make(**options: Any) -> Hall:
        halls.append(Hall(**options))
        return halls[-1]

    yield make
    for each in halls:
        each.loop.close()


@pytest.fixture(autouse=True)
def a_secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CANARY_WORD", test_secrets.CANARY)
    known.forget()
    yield
    known.forget()


# --- policy and approvals ----------------------------------------------------------------------


def lets_everything_pass(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(judging, "judge", lambda _case, _spoken: Verdict("allow"))


def hears_no_denial(patch: pytest.MonkeyPatch) -> None:
    judge = judged

    def deaf(case: Any, spoken: Any) -> Verdict:
        return judge(case, [one for one in spoken if not one.rule.deny])

    patch.setattr(judging, "judge", deaf)


def lets_an_approval_stand_for_any_arguments(patch: pytest.MonkeyPatch) -> None:
    ask = judging.Judge.__call__

    def generous(self: Any, work: Any, proposal: Any, recorder: Any) -> Verdict:
        if work.authorised:
            work = dataclasses.replace(work, authorised=(proposal.args_hash,))
        return ask(self, work, proposal, recorder)

    patch.setattr(judging.Judge, "__call__", generous)


def counts_whoever_approves(patch: pytest.MonkeyPatch) -> None:
    for module in (call_decisions, decisions):
        if hasattr(module, "may_count"):
            patch.setattr(module, "may_count", lambda *_: True)


def keeps_a_permission_that_was_taken_back(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(folding._APPLY, PermissionRevoked, lambda state, _event, _at: state)


# --- rates and undoing -------------------------------------------------------------------------


def keeps_its_rates_to_itself(patch: pytest.MonkeyPatch) -> None:
    load = Load

    def alone(clock: Any, _loads: Any, rates: Any, **more: Any) -> Any:
        return load(clock, LocalLoads(), rates, **more)

    patch.setattr(limits, "Load", alone)


def undoes_the_first_call_first(patch: pytest.MonkeyPatch) -> None:
    def upside_down(undo: Undo) -> Any:
        calls = (undo.calls[undo.numbers[n]] for n in range(1, len(undo.numbers) + 1))
        planned = (one for one in calls if one.undone in ("", "open") and undo._is_planned(one))
        return next(planned, None) if undo.wanted else None

    patch.setattr(Undo, "current", property(upside_down))


def undoes_everything_twice(patch: pytest.MonkeyPatch) -> None:
    succeeded = folding._APPLY[CompensationSucceeded]

    def forgetful(state: Any, event: Any, at: Any) -> Any:
        undo = succeeded(state, event, at).undo
        call = replace(undo.calls[event.call_id], undone="")
        calls = undo.calls.set(event.call_id, call)
        return replace(state, undo=replace(undo, calls=calls, top=call.number))

    patch.setitem(folding._APPLY, CompensationSucceeded, forgetful)


# --- secrets -----------------------------------------------------------------------------------


def as_it_is(module: Any, name: str) -> Mutate:
    """Return a mutation that lets a secret pass on one way out."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(module, name, lambda value, *_, **__: value)

    mutate.__name__ = f"{name}_of_{module.__name__.rpartition('.')[2]}_lets_secrets_pass"
    return mutate


def calls_no_log_record_secret(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(logs, "_clean", lambda _record: None)


TWO_CALLS = {"outcomes": ["done", "done"], "left": {7}, "fate": [(True, 0)] * 8}
plan_of_undoing = test_undoing.test_the_plan_is_carried_out_in_reverse_and_ends.hypothesis  # type: ignore[attr-defined]
LEAKS = "leaks(CANARY, closed(house)) == []"


@dataclass(frozen=True)
class Noticed:
    """By which test, and at which of its lines."""

    test: Callable[..., Any]
    line: str
    given: dict[str, Any] = field(default_factory=dict)
    """What the test is given that is no fixture."""


MUTATIONS: dict[Mutate, Noticed] = {
    lets_everything_pass: Noticed(
        test_policy.test_denied_step_fails_with_the_rule, '.status == "failed"'
    ),
    hears_no_denial: Noticed(
        test_policy.test_rules_over_arguments_decide_who_is_asked, '["refuse", "ask"]'
    ),
    lets_an_approval_stand_for_any_arguments: Noticed(
        test_tool_step.test_other_call_than_the_authorised_one_asks,
        "WaitsFor",
        {"shown": {"to": "bob"}},
    ),
    counts_whoever_approves: Noticed(
        test_policy.test_forged_second_approval_counts_for_nothing, ".given == ()"
    ),
    keeps_a_permission_that_was_taken_back: Noticed(
        test_policy.test_a_permission_that_is_taken_back_asks_again, "ApprovalRequested)) == 2"
    ),
    keeps_its_rates_to_itself: Noticed(
        test_limits.test_rate_is_kept_by_all_processes_together, "pytest.approx("
    ),
    undoes_the_first_call_first: Noticed(
        plan_of_undoing.inner_test, "number < int(made[-1][1])", TWO_CALLS
    ),
    undoes_everything_twice: Noticed(
        plan_of_undoing.inner_test, "number < int(made[-1][1])", TWO_CALLS
    ),
    as_it_is(values, "redact"): Noticed(
        test_secrets.test_a_large_value_and_a_frame_are_redacted_in_their_artifacts,
        "assert names ==",
    ),
    as_it_is(values, "without"): Noticed(
        test_secrets.test_a_large_value_and_a_frame_are_redacted_in_their_artifacts, LEAKS
    ),
    as_it_is(calling, "redact_text"): Noticed(
        test_secrets.test_a_long_print_is_redacted_before_it_is_cut, "CANARY[:6] not in note.text"
    ),
    as_it_is(record, "without_secrets"): Noticed(
        test_secrets.test_what_memory_holds_is_what_the_journal_holds, "in pictures[-1].error"
    ),
    as_it_is(event_rows, "thoroughly_without_secrets"): Noticed(
        test_secrets.test_the_store_looks_once_more_before_it_writes, '.title == f"about {MARK}"'
    ),
    as_it_is(share, "redact_text"): Noticed(
        test_secrets.test_an_export_has_none_of_what_was_not_known_in_time, "MARK in"
    ),
    as_it_is(writing, "redact_text"): Noticed(
        test_secrets.test_a_terminal_writes_none, "json.loads(out.getvalue())"
    ),
    as_it_is(inbox, "redact"): Noticed(
        test_secrets.test_what_somebody_else_did_not_know_is_redacted_where_it_is_taken_up,
        "args_hash == content_hash(",
    ),
    as_it_is(model_errors, "redact_text"): Noticed(
        test_redaction.test_what_a_server_says_is_redacted_before_it_is_quoted, "asked.quote("
    ),
    calls_no_log_record_secret: Noticed(
        test_redaction.test_log_records_of_everybody_are_redacted, "in told"
    ),
}


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_the_test_that_is_named_notices_that_mn_notebook(
    mutate: Mutate, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it fails says what is broken, and not only that something is."""
    noticed = MUTATIONS[mutate]
    given = {
        name: noticed.given.get(name) or request.getfixturevalue(name)
        for name in inspect.signature(noticed.test).parameters
    }
    mutate(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        _made(noticed.test, given)
    (entry,) = [one for one in caught.traceback if one.name == noticed.test.__name__]
    assert noticed.line in str(entry.statement), f"it is noticed at: {entry.statement}"


def _made(test: Callable[..., Any], given: dict[str, Any]) -> None:
    done = test(**given)
    if inspect.iscoroutine(done):
        asyncio.run(done)
