"""An agent's loop as a pure function: what was said so far gives the next move.

`next_move` neither calls nor waits. Continuing after a crash, or after a person decided, is asking
it again with the transcript that the journal holds.
"""

from dataclasses import dataclass, field

from pydantic import JsonValue

from mn_notebook.domain.answers import arguments_of, output_of, rung_of, wanted_calls
from mn_notebook.domain.long_results import Shown, cut, is_too_long
from mn_notebook.domain.messages import ModelRequest, ToolCall
from mn_notebook.domain.requests import request_of, summary_request
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.transcripts import Agent, Answer, Result, Transcript, result_of

MAX_REASKS = 2
"""So often is a malformed answer sent back with its fault, for the price of one call each."""
REASKS_BELOW = 1
"""So often where another model of a ladder could be asked instead."""


@dataclass(frozen=True, slots=True)
class AskModel:
    """Make this model call."""

    request: ModelRequest
    reask: bool
    rung: int = 0
    """Which model of the ladder is asked."""
    climbed: str = ""
    """Why the model below it is asked no more; '' where none was, or it was said before."""


@dataclass(frozen=True, slots=True)
class UseTool:
    """Make this tool call, or make it again when ``result`` is one that a dead attempt began."""

    answers: str
    index: int
    tool: str
    args: dict[str, JsonValue]
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class RefuseTool:
    """Tell the model that it cannot have this call."""

    answers: str
    index: int
    tool: str
    args: JsonValue
    because: str


@dataclass(frozen=True, slots=True)
class Shorten:
    """Settle what the model is shown of a tool's result that is too long."""

    result: Result
    shown: Shown


@dataclass(frozen=True, slots=True)
class Summarise:
    """Make a model call for it first."""

    result: Result
    request: ModelRequest


@dataclass(frozen=True, slots=True)
class Wait:
    """A person has to decide first."""

    call_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """The agent is done."""

    output: JsonValue


@dataclass(frozen=True, slots=True)
class Fail:
    """The agent cannot finish."""

    because: str
    kind: str = field(default="OutputInvalid")


Move = AskModel | UseTool | RefuseTool | Shorten | Summarise | Wait | Finish | Fail


def next_move(agent: Agent, transcript: Transcript) -> Move:
    """Say what the agent does next: ask the model, use a tool, wait for a person, or end."""
    if not transcript.answers:
        return AskModel(request_of(agent, transcript, 0), reask=False)
    last = transcript.answers[-1]
    wanted = wanted_calls(agent, last)
    for index, call in enumerate(wanted):
        move = _about_tool(agent, last, index, call, transcript)
        if move is not None:
            return move
    if wanted:
        return _next_turn(agent, last, transcript)
    return _about_answer(agent, last, transcript)


def _next_turn(agent: Agent, last: Answer, transcript: Transcript) -> Move:
    rung = rung_of(agent, last)
    if _turns_taken(agent, transcript, rung) < agent.turns:
        return AskModel(request_of(agent, transcript, rung), reask=False, rung=rung)
    if rung + 1 < len(agent.rungs):
        return _climb(agent, transcript, rung, f"it did not finish within {agent.turns} turns")
    return Fail(
        f"the agent did not finish within {agent.turns} turns; raise `turns`, or ask for less",
        kind="TurnsExhausted",
    )


def _climb(agent: Agent, transcript: Transcript, rung: int, because: str) -> AskModel:
    request = request_of(agent, transcript, rung + 1)
    return AskModel(request, reask=False, rung=rung + 1, climbed=because)


def _turns_taken(agent: Agent, transcript: Transcript, rung: int) -> int:
    """Count the turns of this attempt with one model."""
    return sum(
        1
        for answer in transcript.own_answers
        if rung_of(agent, answer) == rung and wanted_calls(agent, answer)
    )


def _about_tool(
    agent: Agent, answer: Answer, index: int, call: ToolCall, transcript: Transcript
) -> Move | None:
    """Say what is still to be done about one tool call, or None when it has ended."""
    result = result_of(transcript, answer.call_id, index)
    if result is not None:
        return _about_begun(agent, answer, index, call, result)
    spec = next((tool for tool in agent.tools if tool.name == call.name), None)
    args, fault = arguments_of(call.arguments)
    if spec is None:
        names = ", ".join(tool.name for tool in agent.tools) or "none"
        because = f"there is no tool {call.name!r}; the tools are: {names}"
        return RefuseTool(answer.call_id, index, call.name, args, because)
    fault = fault or first_fault(args, spec.parameters)
    if fault is not None or not isinstance(args, dict):
        because = f"the arguments do not fit: {fault or 'expected an object'}"
        return RefuseTool(answer.call_id, index, call.name, args, because)
    return UseTool(answer.call_id, index, call.name, args)


def _about_begun(
    agent: Agent, answer: Answer, index: int, call: ToolCall, result: Result
) -> Move | None:
    if result.status in ("failed", "refused"):
        return None
    if result.status in ("succeeded", "settled", "answered"):
        return _about_length(agent, call, result)
    args, _ = arguments_of(call.arguments)
    begun = UseTool(
        answer.call_id, index, call.name, args if isinstance(args, dict) else {}, result
    )
    if result.status == "asked":
        return begun if result.approved else Wait((result.call_id,))
    if result.status == "in_doubt":
        return begun if result.not_happened else Wait((result.call_id,))
    return begun


def _about_length(agent: Agent, call: ToolCall, result: Result) -> Move | None:
    rule = agent.long_results
    if result.shown is not None or not is_too_long(rule, result.text):
        return None
    if rule.then == "fail":
        return Fail(
            f"{call.name} gave {len(result.text):,} characters, and the step allows {rule.over:,}: "
            "raise `over` of its `long_results`, or let it `cut` or `summarise`",
            kind="ResultTooLong",
        )
    if rule.then == "cut":
        return Shorten(result, cut(rule, result.text))
    model = rule.model or agent.rungs[0].model
    return Summarise(result, summary_request(agent, model, call.name, result.text))


def summarised(agent: Agent, result: Result, answer: Answer) -> Shown:
    """Return what is shown of a long result whose summary was asked for."""
    text = answer.message.content.strip()
    if not text or answer.finish_reason == "content_filter":
        because = "the summary that was asked for was empty"
        return cut(agent.long_results, result.text, because)
    return Shown(len(result.text), summary=text[: agent.long_results.over])


def _about_answer(agent: Agent, last: Answer, transcript: Transcript) -> Move:
    output, fault = output_of(agent, last)
    rung = rung_of(agent, last)
    at_top = rung + 1 == len(agent.rungs)
    if fault is None:
        unsure = "" if at_top else agent.unsure(output)
        return _climb(agent, transcript, rung, unsure) if unsure else Finish(output)
    most = MAX_REASKS if at_top else REASKS_BELOW
    if _reasks_made(agent, transcript, rung) < most:
        return AskModel(request_of(agent, transcript, rung), reask=True, rung=rung)
    if not at_top:
        return _climb(agent, transcript, rung, f"its answer stayed malformed: {fault}")
    return Fail(f"the model's answer stayed malformed after {MAX_REASKS} re-asks: {fault}")


def _reasks_made(agent: Agent, transcript: Transcript, rung: int) -> int:
    """Count one model's malformed answers of this attempt before the last one."""
    return sum(
        1
        for answer in transcript.own_answers[:-1]
        if rung_of(agent, answer) == rung
        and not wanted_calls(agent, answer)
        and output_of(agent, answer)[1] is not None
    )
