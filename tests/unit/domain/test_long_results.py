"""What is shown of a long result: its ends, a summary, or a failure; never nothing in silence."""

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.answers import FINAL
from mn_notebook.domain.long_results import Shown, cut, is_too_long, shown_text
from mn_notebook.domain.messages import Message, ToolCall, ToolSpec
from mn_notebook.domain.requests import MOST_SUMMARISED
from mn_notebook.domain.transcripts import Agent, Answer, Result, Rung, Transcript
from mn_notebook.domain.turns import AskModel, Fail, Shorten, Summarise, next_move, summarised
from mn_notebook.domain.workflow import LongResults

TOOL = ToolSpec(name="look", description="d", parameters={"type": "object"}, effect="read")


def agent(**rule: object) -> Agent:
    return Agent("p", (TOOL,), None, 3, (Rung("m"),), long_results=LongResults(**rule))


def said(text: str, shown: Shown | None = None) -> Transcript:
    call = ToolCall(id="c", name="look", arguments="{}")
    answer = Answer("a!1", Message(role="assistant", tool_calls=(call,)), "tool_calls")
    result = Result("a!1", 0, "a!2", "succeeded", text, shown=shown)
    return Transcript((answer,), (result,))


@given(text=st.text(min_size=200, max_size=2_000), over=st.integers(200, 1_000))
def test_both_ends_are_shown_and_the_rest_is_counted(text: str, over: int) -> None:
    """Exactly what the rule allows is kept, and nothing else."""
    rule = LongResults(over=over)
    if not is_too_long(rule, text):
        assert len(text) <= over
        return
    shown = cut(rule, text)
    assert shown.first + shown.last == over
    told = shown_text(text, shown)
    assert told.startswith(text[: shown.first] + "\n")
    assert told.endswith("\n" + text[-shown.last :])
    assert f"{len(text) - over:,} of {len(text):,} characters" in told


def test_long_result_is_settled_before_the_model_is_asked_again() -> None:
    """And once it is, it is settled for ever, whatever the rule says now."""
    long = "x" * 300
    move = next_move(agent(over=200), said(long))
    assert isinstance(move, Shorten)
    again = next_move(agent(over=250), said(long, move.shown))
    assert isinstance(again, AskModel)
    assert "100 of 300 characters" in again.request.messages[-1].content


def test_short_result_is_shown_as_it_is() -> None:
    """The rule is about long ones."""
    assert isinstance(next_move(agent(over=200), said("x" * 200)), AskModel)


def test_summary_is_asked_of_the_named_model_for_the_sake_of_the_prompt() -> None:
    """What the tool gave is data in it; no tool is offered."""
    move = next_move(agent(over=200, then="summarise", model="tiny"), said("x" * 300))
    assert isinstance(move, Summarise)
    assert move.request.model == "tiny"
    assert move.request.tools == ()
    assert "The task:\np" in move.request.messages[-1].content
    assert "x" * 300 in move.request.messages[-1].content
    assert FINAL not in move.request.messages[0].content


def test_who_summarises_a_huge_result_sees_its_ends() -> None:
    """It has a context, too."""
    text = "a" * MOST_SUMMARISED + "b" * MOST_SUMMARISED
    move = next_move(agent(over=200, then="summarise"), said(text))
    assert isinstance(move, Summarise)
    assert len(move.request.messages[-1].content) < MOST_SUMMARISED + 300


def test_summary_is_no_longer_than_what_it_stands_for() -> None:
    """A model that writes on and on is cut at what the rule allows."""
    wordy = Answer("a!3", Message(role="assistant", content="y" * 900), "length")
    one = agent(over=200, then="summarise")
    shown = summarised(one, said("x" * 300).results[0], wordy)
    assert shown.summary == "y" * 200


def test_refusing_says_what_to_change() -> None:
    """The step fails; nothing is lost in silence."""
    move = next_move(agent(over=200, then="fail"), said("x" * 300))
    assert isinstance(move, Fail)
    assert move.kind == "ResultTooLong"
    assert "300 characters" in move.because
