"""A ladder of models in the pure loop of an agent: who is asked next, why, and what it hears."""

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from mn_notebook.domain.answers import FINAL
from mn_notebook.domain.messages import Message, ToolCall, ToolSpec
from mn_notebook.domain.transcripts import Agent, Answer, Result, Rung, Transcript
from mn_notebook.domain.turns import MAX_REASKS, REASKS_BELOW, AskModel, Fail, Finish, next_move
from mn_notebook.domain.workflow import Schema

Mode = Literal["native", "schema"]
NUMBER: Schema = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}
LOOK = ToolSpec(
    name="look",
    description="d",
    parameters={"type": "object", "properties": {"q": {"type": "string"}}},
    effect="read",
)


def small(output: JsonValue) -> str:
    """Trust no number below 5."""
    assert isinstance(output, dict)
    number = output["n"]
    assert isinstance(number, int)
    return "it is small" if number < 5 else ""


def agent(*modes: Mode, tools: bool = False, **more: Any) -> Agent:
    rungs = tuple(Rung(f"m{n}", mode) for n, mode in enumerate(modes or ("native", "native")))
    fields: dict[str, Any] = {"output": NUMBER, "turns": 2, "unsure": small, **more}
    return Agent(prompt="p", tools=(LOOK,) if tools else (), rungs=rungs, **fields)


def says(text: str, rung: int = 0, mode: Mode = "native", number: int = 1) -> Answer:
    message = Message(role="assistant", content=text)
    return Answer(f"a!{number}", message, "stop", rung=rung, tool_mode=mode)


def wants(rung: int = 0, mode: Mode = "native", number: int = 1) -> Answer:
    if mode == "schema":
        choice = json.dumps({"tool": "look", "arguments": {"q": "x"}})
        return says(choice, rung, mode, number)
    call = ToolCall(id="c", name="look", arguments='{"q": "x"}')
    message = Message(role="assistant", tool_calls=(call,))
    return Answer(f"a!{number}", message, "tool_calls", rung=rung, tool_mode=mode)


def done(number: int = 1) -> Result:
    return Result(f"a!{number}", 0, f"a!{number}.0", "succeeded", "seen")


def asks(move: object) -> AskModel:
    assert isinstance(move, AskModel)
    return move


def test_first_model_is_asked_first() -> None:
    """The bottom of the ladder."""
    move = asks(next_move(agent(), Transcript()))
    assert (move.rung, move.climbed, move.request.model) == (0, "", "m0")


@pytest.mark.parametrize(("number", "rung"), [(9, None), (1, 1)])
def test_unsure_answer_climbs(number: int, rung: int | None) -> None:
    """A sure one ends it."""
    move = next_move(agent(), Transcript((says(f'{{"n": {number}}}'),)))
    if rung is None:
        assert move == Finish({"n": 9})
        return
    assert asks(move).rung == rung
    assert asks(move).climbed == "it is small"


def test_top_has_the_last_word() -> None:
    """Unsure or not."""
    said = Transcript((says('{"n": 1}'), says('{"n": 2}', 1, number=2)))
    assert next_move(agent(), said) == Finish({"n": 2})


def test_malformed_answers_are_sent_back_less_often_below_the_top() -> None:
    """Then the next model is asked, with a clean sheet."""
    below = [says("no", number=n) for n in range(REASKS_BELOW + 1)]
    assert asks(next_move(agent(), Transcript(tuple(below[:1])))).reask
    climbed = asks(next_move(agent(), Transcript(tuple(below))))
    assert climbed.rung == 1
    assert not climbed.reask
    assert "stayed malformed" in climbed.climbed
    assert len(climbed.request.messages) == 2
    above = [says("no", 1, number=10 + n) for n in range(MAX_REASKS + 1)]
    again = asks(next_move(agent(), Transcript((*below, above[0]))))
    assert (again.rung, again.reask, again.climbed) == (1, True, "")
    end = next_move(agent(), Transcript((*below, *above)))
    assert isinstance(end, Fail)


def test_model_that_never_answers_is_left_for_the_next_one() -> None:
    """Each model has its own turns."""
    circling = agent(tools=True)
    answers = (wants(), wants(number=2))
    climbed = asks(next_move(circling, Transcript(answers, (done(), done(2)))))
    assert (climbed.rung, climbed.climbed) == (1, "it did not finish within 2 turns")
    more = (*answers, wants(1, number=3))
    went_on = asks(next_move(circling, Transcript(more, (done(), done(2), done(3)))))
    assert went_on.rung == 1
    most = (*more, wants(1, number=4))
    results = (done(), done(2), done(3), done(4))
    assert isinstance(next_move(circling, Transcript(most, results)), Fail)


@pytest.mark.parametrize("first", ["native", "schema"])
@pytest.mark.parametrize("second", ["native", "schema"])
def test_what_tools_gave_is_told_in_the_mode_of_who_is_told(first: Mode, second: Mode) -> None:
    """A transcript of one mode goes on in the other, and no call is lost."""
    ladder = agent(first, second, tools=True)
    answer = '{"n": 1}'
    if first == "schema":
        answer = json.dumps({"tool": FINAL, "arguments": {"n": 1}})
    said = Transcript((wants(0, first), says(answer, 0, first, number=2)), (done(),))
    messages = asks(next_move(ladder, said)).request.messages[2:]
    assert len(messages) == 2
    if second == "native":
        assert messages[0].tool_calls[0].name == "look"
        assert messages[1] == Message(
            role="tool", content="seen", tool_call_id=messages[0].tool_calls[0].id
        )
    else:
        assert json.loads(messages[0].content) == {"tool": "look", "arguments": {"q": "x"}}
        assert messages[1] == Message(role="user", content="look gave: seen")


def test_ladder_that_was_taken_away_leaves_its_last_model() -> None:
    """Where a budget has pinned one model, what there is will do."""
    said = Transcript((says('{"n": 1}', 2),))
    assert next_move(agent("native"), said) == Finish({"n": 1})


texts = st.sampled_from(['{"n": 1}', '{"n": 9}', "no", ""])


@given(rungs=st.integers(1, 4), answers=st.lists(texts, min_size=1, max_size=20))
def test_ladder_is_climbed_step_by_step_and_ends(rungs: int, answers: list[str]) -> None:
    """It never goes down, never past the top, gives a reason for each step up, and is bounded."""
    modes: list[Mode] = ["native"] * rungs
    ladder = agent(*modes)
    said: tuple[Answer, ...] = ()
    for number, text in enumerate(answers):
        move = next_move(ladder, Transcript(said))
        if not isinstance(move, AskModel):
            break
        before = said[-1].rung if said else 0
        assert before <= move.rung <= before + 1 <= rungs
        assert bool(move.climbed) == (move.rung > before)
        assert not (move.reask and move.climbed)
        assert move.request.model == f"m{move.rung}"
        said = (*said, says(text, move.rung, number=number))
    assert len(said) <= (rungs - 1) * (REASKS_BELOW + 1) + MAX_REASKS + 1
