"""What a scripted model says, in the process itself."""

import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest

from mn_notebook.domain.messages import Message, ModelRequest, ToolSpec, Usage
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.testing import (
    Asked,
    ModelFault,
    Reply,
    Rule,
    Script,
    ScriptedCall,
    ScriptedModel,
    fails,
)
from mn_notebook.testing.schema_sample import sample_of

TOOL = ToolSpec(name="lookup", description="", parameters={"type": "object"}, effect="read")


class CountingClock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def ask(*texts: str, **fields: Any) -> ModelRequest:
    """Alternate between the user and the model."""
    roles = ["user", "assistant"]
    messages = [
        Message.model_validate({"role": roles[n % 2], "content": text})
        for n, text in enumerate(texts or ("hello",))
    ]
    return ModelRequest(model="scripted:x", messages=tuple(messages), **fields)


async def say(model: ScriptedModel, *texts: str, **fields: Any) -> str:
    answer = await model.complete(ask(*texts, **fields), timeout_seconds=1)
    return answer.message.content


async def test_list_is_given_in_order_then_the_default() -> None:
    """The list is used up, the default is not."""
    model = ScriptedModel(
        Script(replies=(Reply(text="a"), Reply(text="b")), default=Reply(text="z"))
    )
    assert [await say(model) for _ in range(4)] == ["a", "b", "z", "z"]


async def test_first_matching_rule_answers_before_the_list() -> None:
    """Rules are tried in order and do not use up the list."""
    rules = (
        Rule(contains="cat", replies=(Reply(text="miaow"),)),
        Rule(regex=r"^c", replies=(Reply(text="c"),)),
        Rule(model="other", replies=(Reply(text="other"),)),
    )
    model = ScriptedModel(Script(rules=rules, replies=(Reply(text="listed"),)))
    assert [await say(model, text) for text in ("a cat", "cow", "dog")] == ["miaow", "c", "listed"]


async def test_rule_gives_its_replies_in_order_and_keeps_the_last() -> None:
    """First a fault, then well: the usual retry."""
    rule = Rule(replies=(Reply(fault=ModelFault(kind="status")), Reply(text="well")))
    model = ScriptedModel(Script(rules=(rule,)))
    with pytest.raises(TransientError):
        await say(model)
    assert [await say(model), await say(model)] == ["well", "well"]


async def test_rule_by_turn_needs_no_memory() -> None:
    """The same transcript gets the same answer, however often and after whatever."""
    rule = Rule(replies=(Reply(text="first"), Reply(text="second")), by="turn")
    model = ScriptedModel(Script(rules=(rule,)))
    assert [await say(model, "q"), await say(model, "q")] == ["first", "first"]
    assert await say(model, "q", "first") == "second"
    assert await say(model, "q", "first", "q2") == "first"


async def test_rule_is_gone_after_its_times() -> None:
    """So often at most."""
    model = ScriptedModel(Script(rules=(Rule(replies=(Reply(text="once"),), times=1),)))
    assert await say(model) == "once"
    assert await say(model) == "scripted:echo heard: hello"


async def test_rule_looks_at_tools_and_everywhere() -> None:
    """Conditions hold together."""
    rules = (
        Rule(tool="lookup", replies=(Reply(text="tool"),)),
        Rule(contains="early", anywhere=True, replies=(Reply(text="before"),)),
    )
    model = ScriptedModel(Script(rules=rules))
    assert await say(model, tools=(TOOL,)) == "tool"
    assert await say(model, "early", "x", "late") == "before"


async def test_rule_may_ask_python() -> None:
    """A callable sees all that was asked."""

    def shout(asked: Asked) -> Reply:
        return Reply(text=asked.last_user_text.upper())

    model = ScriptedModel(Script(rules=(Rule(answer=shout),)))
    assert await say(model, "hello") == "HELLO"


async def test_calls_are_noted_before_anything_else() -> None:
    """A call that fails has been made as well; equal requests are counted together."""
    model = ScriptedModel(Script(replies=(Reply(fault=ModelFault(kind="reset")),)))
    with pytest.raises(TransientError):
        await model.complete(ask(), timeout_seconds=1, call_id="a!1")
    await model.complete(ask(), timeout_seconds=1, call_id="a!2")
    await model.complete(ask("other"), timeout_seconds=1)
    assert [call.call_id for call in model.calls] == ["a!1", "a!2", None]
    assert sorted(model.counts.values()) == [1, 2]


async def test_scripted_answer_is_stamped() -> None:
    """Free, and impossible to mistake."""
    model = ScriptedModel(Script(name="demo", replies=(Reply(value={"a": 1}),)))
    answer = await model.complete(ask(), timeout_seconds=1)
    assert (answer.scripted, answer.provider, answer.model) == (True, "scripted", "scripted:demo")
    assert answer.price.source == "scripted"
    assert answer.usage is not None
    assert json.loads(answer.message.content) == {"a": 1}
    assert model.profile(None).scripted


async def test_calls_and_their_usage_come_as_written() -> None:
    """Arguments given as text stay as they are, malformed or not."""
    usage = Usage(input_tokens=10, cached_tokens=4, output_tokens=2)
    calls = (ScriptedCall(name="f", arguments="{"), ScriptedCall(name="g", arguments={"x": 1}))
    model = ScriptedModel(Script(replies=(Reply(calls=calls, usage=usage),)))
    answer = await model.complete(ask(), timeout_seconds=1)
    assert [call.arguments for call in answer.message.tool_calls] == ["{", '{"x": 1}']
    assert answer.finish_reason == "tool_calls"
    assert answer.usage == usage


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (ModelFault(kind="status", status=500), TransientError),
        (ModelFault(kind="status", status=401), PermanentError),
        (ModelFault(kind="status", status=429), TransientError),
        (ModelFault(kind="status", status=429, code="insufficient_quota"), PermanentError),
        (ModelFault(kind="half_body"), TransientError),
        (ModelFault(kind="html_page"), TransientError),
        (ModelFault(kind="hang"), TransientError),
    ],
)
async def test_faults_are_the_errors_of_a_real_client(
    fault: ModelFault, kind: type[Exception]
) -> None:
    """A unit test sees the same classes as an integration test."""
    with pytest.raises(kind):
        await say(ScriptedModel(Script(replies=(Reply(fault=fault),))))


