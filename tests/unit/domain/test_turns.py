"""An agent's loop: what was said so far gives the next move."""

import json
from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.answers import FINAL
from mn_notebook.domain.messages import Message, ToolCall, ToolSpec
from mn_notebook.domain.requests import choice_schema
from mn_notebook.domain.transcripts import Agent, Answer, Result, Rung, Transcript
from mn_notebook.domain.turns import (
    MAX_REASKS,
    AskModel,
    Fail,
    Finish,
    RefuseTool,
    UseTool,
    Wait,
    next_move,
)
from mn_notebook.domain.workflow import Effect, Schema

Mode = Literal["native", "schema"]
MODES: tuple[Mode, ...] = ("native", "schema")

NUMBER: Schema = {
    "type": "object",
    "properties": {"n": {"type": "integer"}},
    "required": ["n"],
    "additionalProperties": False,
}


def spec(name: str, effect: Effect = "read") -> ToolSpec:
    parameters: Schema = {
        "type": "object",
        "properties": {"q": {"type": "string"}},
        "required": ["q"],
        "additionalProperties": False,
    }
    return ToolSpec(name=name, description="d", parameters=parameters, effect=effect)


def agent(mode: Mode = "native", *, tools: bool = True, turns: int = 3, **more: Any) -> Agent:
    fields: dict[str, Any] = {"output": NUMBER, **more}
    return Agent(
        prompt="p",
        tools=(spec("look"), spec("find")) if tools else (),
        turns=turns,
        rungs=(Rung("m", mode),),
        **fields,
    )


def text(content: str, number: int = 1, finish: str = "stop") -> Answer:
    return Answer(f"a!{number}", Message(role="assistant", content=content), finish)


def wants(mode: Mode, *calls: tuple[str, str], number: int = 1) -> Answer:
    """An answer that asks for tools, by name and arguments as text."""
    if mode == "schema":
        ((name, arguments),) = calls
        return text(json.dumps({"tool": name, "arguments": json.loads(arguments)}), number)
    made = tuple(
        ToolCall(id=f"c{index}", name=name, arguments=arguments)
        for index, (name, arguments) in enumerate(calls)
    )
    message = Message(role="assistant", tool_calls=made)
    return Answer(f"a!{number}", message, "tool_calls")


def final(mode: Mode, value: Any, number: int = 1) -> Answer:
    if mode == "schema":
        return text(json.dumps({"tool": FINAL, "arguments": value}), number)
    return text(json.dumps(value), number)


def result(status: Any = "succeeded", index: int = 0, answers: int = 1, **more: Any) -> Result:
    return Result(
        answers=f"a!{answers}",
        index=index,
        call_id=f"a!{answers}.{index}",
        status=status,
        text="found",
        **more,
    )


def said(*answers: Answer, results: tuple[Result, ...] = ()) -> Transcript:
    return Transcript(answers, results)


LOOK = ("look", '{"q": "x"}')


@pytest.mark.parametrize("mode", MODES)
def test_the_model_is_asked_first(mode: Mode):
    """An empty transcript gives the opening request."""
    move = next_move(agent(mode), said())
    assert isinstance(move, AskModel)
    assert not move.reask
    assert [message.role for message in move.request.messages] == ["system", "user"]
    assert move.request.max_tokens


def test_tools_are_offered_natively_or_as_a_choice_never_both():
    """The profile of the model decides."""
    native, schema = (next_move(agent(mode), said()) for mode in MODES)
    assert isinstance(native, AskModel)
    assert isinstance(schema, AskModel)
    assert [tool.name for tool in native.request.tools] == ["look", "find"]
    assert schema.request.tools == ()
    assert schema.request.response_schema == choice_schema(agent("schema"))
    choices: Any = schema.request.response_schema
    names = [choice["properties"]["tool"]["const"] for choice in choices["anyOf"]]
    assert names == ["look", "find", FINAL]


@pytest.mark.parametrize("mode", MODES)
def test_a_fitting_answer_ends_the_loop(mode: Mode):
    """Its value is the output."""
    assert next_move(agent(mode), said(final(mode, {"n": 4}))) == Finish({"n": 4})


