"""Answers that ask for something later: they use no attempt, and not for ever."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import StepName, StepPath
from mn_notebook.domain.policies import LONGEST_PUT_OFF_SECONDS, MOST_PUT_OFFS, is_put_off
from mn_notebook.domain.why import why_step
from mn_notebook.domain.workflow import Retry, Step, WorkflowStep
from mn_notebook.engine.faults import error_info
from mn_notebook.engine.retries import after_failure
from mn_notebook.engine.summary import status_of
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.verbs.telling import told
from tests.unit.domain.journals import Journal, agent, python, tool, workflow

LATER = error_info(TransientError("too many calls", later=True))
BROKEN = error_info(TransientError("the line broke"))


def begun(step: Step | None = None) -> Journal:
    return Journal(workflow(step or agent("a"))).begun().started("a")


def fails(journal: Journal, error: e.ErrorInfo, effect: Any = "read") -> e.StepFailed:
    """Let the attempt fail and the next one begin, as the engine says; return the failure."""
    found = after_failure(journal.state, journal.instance("a"), error, effect, journal.now)
    journal.add(*found)
    failed, *scheduled = found
    assert isinstance(failed, e.StepFailed)
    assert failed.final is not bool(scheduled)
    for retry in scheduled:
        assert isinstance(retry, e.StepRetryScheduled)
        journal.now = max(journal.now, retry.at)
        journal.started("a", attempt=retry.attempt)
    return failed


def test_what_is_put_off_uses_no_attempt() -> None:
    """All three are there still, whatever came before them."""
    journal = begun()
    assert [fails(journal, LATER).put_off for _ in range(8)] == [True] * 8
    assert (journal.instance("a").failures, journal.instance("a").put_offs) == (0, 8)
    ends = [fails(journal, BROKEN) for _ in range(3)]
    assert [(one.put_off, one.final) for one in ends] == [
        (False, False), (False, False), (False, True),
    ]  # fmt: skip


def test_nothing_is_put_off_for_ever() -> None:
    """After so many in a row, or so long, an attempt is used each time; then it is over."""
    journal, found = begun(), list[e.StepFailed]()
    while not found or not found[-1].final:
        found.append(fails(journal, LATER))
    assert 3 < len(found) <= MOST_PUT_OFFS + 3
    assert [one.put_off for one in found[-3:]] == [False] * 3
    assert all(one.put_off for one in found[:-3])
    quick = begun(agent("a", retry=Retry(attempts=2, backoff_seconds=0)))
    assert [fails(quick, LATER).put_off for _ in range(MOST_PUT_OFFS + 2)][-3:] == [
        True, False, False,
    ]  # fmt: skip


def test_whoever_asks_for_much_time_uses_an_attempt() -> None:
    """The hour counts from the first time on, the time that is asked for included."""
    journal = begun()
    half = error_info(TransientError("busy", later=True, retry_after_seconds=1_700.0))
    assert [fails(journal, half).put_off for _ in range(3)] == [True, True, False]
    day = error_info(TransientError("no more today", later=True, retry_after_seconds=86_400.0))
    assert not fails(begun(), day).put_off


def test_an_answer_begins_the_count_anew() -> None:
    """Each turn of an agent may be put off as often as the first one."""
    journal = begun()
    for _ in range(MOST_PUT_OFFS - 1):
        fails(journal, LATER)
    journal.model_asked("a", 1, journal.instance("a").attempt).model_said("a", 1)
    assert journal.instance("a").put_offs == 0
    assert fails(journal, LATER).put_off


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(agent("a", retry=Retry(attempts=1)), id="an agent that is tried once"),
        pytest.param(tool("a", retry=Retry(attempts=1)), id="a tool that is tried once"),
    ],
)
def test_what_is_to_be_tried_once_is_tried_once(step: Step) -> None:
    """Somebody wants to know at once, for a fallback for instance."""
    failed = fails(begun(step), LATER)
    assert (failed.put_off, failed.final) == (False, True)


def test_an_agent_that_may_write_is_put_off_as_well() -> None:
    """Its model refused to answer: nothing was done that could be done twice."""
    assert fails(begun(), LATER, "write").put_off
    assert fails(begun(), BROKEN, "write").final


def test_a_failure_inside_is_put_off_inside() -> None:
    """A subworkflow that failed of it at last has failed."""
    outer = WorkflowStep(name=StepName("a"), workflow="w", retry=Retry(attempts=3))
    flow = workflow(outer, children={"w": workflow(python("b"))})
    journal = Journal(flow).begun().started("a")
    found = after_failure(journal.state, journal.instance("a"), LATER, "read", journal.now)
    assert isinstance(found[0], e.StepFailed)
    assert not found[0].put_off


def test_who_has_it_tried_afresh_has_all_of_it_again() -> None:
    """A failed run that is reopened."""
    journal = begun()
    while not fails(journal, LATER).final:
        pass
    journal.add(e.RunFailed(error=LATER), e.RunReopened(by="ann"))
    assert journal.instance("a").put_offs == 0


def test_that_something_is_put_off_is_said() -> None:
    """In reasons and in the log: no attempt is used up."""
    journal = begun()
    journal.add(*after_failure(journal.state, journal.instance("a"), LATER, "read", journal.now))
    state = journal.state
    found = why_step(state, journal.facts, status_of(state), "live", journal.now, "a")
    assert found is not None
    (said,) = [one for one in found.why if "put off" in one]
    assert "a was put off in attempt 1: too many calls. It is tried again" in said
    assert "no attempt is used up" in said
    lines = [told(recorded) for recorded in journal.facts]
    assert any("was put off: too many calls; no attempt is used up" in one for one in lines)


@given(
    attempts=st.integers(1, 9),
    put_offs=st.integers(0, 40),
    seconds=st.floats(0, 1e5),
    asked=st.none() | st.floats(0, 1e5),
)
def test_only_what_asks_for_it_is_put_off_and_within_its_bounds(
    attempts: int, put_offs: int, seconds: float, asked: float | None
) -> None:
    """Whatever the numbers are."""
    retry = Retry(attempts=attempts)
    later = LATER.model_copy(update={"retry_after_seconds": asked})
    if is_put_off(retry, later, put_offs, seconds):
        assert attempts > 1
        assert put_offs < MOST_PUT_OFFS
        assert seconds + (asked or 0.0) <= LONGEST_PUT_OFF_SECONDS
    assert not is_put_off(retry, BROKEN, put_offs, seconds)
    fatal = error_info(PermanentError("no")).model_copy(update={"later": True})
    assert not is_put_off(retry, fatal, put_offs, seconds)


def test_a_failed_step_of_a_path_is_named() -> None:
    """The field has a default: what an older program wrote was never put off."""
    assert not e.StepFailed(path=StepPath("a"), attempt=1, error=LATER, final=False).put_off
