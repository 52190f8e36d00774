"""What an agent's answer asks for, or says: read without trust in its form."""

import json

from pydantic import JsonValue

from mn_notebook.domain.messages import ToolCall
from mn_notebook.domain.shapes import first_fault, with_whole_numbers
from mn_notebook.domain.transcripts import Agent, Answer, ToolMode
from mn_notebook.domain.values import MOST_LEVELS, is_deeper, sayable
from mn_notebook.domain.workflow import Schema

FINAL = "final_answer"
"""In the schema mode, the choice that ends the loop."""
_TOO_DEEP = f"nested more than {MOST_LEVELS} levels deep"


def arguments_of(text: str) -> tuple[JsonValue, str | None]:
    """Return the arguments that a model wrote, and what is wrong with them."""
    try:
        return _read(text or "{}"), None
    except ValueError as fault:
        return text, f"they are not JSON ({fault})"


def rung_of(agent: Agent, answer: Answer) -> int:
    """Return where on the ladder, as it is now, the model stands that gave an answer."""
    return min(answer.rung, len(agent.rungs) - 1)


def mode_of(agent: Agent, answer: Answer) -> ToolMode:
    """Return how the model was spoken to that gave an answer."""
    return answer.tool_mode or agent.rungs[rung_of(agent, answer)].tool_mode


def wanted_calls(agent: Agent, answer: Answer) -> tuple[ToolCall, ...]:
    """Return the tool calls that an answer asks for, in either tool mode."""
    if mode_of(agent, answer) == "native" or not agent.tools:
        return answer.message.tool_calls
    choice = _loaded(answer.message.content)
    if not isinstance(choice, dict) or choice.get("tool") in (None, FINAL):
        return ()
    arguments = json.dumps(choice.get("arguments", {}), ensure_ascii=False)
    return (ToolCall(id=answer.call_id, name=str(choice["tool"]), arguments=arguments),)


def output_of(agent: Agent, answer: Answer) -> tuple[JsonValue, str | None]:
    """Return what an answer says, or what is wrong with it."""
    if answer.finish_reason == "length":
        return None, "it was cut off at the length limit; answer more briefly"
    if answer.finish_reason == "content_filter":
        return None, "the provider's content filter stopped it"
    text = answer.message.content
    if mode_of(agent, answer) == "schema" and agent.tools:
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
    return (with_whole_numbers(value, schema), None) if fault is None else (None, fault)


def _read(text: str) -> JsonValue:
    """Read JSON as its standard has it: Python's own reader takes NaN, which nothing here can keep.

    Raises:
        ValueError: it is none, or nested more deeply than can be read.
    """
    try:
        value: JsonValue = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as fault:
        raise ValueError(_TOO_DEEP) from fault
    if is_deeper(value, MOST_LEVELS):
        raise ValueError(_TOO_DEEP)
    if "\\u" not in text:
        return value
    # An escape can say half a surrogate pair, which neither a journal nor UTF-8 can.
    whole: JsonValue = json.loads(sayable(json.dumps(value, ensure_ascii=False)))
    return whole


def _no_number(text: str) -> float:
    message = f"{text} is no number"
    raise ValueError(message)


def _finite(text: str) -> float:
    value = float(text)
    return value if abs(value) != float("inf") else _no_number(text)


def _loaded(text: str) -> JsonValue:
    """Read JSON, also from inside the fence that chat models like to put around it."""
    stripped = text.strip()
    if stripped.startswith("```"):
        stripped = stripped.strip("`").removeprefix("json").strip()
    try:
        return _read(stripped)
    except ValueError:
        return None