@pytest.mark.parametrize("mode", MODES)
def test_an_agent_without_a_schema_gives_its_text(mode: Mode):
    """In the schema mode the text stands in the final answer."""
    answer = text("hello") if mode == "native" else final(mode, {"text": "hello"})
    assert next_move(agent(mode, output=None), said(answer)) == Finish("hello")


def test_without_tools_both_modes_speak_alike():
    """There is nothing to choose from."""
    for mode in MODES:
        plain = agent(mode, tools=False)
        assert next_move(plain, said(text('{"n": 1}'))) == Finish({"n": 1})


def test_json_in_a_fence_is_json():
    """Chat models like to wrap it."""
    assert next_move(agent(), said(text('```json\n{"n": 1}\n```'))) == Finish({"n": 1})


def test_null_is_an_answer_where_the_schema_allows_it():
    """And only there is it one."""
    assert next_move(agent(output={"type": "null"}), said(text("null"))) == Finish(None)


def test_a_whole_number_is_finished_with_as_an_integer():
    """A model that writes 8.0 where an integer is wanted means 8; whoever counts on gets it."""
    move = next_move(agent(output={"type": "integer"}), said(text("8.0")))
    assert (move, repr(getattr(move, "output", None))) == (Finish(8), "8")


@pytest.mark.parametrize("mode", MODES)
def test_a_tool_is_used_as_the_model_asks(mode: Mode):
    """Name and arguments are the model's."""
    move = next_move(agent(mode), said(wants(mode, LOOK)))
    assert move == UseTool("a!1", 0, "look", {"q": "x"})


def test_tool_calls_of_one_answer_are_made_one_after_the_other():
    """In their order, and the model is asked again after the last."""
    answer = wants("native", LOOK, ("find", '{"q": "y"}'))
    assert next_move(agent(), said(answer)) == UseTool("a!1", 0, "look", {"q": "x"})
    assert next_move(agent(), said(answer, results=(result(),))) == UseTool(
        "a!1", 1, "find", {"q": "y"}
    )
    move = next_move(agent(), said(answer, results=(result(), result(index=1))))
    assert isinstance(move, AskModel)
    assert [message.role for message in move.request.messages[2:]] == ["assistant", "tool", "tool"]
    assert [message.tool_call_id for message in move.request.messages[3:]] == ["c0", "c1"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (("nothing", "{}"), "there is no tool 'nothing'; the tools are: look, find"),
        (("look", '{"q": 7}'), "the arguments do not fit"),
        (("look", "{}"), "the arguments do not fit"),
        (("look", '{"q": "x", "more": 1}'), "the arguments do not fit"),
        (("look", "[1]"), "the arguments do not fit"),
    ],
    ids=["unknown", "wrong type", "missing", "too much", "no object"],
)
def test_a_call_that_cannot_be_made_is_refused_with_the_reason(
    mode: Mode, call: tuple[str, str], fault: str
):
    """The model is told; nothing is called."""
    move = next_move(agent(mode), said(wants(mode, call)))
    assert isinstance(move, RefuseTool)
    assert fault in move.because


def test_arguments_that_are_not_json_are_refused():
    """Cut off, or never meant as JSON."""
    move = next_move(agent(), said(wants("native", ("look", '{"q": "x'))))
    assert isinstance(move, RefuseTool)
    assert "not JSON" in move.because


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ('{"q": NaN}', "NaN is no number"),
        ('{"q": -Infinity}', "-Infinity is no number"),
        ('{"q": 1e999}', "1e999 is no number"),
        ('{"q": ' + "[" * 150 + "]" * 150 + "}", "nested more than 100 levels deep"),
        ("[" * 100_000, "nested more than 100 levels deep"),
    ],
    ids=["nan", "infinity", "overflow", "deep", "abyss"],
)
def test_arguments_that_only_python_takes_for_json_are_refused(arguments: str, fault: str):
    """A comparison with NaN never holds, and depth is a way to end who reads: the model is told."""
    move = next_move(agent(), said(wants("native", ("look", arguments))))
    assert isinstance(move, RefuseTool)
    assert move.because == f"the arguments do not fit: they are not JSON ({fault})"
    assert move.args == arguments


