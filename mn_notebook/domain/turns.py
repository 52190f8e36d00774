"""An agent's loop as a pure function: what was said so far gives the next move.

`next_move` neither calls nor waits. Continuing after a crash, or after a person decided, is asking
it again with the transcript that the journal holds.
"""

import json
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from mn_notebook.domain.messages import Message, ModelRequest, ToolCall, ToolSpec
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.workflow import Schema

MAX_REASKS = 2
"""So often is a malformed answer sent back with its fault, for the price of one call each."""

FINAL = "final_answer"
"""In the schema mode, the choice that ends the loop."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What an agent was asked, resolved."""

    prompt: str
    tools: tuple[ToolSpec, ...]
    output: Schema | None
    turns: int
    tool_mode: Literal["native", "schema"]
    model: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished model call."""

    call_id: str
    message: Message
    finish_reason: str
    attempt: int = 1
    """The attempt of the step that asked for it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a tool call that an answer asked for."""

    answers: str
    """The model call that asked."""
    index: int
    """Which of its tool calls."""
    call_id: str
    status: Literal[
        "open", "succeeded", "failed", "asked", "refused", "in_doubt", "settled", "answered"
    ]
    text: str
    """What the model is told, once the call has ended."""
    approved: bool = False
    not_happened: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that was said and done so far, oldest first."""

    answers: tuple[Answer, ...] = ()
    results: tuple[Result, ...] = ()
    attempt: int = 1
    """The attempt that goes on with it. The bounds of an agent are those of one attempt: one that
    continues what an earlier one has done may take as many turns, and re-asks, as that one."""

    @property
    def own_answers(self) -> tuple[Answer, ...]:
        """Return the answers that this attempt has asked for."""
        return tuple(answer for answer in self.answers if answer.attempt == self.attempt)


@dataclass(frozen=True, slots=True)
class AskModel:
    """Make this model call."""

    request: ModelRequest
    reask: bool


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


Move = AskModel | UseTool | RefuseTool | Wait | Finish | Fail


def next_move(agent: Agent, transcript: Transcript) -> Move:
    """Say what the agent does next: ask the model, use a tool, wait for a person, or end."""
    if not transcript.answers:
        return AskModel(_request(agent, transcript), reask=False)
    last = transcript.answers[-1]
    wanted = wanted_calls(agent, last)
    for index, call in enumerate(wanted):
        move = _about_tool(agent, last, index, call, transcript)
        if move is not None:
            return move
    if wanted:
        return _next_turn(agent, transcript)
    return _about_answer(agent, last, transcript)


def _next_turn(agent: Agent, transcript: Transcript) -> Move:
    if _turns_taken(agent, transcript) >= agent.turns:
        return Fail(
            f"the agent did not finish within {agent.turns} turns; raise `turns`, or ask for less",
            kind="TurnsExhausted",
        )
    return AskModel(_request(agent, transcript), reask=False)


def _turns_taken(agent: Agent, transcript: Transcript) -> int:
    return sum(1 for answer in transcript.own_answers if wanted_calls(agent, answer))


def _about_tool(
    agent: Agent, answer: Answer, index: int, call: ToolCall, transcript: Transcript
) -> Move | None:
    """Say what is still to be done about one tool call, or None when it has ended."""
    result = _result_of(transcript, answer.call_id, index)
    if result is not None:
        return _about_begun(answer, index, call, result)
    spec = next((tool for tool in agent.tools if tool.name == call.name), None)
    args, fault = _arguments(call.arguments)
    if spec is None:
        names = ", ".join(tool.name for tool in agent.tools) or "none"
        because = f"there is no tool {call.name!r}; the tools are: {names}"
        return RefuseTool(answer.call_id, index, call.name, args, because)
    fault = fault or first_fault(args, spec.parameters)
    if fault is not None or not isinstance(args, dict):
        because = f"the arguments do not fit: {fault or 'expected an object'}"
        return RefuseTool(answer.call_id, index, call.name, args, because)
    return UseTool(answer.call_id, index, call.name, args)


def _about_begun(answer: Answer, index: int, call: ToolCall, result: Result) -> Move | None:
    if result.status in ("succeeded", "failed", "refused", "settled", "answered"):
        return None
    args, _ = _arguments(call.arguments)
    begun = UseTool(
        answer.call_id, index, call.name, args if isinstance(args, dict) else {}, result
    )
    if result.status == "asked":
        return begun if result.approved else Wait((result.call_id,))
    if result.status == "in_doubt":
        return begun if result.not_happened else Wait((result.call_id,))
    return begun