async def test_retry_after_is_handed_on() -> None:
    """The wait that was asked for is in the error."""
    fault = ModelFault(kind="status", status=429, headers={"retry-after": "4"})
    with pytest.raises(TransientError) as caught:
        await say(ScriptedModel(Script(replies=(Reply(fault=fault),))))
    assert caught.value.retry_after_seconds == 4


async def test_time_is_only_the_clocks() -> None:
    """A delay is slept on the clock, a hang until the deadline."""
    clock = CountingClock()
    script = Script(replies=(Reply(text="a", delay_seconds=0.5), Reply(text="b", delay_seconds=3)))
    model = ScriptedModel(script, clock=clock)
    assert await say(model) == "a"
    with pytest.raises(TransientError, match="within 1 s"):
        await say(model)
    assert clock.slept == [0.5, 1]


def test_script_survives_being_written_to_a_file() -> None:
    """A process reads what another wrote."""
    script = Script(
        name="s",
        rules=(Rule(contains="x", replies=(Reply(fault=ModelFault(kind="reset")),), by="turn"),),
        default=Reply(value=[1]),
    )
    assert Script.model_validate_json(script.model_dump_json()) == script


SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
    {"type": "array", "items": {"enum": ["up", "flat", "down"]}, "minItems": 3},
    {"type": "array", "maxItems": 0},
    {"type": "integer", "minimum": 3, "maximum": 4},
    {"type": "integer", "exclusiveMinimum": 3, "multipleOf": 5},
    {"type": "number", "maximum": -1.5},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.25},
    {"type": "string", "minLength": 30, "maxLength": 31},
    {"type": "string", "maxLength": 3},
    {"type": "string", "format": "date"},
    {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    {"type": "string", "pattern": "^[A-Z]{3}$"},
    {"type": ["null", "boolean"]},
    {"const": {"x": [1]}},
    {"anyOf": [{"type": "null"}, {"type": "integer"}]},
    {"allOf": [{"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]},
    {
        "$defs": {
            "tree": {
                "type": "object",
                "properties": {"kids": {"$ref": "#/$defs/kids"}},
                "required": ["kids"],
            },
            "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
        },
        "$ref": "#/$defs/tree",
    },
    {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]},
    {"properties": {"a": {"const": 1}}, "required": ["a", "b"]},
    {},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
@pytest.mark.parametrize("seed", ["", "a", "b", "c", "d"])
def test_sample_satisfies_its_schema(schema: dict[str, Any], seed: str) -> None:
    """Whatever the seed, and the same for the same seed."""
    sample = sample_of(schema, seed=seed)
    jsonschema.validate(sample, schema)
    assert sample == sample_of(schema, seed=seed)


def test_choice_that_ends_the_conversation_is_preferred() -> None:
    """A model without a script does not call tools for ever."""
    branches: list[Any] = [
        {"properties": {"tool": {"const": name}}, "required": ["tool"]}
        for name in ("publish", "lookup", "final_answer")
    ]
    for seed in "abcdefgh":
        assert sample_of({"anyOf": branches}, seed=seed) == {"tool": "final_answer"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^no-example-of-(this|that)$"},
        {"$ref": "#/$defs/nowhere"},
        {
            "$defs": {"a": {"properties": {"a": {"$ref": "#/$defs/a"}}, "required": ["a"]}},
            "$ref": "#/$defs/a",
        },
    ],
    ids=["pattern", "reference", "endless"],
)
def test_schema_beyond_the_generator_says_so(schema: dict[str, Any]) -> None:
    """Better no answer than a wrong one."""
    with pytest.raises(ValueError, match=r"pattern|refers|deeply"):
        sample_of(schema)


async def test_script_of_values_says_them_in_turn() -> None:
    """Texts, values, calls and faults are said as what they are; then it echoes."""
    call = ScriptedCall(name="look", arguments={"q": 1})
    script = Script.of("hello", {"a": [1]}, ["b"], call, (call, call), fails(429), Reply(text="x"))
    model = ScriptedModel(script)
    answers = [await model.complete(ask(), timeout_seconds=1) for _ in range(5)]
    assert [one.message.content for one in answers] == ["hello", '{"a": [1]}', '["b"]', "", ""]
    assert [len(one.message.tool_calls) for one in answers] == [0, 0, 0, 1, 2]
    with pytest.raises(TransientError, match="HTTP 429"):
        await model.complete(ask(), timeout_seconds=1)
    assert (await model.complete(ask(), timeout_seconds=1)).message.content == "x"
    assert "heard" in (await model.complete(ask(), timeout_seconds=1)).message.content


async def test_text_is_told_in_pieces() -> None:
    """As a stream would be, so that who watches can be tested without a socket."""
    seen: list[str] = []
    model = ScriptedModel(Script.of("a text of more than one piece"))
    await model.complete(ask(), timeout_seconds=1, on_text=seen.append)
    assert len(seen) > 1
    assert "".join(seen) == "a text of more than one piece"