@pytest.mark.parametrize(
    ("said_so", "is_meant"),
    [("\\ud83d half", "\ufffd half"), ("\\ud83d\\ude00", "\U0001f600"), ("\\u00e9", "é")],
    ids=["half", "whole", "letter"],
)
def test_half_a_surrogate_pair_in_arguments_is_what_the_journal_can_say(
    said_so: str, is_meant: str
):
    """What is called is what is journaled, and shown."""
    move = next_move(agent(), said(wants("native", ("look", f'{{"q": "{said_so}"}}'))))
    assert move == UseTool("a!1", 0, "look", {"q": is_meant})


@pytest.mark.parametrize("answer", ['{"n": NaN}', "[" * 100_000], ids=["nan", "abyss"])
def test_an_answer_that_only_python_takes_for_json_is_malformed(answer: str):
    """It is sent back like any other."""
    move = next_move(agent(), said(text(answer)))
    assert isinstance(move, AskModel)
    assert move.reask


def test_no_arguments_at_all_are_an_empty_object():
    """Some models say nothing where nothing is needed."""
    bare = ToolSpec(
        name="look",
        description="",
        parameters={"type": "object", "properties": {}},
        effect="read",
    )
    one = Agent("p", (bare,), NUMBER, 3, (Rung("m"),))
    assert next_move(one, said(wants("native", ("look", "")))) == UseTool("a!1", 0, "look", {})


@pytest.mark.parametrize("status", ["succeeded", "failed", "refused", "settled"])
def test_a_call_that_has_ended_is_told_to_the_model(status: str):
    """However it ended."""
    move = next_move(agent(), said(wants("native", LOOK), results=(result(status),)))
    assert isinstance(move, AskModel)
    assert move.request.messages[-1].content == "found"


@pytest.mark.parametrize(
    ("found", "move"),
    [
        (result("asked"), Wait),
        (result("asked", approved=True), UseTool),
        (result("in_doubt"), Wait),
        (result("in_doubt", not_happened=True), UseTool),
        (result("open"), UseTool),
    ],
    ids=["asked", "approved", "in doubt", "did not happen", "left open"],
)
def test_a_call_that_is_not_over_is_waited_for_or_gone_on_with(found: Result, move: type):
    """What was begun keeps its identity."""
    next_ = next_move(agent(), said(wants("native", LOOK), results=(found,)))
    assert isinstance(next_, move)
    if isinstance(next_, UseTool):
        assert next_.result == found


def test_the_last_word_about_a_call_counts():
    """Later results stand for the earlier ones of the same call."""
    move = next_move(
        agent(), said(wants("native", LOOK), results=(result("asked"), result("succeeded")))
    )
    assert isinstance(move, AskModel)


@pytest.mark.parametrize(
    "answer",
    [
        text("I would rather not"),
        text(""),
        text('{"n": "four"}'),
        text('{"n": 1}', finish="length"),
        text('{"n": 1}', finish="content_filter"),
    ],
    ids=["no JSON", "empty", "wrong shape", "cut off", "filtered"],
)
def test_an_answer_that_cannot_be_used_is_sent_back_with_its_fault(answer: Answer):
    """A re-ask repeats what was said and says what is wrong."""
    move = next_move(agent(), said(answer))
    assert isinstance(move, AskModel)
    assert move.reask
    assert move.request.messages[-2] == answer.message
    assert "cannot be used" in move.request.messages[-1].content


@pytest.mark.parametrize("mode", MODES)
def test_re_asking_is_bounded(mode: Mode):
    """After so many malformed answers the agent fails, in words."""
    bad = [text("no", number) for number in range(1, MAX_REASKS + 2)]
    assert isinstance(next_move(agent(mode), said(*bad[:-1])), AskModel)
    move = next_move(agent(mode), said(*bad))
    assert isinstance(move, Fail)
    assert "re-asks" in move.because


def test_a_wrong_choice_in_the_schema_mode_is_a_malformed_answer():
    """Neither a tool nor the final answer."""
    for content in ('{"tool": null}', "7", '{"no": 1}'):
        move = next_move(agent("schema"), said(text(content)))
        assert isinstance(move, AskModel)
        assert move.reask