def _arguments(text: str) -> tuple[JsonValue, str | None]:
    try:
        return json.loads(text or "{}"), None
    except ValueError as fault:
        return text, f"they are not JSON ({fault})"


def _result_of(transcript: Transcript, call_id: str, index: int) -> Result | None:
    for result in reversed(transcript.results):
        if result.answers == call_id and result.index == index:
            return result
    return None


def wanted_calls(agent: Agent, answer: Answer) -> tuple[ToolCall, ...]:
    """Return the tool calls that an answer asks for, in either tool mode."""
    if agent.tool_mode == "native" or not agent.tools:
        return answer.message.tool_calls
    choice = _loaded(answer.message.content)
    if not isinstance(choice, dict) or choice.get("tool") in (None, FINAL):
        return ()
    arguments = json.dumps(choice.get("arguments", {}), ensure_ascii=False)
    return (ToolCall(id=answer.call_id, name=str(choice["tool"]), arguments=arguments),)


def _about_answer(agent: Agent, last: Answer, transcript: Transcript) -> Move:
    output, fault = _output(agent, last)
    if fault is None:
        return Finish(output)
    if _reasks_made(agent, transcript) >= MAX_REASKS:
        return Fail(f"the model's answer stayed malformed after {MAX_REASKS} re-asks: {fault}")
    return AskModel(_request(agent, transcript), reask=True)


def _reasks_made(agent: Agent, transcript: Transcript) -> int:
    """Count the malformed answers of this attempt before the last one."""
    return sum(
        1
        for answer in transcript.own_answers[:-1]
        if not wanted_calls(agent, answer) and _output(agent, answer)[1] is not None
    )


def _output(agent: Agent, answer: Answer) -> tuple[JsonValue, str | None]:
    """Return what an answer says, or what is wrong with it."""
    if answer.finish_reason == "length":
        return None, "it was cut off at the length limit; answer more briefly"
    if answer.finish_reason == "content_filter":
        return None, "the provider's content filter stopped it"
    text = answer.message.content
    if agent.tool_mode == "schema" and agent.tools:
        return _chosen_output(agent, text)
    if agent.output is None:
        return (text, None) if text.strip() else (None, "it is empty")
    return _checked(_loaded(text), agent.output, text)


def _chosen_output(agent: Agent, text: str) -> tuple[JsonValue, str | None]:
    choice = _loaded(text)
    if not isinstance(choice, dict) or choice.get("tool") != FINAL:
        return None, f'it is not a choice of the form {{"tool": …, "arguments": …}}: {text[:80]!r}'
    arguments = choice.get("arguments")
    if agent.output is not None:
        return _checked(arguments, agent.output, text)
    said = arguments.get("text") if isinstance(arguments, dict) else None
    return (said, None) if isinstance(said, str) else (None, "final_answer needs a text")


def _checked(value: JsonValue, schema: Schema, text: str) -> tuple[JsonValue, str | None]:
    if value is None and text.strip() != "null":
        return None, f"it is not JSON: {text[:80]!r}"
    fault = first_fault(value, schema)
    return (value, None) if fault is None else (None, fault)


def _loaded(text: str) -> JsonValue:
    """Read JSON, also from inside the fence that chat models like to put around it."""
    stripped = text.strip()
    if stripped.startswith("```"):
        stripped = stripped.strip("`").removeprefix("json").strip()
    try:
        value: JsonValue = json.loads(stripped)
    except ValueError:
        return None
    return value


# --- what the model is sent --------------------------------------------------------------------


def _request(agent: Agent, transcript: Transcript) -> ModelRequest:
    schema_mode = agent.tool_mode == "schema" and bool(agent.tools)
    return ModelRequest(
        model=agent.model,
        messages=(*_opening(agent, schema_mode=schema_mode), *_said(agent, transcript)),
        tools=() if schema_mode else agent.tools,
        response_schema=choice_schema(agent) if schema_mode else _complete(agent.output),
        temperature=0.0,
        max_tokens=MAX_ANSWER_TOKENS,
    )


MAX_ANSWER_TOKENS = 2048
"""Without a bound a small model can run to the end of its context."""


def _opening(agent: Agent, *, schema_mode: bool) -> tuple[Message, ...]:
    """The stable head of a conversation, so that a provider's prefix cache hits."""
    parts = ["You are one step of a workflow. Do exactly what is asked, and nothing else."]
    if schema_mode:
        parts.append(
            'Answer with one JSON object {"tool": NAME, "arguments": {…}}. '
            f"Use {FINAL} when you know the answer. The tools:"
        )
        parts += [_tool_line(tool) for tool in agent.tools]
    elif agent.output is not None:
        # The schema goes with the request, where the server enforces it. Small models answer worse
        # when it stands here as well: one of 1.5 billion parameters found 2 of 8 numbers with it
        # and 8 of 8 without.
        parts.append("Answer in JSON.")
    return (
        Message(role="system", content="\n".join(parts)),
        Message(role="user", content=agent.prompt),
    )


def _tool_line(tool: ToolSpec) -> str:
    return f"- {tool.name}: {tool.description} Arguments: {_dumped(tool.parameters)}"


def _dumped(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def choice_schema(agent: Agent) -> Schema:
    """A JSON Schema that offers every tool, and the final answer, as one choice."""
    final: Schema = _complete(agent.output) or {
        "type": "object",
        "properties": {"text": {"type": "string"}},
        "required": ["text"],
        "additionalProperties": False,
    }
    choices = [(tool.name, tool.parameters) for tool in agent.tools] + [(FINAL, final)]
    definitions: Schema = {
        f"{name}.{defined}": _with_references_to(name, definition)
        for name, parameters in choices
        for defined, definition in _definitions(parameters).items()
    }
    schema: Schema = {"anyOf": [_choice(name, parameters) for name, parameters in choices]}
    return {**schema, "$defs": definitions} if definitions else schema


def _definitions(schema: Schema) -> Schema:
    definitions = schema.get("$defs")
    return definitions if isinstance(definitions, dict) else {}


def _with_references_to(name: str, value: JsonValue) -> JsonValue:
    """Let references lead to the definitions at the root, each under the name of its choice."""
    if isinstance(value, list):
        return [_with_references_to(name, inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: f"{_ROOT}{name}.{inner.removeprefix(_ROOT)}"
        if key == "$ref" and isinstance(inner, str) and inner.startswith(_ROOT)
        else _with_references_to(name, inner)
        for key, inner in value.items()
    }


_ROOT = "#/$defs/"


def _choice(name: str, parameters: Schema) -> JsonValue:
    own = {key: value for key, value in parameters.items() if key != "$defs"}
    return {
        "type": "object",
        "properties": {"tool": {"const": name}, "arguments": _with_references_to(name, own)},
        "required": ["tool", "arguments"],
        "additionalProperties": False,
    }


def _said(agent: Agent, transcript: Transcript) -> tuple[Message, ...]:
    messages: list[Message] = []
    for answer in transcript.answers:
        messages.append(answer.message)
        wanted = wanted_calls(agent, answer)
        for index, call in enumerate(wanted):
            result = _result_of(transcript, answer.call_id, index)
            if result is not None:
                messages.append(_told(agent, call, result))
        if not wanted:
            messages.append(_complaint(agent, answer))
    return tuple(messages)


def _told(agent: Agent, call: ToolCall, result: Result) -> Message:
    if agent.tool_mode == "native":
        return Message(role="tool", tool_call_id=call.id, content=result.text)
    return Message(role="user", content=f"{call.name} gave: {result.text}")


def _complaint(agent: Agent, answer: Answer) -> Message:
    _, fault = _output(agent, answer)
    wanted = "" if agent.output is None else f" as JSON of this schema: {_dumped(agent.output)}"
    return Message(
        role="user", content=f"That answer cannot be used: {fault}. Answer again, in full{wanted}."
    )


def _complete(schema: Schema | None) -> Schema | None:
    """Ask for every field of every object: a model leaves out what it may leave out.

    An optional field is null then, which its type allows; providers' strict modes ask for the same.
    """
    if schema is None:
        return None
    completed: Schema = {key: _complete_inside(value) for key, value in schema.items()}
    properties = completed.get("properties")
    if isinstance(properties, dict) and all(_may_be_null(schema, name) for name in properties):
        completed["required"] = list(properties)
    return completed


def _complete_inside(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _complete(value)
    return [_complete_inside(inner) for inner in value] if isinstance(value, list) else value


def _may_be_null(schema: Schema, name: str) -> bool:
    """Tell whether a field can be asked for: it is required anyway, or null is of its type."""
    required, properties = schema.get("required"), schema.get("properties")
    if isinstance(required, list) and name in required:
        return True
    field_schema = properties.get(name) if isinstance(properties, dict) else None
    return isinstance(field_schema, dict) and first_fault(None, field_schema) is None