@pytest.mark.parametrize("mode", MODES)
def test_turns_are_bounded(mode: Mode):
    """An agent that only ever calls tools is stopped."""
    answers = tuple(wants(mode, LOOK, number=number) for number in (1, 2, 3))
    results = tuple(result(answers=number) for number in (1, 2, 3))
    move = next_move(agent(mode, turns=3), said(*answers, results=results))
    assert isinstance(move, Fail)
    assert move.kind == "TurnsExhausted"
    move = next_move(agent(mode, turns=4), said(*answers, results=results))
    assert isinstance(move, AskModel)


ANSWERS = st.one_of(
    st.just(("text", "no")),
    st.just(("call", "look")),
    st.just(("call", "nothing")),
    st.just(("final", "")),
)


def spoken(mode: Mode, kind: str, name: str, number: int) -> Answer:
    if kind == "text":
        return text("no", number)
    if kind == "final":
        return final(mode, {"n": 1}, number)
    return wants(mode, (name, '{"q": "x"}'), number=number)


@given(st.lists(ANSWERS, max_size=30), st.sampled_from(MODES), st.integers(1, 6))
def test_every_conversation_ends(script: list[tuple[str, str]], mode: Mode, turns: int):
    """Whatever a model says, the loop ends within its turns and re-asks."""
    transcript = Transcript()
    one = agent(mode, turns=turns)
    asked = 0
    for _ in range(200):
        move = next_move(one, transcript)
        match move:
            case AskModel():
                kind, name = script[asked] if asked < len(script) else ("call", "look")
                asked += 1
                answer = spoken(mode, kind, name, asked)
                transcript = Transcript((*transcript.answers, answer), transcript.results)
            case UseTool(index=index) | RefuseTool(index=index):
                done = result("succeeded", index, asked)
                transcript = Transcript(transcript.answers, (*transcript.results, done))
            case Finish() | Fail():
                break
            case Wait():
                raise AssertionError(move)
    assert asked <= turns + MAX_REASKS + 1


FINISHED = ("succeeded", "failed", "refused", "settled", "answered")
FATES = st.sampled_from([*FINISHED, "open", "open", "asked"])


@given(
    script=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    mode=st.sampled_from(MODES),
    fates=st.lists(FATES, min_size=1, max_size=12),
    crashes=st.booleans(),
)
def test_no_finished_call_is_made_again_whatever_was_cut_off(
    script: list[int], mode: Mode, fates: list[Any], *, crashes: bool
):
    """A call is made until it has an outcome, and the model is asked when all of its answer have.

    Cut off, it is made once more by another attempt; asked about, when somebody has approved it.
    """
    one = agent(mode, turns=20)
    transcript, ends = Transcript(), iter(fates)
    made: dict[tuple[str, int], list[str]] = {}
    for _ in range(200):
        move = next_move(one, transcript)
        answers, results = transcript.answers, transcript.results
        ended = {(r.answers, r.index) for r in results if r.status in FINISHED}
        match move:
            case AskModel():
                assert set(made) <= ended
                if len(answers) == len(script):
                    break
                number = len(answers) + 1
                calls = [LOOK] * min(script[number - 1], 1 if mode == "schema" else 3)
                answer = wants(mode, *calls, number=number) if calls else text("no", number)
                made |= {(answer.call_id, index): [] for index in range(len(calls))}
                transcript = Transcript((*answers, answer), results, transcript.attempt)
            case UseTool(answers=of, index=index, result=known):
                assert (of, index) not in ended
                before = [r for r in results if (r.answers, r.index) == (of, index)]
                assert before == ([known] if known is not None else [])
                assert known is None or known.status == "open" or known.approved
                fate = next(ends, "succeeded")
                made[of, index].append(fate)
                others = tuple(one for one in results if one not in before)
                outcome = result(fate, index, int(of[2:]))
                attempt = transcript.attempt + (crashes and fate == "open")
                transcript = Transcript(answers, (*others, outcome), attempt)
            case Wait(call_ids=waiting):
                assert waiting
                results = tuple(
                    replace(r, approved=True) if r.call_id in waiting else r for r in results
                )
                transcript = Transcript(answers, results, transcript.attempt)
            case Fail() | Finish() | RefuseTool():
                break
    else:
        raise AssertionError("it goes round and round")
    for fates_of in made.values():
        assert not set(fates_of[:-1]) & set(FINISHED)
