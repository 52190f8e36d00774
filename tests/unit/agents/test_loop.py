"""Agents: a bounded loop of model and tool calls, each journaled, none made twice."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import pytest
from pydantic import BaseModel, JsonValue
from typing_extensions import override

from mn_notebook.agents.calling import call_here
from mn_notebook.agents.code import Functions
from mn_notebook.agents.handlers import Code, make_handlers
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.told import told_of
from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.domain.events import (
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ToolJudged,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.judging import CHANGED
from mn_notebook.domain.messages import ModelProfile, ModelRequest, Price, Usage
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.workflow import Effect, ToolUse
from mn_notebook.errors import ModelMissing, PermanentError
from mn_notebook.ports import FailedWith, WaitsFor
from mn_notebook.testing import ModelFault, Reply, Script, ScriptedCall, ScriptedModel
from mn_notebook.testing.doubles import FakeClock
from tests.unit.agents.bench import Bench, an_agent, error_of, output_of

BRIEF: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "score": {"type": "integer"}},
    "required": ["text", "score"],
    "additionalProperties": False,
}
GOOD: dict[str, JsonValue] = {"text": "up", "score": 8}
Mode = Literal["native", "schema"]


class Place(BaseModel):
    city: str


class Killed(BaseException):
    """The process ends here."""


class Shelf:
    """Tools that note what they were called with."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.kill = False
        self.fault: Exception | None = None
        self.answer: Any = "found"
        self.registry = ToolRegistry()
        for name, function, effect in (
            ("find", self.find, "read"),
            ("post", self.post, "write"),
            ("visit", self.visit, "read"),
        ):
            self._add(name, function, effect)  # type: ignore[arg-type]  # an effect

    def _add(self, name: str, function: Callable[..., Any], effect: Effect) -> None:
        self.registry.add(make_tool(function, name=name, effect=effect))

    def _done(self, *what: Any) -> Any:
        self.seen.append(what)
        if self.kill:
            raise Killed
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        return self.answer

    def find(self, q: str, region: str = "us") -> Any:
        """Find something."""
        return self._done("find", q, region)

    def post(self, text: str, *, idempotency_key: str) -> Any:
        """Post something."""
        return self._done("post", text, idempotency_key)

    def visit(self, place: Place) -> Any:
        """Go somewhere."""
        return self._done("visit", place.city)


class Setting:
    """An agent with its models and tools."""

    def __init__(
        self,
        *replies: Reply,
        tools: tuple[str | ToolUse, ...] = ("find", "post"),
        mode: Mode = "native",
        given: dict[str, JsonValue] | None = None,
        **step: object,
    ) -> None:
        self.shelf = Shelf()
        self.models = ScriptedModel(Script(name="test", replies=replies), tool_mode=mode)
        code = Code(self.shelf.registry, Functions())
        self.changed = False
        """The code of its tools is another one than when the run was started."""
        judge = Judge(changed=lambda _run_id, _name: self.changed)
        handlers = make_handlers(code, self.models, FakeClock(), call=call_here, judge=judge)
        rendered: dict[str, JsonValue] = {"prompt": "What is known?", **(given or {})}
        self.bench = Bench(handlers["agent"], an_agent(*tools, **step), rendered)

    @property
    def asked(self) -> list[ModelRequest]:
        return [made.request for made in self.models.calls]

    def told(self) -> list[str]:
        """Return what the last model call was told of tools."""
        return [
            message.content
            for message in self.asked[-1].messages
            if message.role == "tool" or " gave: " in message.content
        ]


def wants(*calls: tuple[str, JsonValue], mode: Mode = "native") -> Reply:
    if mode == "schema":
        ((name, arguments),) = calls
        return Reply(value={"tool": name, "arguments": arguments})
    return Reply(calls=tuple(ScriptedCall(name=name, arguments=args) for name, args in calls))


def final(value: JsonValue, mode: Mode = "native") -> Reply:
    if mode == "native":
        return Reply(text=value) if isinstance(value, str) else Reply(value=value)
    arguments = {"text": value} if isinstance(value, str) else value
    return Reply(value={"tool": "final_answer", "arguments": arguments})


both_modes = pytest.mark.parametrize("mode", ["native", "schema"])


# --- answers -----------------------------------------------------------------------------------


@both_modes
async def test_text_is_the_output(mode: Mode) -> None:
    """Without a declared output an agent's output is what it says."""
    setting = Setting(final("It went up.", mode), mode=mode)
    assert output_of(await setting.bench.attempt()) == "It went up."
    assert len(setting.asked) == 1


@both_modes
async def test_declared_output_is_asked_for_and_checked(mode: Mode) -> None:
    """The schema goes with the request, and the value comes back decoded."""
    setting = Setting(final(GOOD, mode), mode=mode, output=BRIEF)
    assert output_of(await setting.bench.attempt()) == GOOD
    asked = setting.asked[0]
    assert asked.response_schema is not None
    wrapped: JsonValue = {"tool": "final_answer", "arguments": GOOD} if mode == "schema" else GOOD
    assert first_fault(wrapped, asked.response_schema) is None
    assert bool(asked.tools) is (mode == "native")


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(text='```json\n{"text": "up", "score": 8}\n```'), id="fenced"),
        pytest.param(Reply(text=' {"text": "up", "score": 8}\n'), id="with blanks"),
    ],
)
async def test_habits_of_chat_models_are_forgiven(reply: Reply) -> None:
    """A fence around JSON costs no re-ask."""
    setting = Setting(reply, output=BRIEF)
    assert output_of(await setting.bench.attempt()) == GOOD
    assert len(setting.asked) == 1


MALFORMED = [
    pytest.param(Reply(text="I think it went up."), "not JSON", id="prose"),
    pytest.param(Reply(text='{"text": "up"'), "not JSON", id="half"),
    pytest.param(Reply(value={"text": "up"}), "score", id="a field is missing"),
    pytest.param(Reply(value={"text": "up", "score": "8"}), "score", id="wrong type"),
    pytest.param(Reply(value=[1]), "not of type", id="no object"),
    pytest.param(Reply(text="null"), "null", id="null"),
    pytest.param(Reply(text="  "), "not JSON", id="empty"),
    pytest.param(Reply(text='{"text": "up', finish_reason="length"), "length limit", id="cut off"),
    pytest.param(Reply(text="", finish_reason="content_filter"), "content filter", id="filtered"),
]


@pytest.mark.parametrize(("reply", "said"), MALFORMED)
async def test_malformed_answer_is_asked_for_again(reply: Reply, said: str) -> None:
    """The model is told what is wrong, once for each fault, at the price of one call."""
    setting = Setting(reply, final(GOOD), output=BRIEF)
    assert output_of(await setting.bench.attempt()) == GOOD
    assert len(setting.asked) == 2
    complaint = setting.asked[1].messages[-1]
    assert complaint.role == "user"
    assert said in complaint.content
    assert [event.reask for event in setting.bench.of(ModelRequested)] == [False, True]


@pytest.mark.parametrize(("reply", "said"), MALFORMED)
async def test_asking_again_is_bounded(reply: Reply, said: str) -> None:
    """After two re-asks the step fails for good, with the last fault."""
    setting = Setting(reply, reply, reply, final(GOOD), output=BRIEF)
    outcome = await setting.bench.attempt()
    assert isinstance(outcome, FailedWith)
    assert (outcome.error.type, outcome.error.permanent) == ("OutputInvalid", True)
    assert said in outcome.error.message
    assert len(setting.asked) == 3


@both_modes
async def test_empty_text_is_malformed(mode: Mode) -> None:
    """Silence is no answer."""
    setting = Setting(Reply(text=" "), final("up", mode), mode=mode)
    assert output_of(await setting.bench.attempt()) == "up"


async def test_choice_of_no_known_form_is_asked_for_again() -> None:
    """In the schema mode an answer is a choice, or it is malformed."""
    setting = Setting(Reply(text="up"), final("up", "schema"), mode="schema")
    assert output_of(await setting.bench.attempt()) == "up"
    assert "not a choice of the form" in setting.asked[1].messages[-1].content


# --- tools -------------------------------------------------------------------------------------


@both_modes
async def test_tool_is_called_and_its_result_told(mode: Mode) -> None:
    """Call, result, answer: three entries of the journal before the next question."""
    setting = Setting(wants(("find", {"q": "a"}), mode=mode), final("up", mode), mode=mode)
    assert output_of(await setting.bench.attempt()) == "up"
    assert setting.shelf.seen == [("find", "a", "us")]
    assert [text.removeprefix("find gave: ") for text in setting.told()] == ["found"]
    assert setting.bench.kinds[2:] == [
        *("step.started", "model.requested", "model.responded"),
        *("tool.started", "tool.succeeded", "model.requested", "model.responded"),
    ]


async def test_first_question_costs_no_commit_of_its_own() -> None:
    """The intent of the first call is in the commit that starts the attempt."""
    setting = Setting(final("up"))
    await setting.bench.attempt()
    assert [event.kind for event in setting.bench.commits[1]] == ["step.started", "model.requested"]


async def test_several_calls_of_one_answer_are_made_in_order() -> None:
    """Each has its own entry, its own id, and its own result."""
    setting = Setting(
        wants(("find", {"q": "a"}), ("find", {"q": "b"}), ("find", {"q": "a"})), final("up")
    )
    assert output_of(await setting.bench.attempt()) == "up"
    assert [q for _, q, _ in setting.shelf.seen] == ["a", "b", "a"]
    started = setting.bench.of(ToolStarted)
    assert [event.index for event in started] == [0, 1, 2]
    assert len({event.call_id for event in started}) == 3
    assert len({event.key for event in started}) == 3
    assert len(setting.asked) == 2


@both_modes
@pytest.mark.parametrize(
    ("name", "args", "said"),
    [
        pytest.param("fetch", {"q": "a"}, "there is no tool 'fetch'; the tools are: find", id="?"),
        pytest.param("find", {}, "the arguments do not fit", id="missing argument"),
        pytest.param("find", {"q": 5}, "the arguments do not fit", id="wrong type"),
        pytest.param("find", {"q": "a", "x": 1}, "the arguments do not fit", id="unknown argument"),
        pytest.param("find", [1], "the arguments do not fit", id="no object"),
    ],
)
async def test_call_that_cannot_be_is_refused_and_told(
    mode: Mode, name: str, args: JsonValue, said: str
) -> None:
    """The model learns why, and may do better; nothing is called, the refusal is recorded."""
    setting = Setting(
        wants((name, args), mode=mode),
        wants(("find", {"q": "a"}), mode=mode),
        final("up", mode),
        mode=mode,
        tools=("find",),
    )
    assert output_of(await setting.bench.attempt()) == "up"
    assert setting.shelf.seen == [("find", "a", "us")]
    (refusal,) = setting.bench.of(ToolJudged)
    assert refusal.verdict == "refuse"
    assert said in refusal.because
    assert said in setting.told()[0]


async def test_arguments_that_are_no_json_are_refused() -> None:
    """Half of an object is shown back as it was."""
    setting = Setting(wants(("find", '{"q": "a')), final("up"))
    assert output_of(await setting.bench.attempt()) == "up"
    assert "not JSON" in setting.told()[0]
    assert setting.bench.load(setting.bench.of(ToolJudged)[0].args) == {"malformed": '{"q": "a'}


async def test_failing_tool_is_told_and_does_not_fail_the_step() -> None:
    """A model can work around a tool that does not work."""
    setting = Setting(wants(("find", {"q": "a"})), final("up"))
    setting.shelf.fault = TimeoutError("late")
    assert output_of(await setting.bench.attempt()) == "up"
    assert setting.told() == ["error: TimeoutError: late"]


async def test_long_result_is_cut_with_a_word() -> None:
    """The whole is in the journal; the model is shown a part, and told so."""
    setting = Setting(wants(("find", {"q": "a"})), final("up"))
    setting.shelf.answer = "x" * 8_500
    await setting.bench.attempt()
    said = "… (cut: 500 of 8,500 characters are left out here) …"
    assert setting.told() == [f"{'x' * 6_000}\n{said}\n{'x' * 2_000}"]
    assert "tool.shortened" in setting.bench.kinds
    kept = setting.bench.load(setting.bench.of(ToolSucceeded)[0].output)
    assert kept == setting.shelf.answer


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("é", "é", id="text as it is"),
        pytest.param({"a": ["é"]}, '{"a": ["é"]}', id="object as JSON"),
        pytest.param(None, "null", id="nothing"),
    ],
)
def test_result_is_told_as_text(value: JsonValue, text: str) -> None:
    """A model reads text."""
    assert told_of(value) == text


async def test_turns_are_bounded() -> None:
    """An agent that never answers fails with a word about `turns`."""
    setting = Setting(*[wants(("find", {"q": str(n)})) for n in range(9)], turns=3)
    outcome = await setting.bench.attempt()
    assert isinstance(outcome, FailedWith)
    assert (outcome.error.type, outcome.error.permanent) == ("TurnsExhausted", True)
    assert "within 3 turns; raise `turns`" in outcome.error.message
    assert len(setting.asked) == 3


@both_modes
async def test_bound_arguments_are_the_workflows(mode: Mode) -> None:
    """The model neither sees nor overrides what the workflow sets."""
    setting = Setting(
        wants(("find", {"q": "a", "region": "us"}), mode=mode),
        wants(("find", {"q": "a"}), mode=mode),
        final("up", mode),
        mode=mode,
        tools=("find",),
        given={"tools": {"find": {"region": "eu"}}},
    )
    assert output_of(await setting.bench.attempt()) == "up"
    assert setting.shelf.seen == [("find", "a", "eu")]
    done = (one for one in setting.bench.calls() if one.kind == "tool")
    made = next(one for one in done if one.status == "succeeded")
    assert made.args.value == {"q": "a", "region": "eu"}, "the journal has the call in full"
    assert "region" not in str(setting.asked[0].tools)
    assert "region" not in setting.asked[0].messages[0].content


@both_modes
async def test_tool_with_a_model_of_the_notebook(mode: Mode) -> None:
    """Definitions inside a tool's schema hold in either mode."""
    place: JsonValue = {"place": {"city": "Bern"}}
    setting = Setting(
        wants(("visit", place), mode=mode), final("up", mode), mode=mode, tools=("visit",)
    )
    assert output_of(await setting.bench.attempt()) == "up"
    assert setting.shelf.seen == [("visit", "Bern")]
    if mode == "schema":
        schema = setting.asked[0].response_schema
        assert schema is not None
        assert first_fault({"tool": "visit", "arguments": place}, schema) is None
        assert first_fault({"tool": "visit", "arguments": {"place": 5}}, schema) is not None


# --- writes ------------------------------------------------------------------------------------


@both_modes
async def test_write_waits_for_a_person_and_goes_on(mode: Mode) -> None:
    """The call that was approved is made once; nothing is asked of the model meanwhile."""
    setting = Setting(wants(("post", {"text": "t"}), mode=mode), final("done", mode), mode=mode)
    outcome = await setting.bench.attempt()
    assert isinstance(outcome, WaitsFor)
    assert (outcome.subject, outcome.prompt) == ("call", "May 'post' be called? It writes.")
    assert setting.shelf.seen == []
    setting.bench.decide("approve")
    assert output_of(await setting.bench.go_on()) == "done"
    key = setting.bench.of(ToolStarted)[0].key
    assert setting.shelf.seen == [("post", "t", key)]
    assert len(setting.asked) == 2


async def test_refusal_is_told_with_its_reason() -> None:
    """The model hears the person's words and may go another way."""
    setting = Setting(wants(("post", {"text": "t"})), final("then not"))
    await setting.bench.attempt()
    setting.bench.decide("reject", because="too early")
    assert output_of(await setting.bench.go_on()) == "then not"
    assert setting.told() == ["refused: too early"]
    assert setting.shelf.seen == []


async def test_refused_write_that_is_wanted_again_is_asked_again() -> None:
    """A refusal holds for one call; the next one has another key."""
    setting = Setting(wants(("post", {"text": "t"})), wants(("post", {"text": "t"})), final("ok"))
    await setting.bench.attempt()
    setting.bench.decide("reject")
    assert isinstance(await setting.bench.go_on(), WaitsFor)
    assert len({event.key for event in setting.bench.of(ToolJudged)}) == 2


async def test_several_writes_of_one_answer_are_asked_one_by_one() -> None:
    """Each write has a decision of its own, and is made once."""
    setting = Setting(wants(("post", {"text": "a"}), ("post", {"text": "b"})), final("done"))
    await setting.bench.attempt()
    setting.bench.decide("approve")
    assert isinstance(await setting.bench.go_on(), WaitsFor)
    setting.bench.decide("approve")
    assert output_of(await setting.bench.go_on()) == "done"
    assert [text for _, text, _ in setting.shelf.seen] == ["a", "b"]


async def test_write_that_lost_its_connection_is_asked_about() -> None:
    """The agent does not go on before somebody knows."""
    setting = Setting(wants(("post", {"text": "t"})), final("done"))
    await setting.bench.attempt()
    setting.bench.decide("approve")
    setting.shelf.fault = ConnectionResetError("gone")
    outcome = await setting.bench.go_on()
    assert isinstance(outcome, WaitsFor)
    assert outcome.subject == "in_doubt"
    setting.bench.decide("happened", value="id 7")
    assert output_of(await setting.bench.go_on()) == "done"
    assert setting.told() == ["id 7"]
    assert len(setting.shelf.seen) == 1


async def test_write_that_did_not_happen_is_made_with_its_key() -> None:
    """The person's word is enough; the same call is made."""
    setting = Setting(wants(("post", {"text": "t"})), final("done"))
    await setting.bench.attempt()
    setting.bench.decide("approve")
    setting.shelf.fault = TimeoutError()
    await setting.bench.go_on()
    setting.bench.decide("not_happened")
    assert output_of(await setting.bench.go_on()) == "done"
    assert len({key for _, _, key in setting.shelf.seen}) == 1
    assert len(setting.shelf.seen) == 2


# --- crashes and retries -----------------------------------------------------------------------


async def test_crash_in_a_tool_repeats_neither_model_nor_finished_tool() -> None:
    """What the journal holds is used; only the open call is made again, with its key."""
    setting = Setting(wants(("find", {"q": "a"}), ("find", {"q": "b"})), final("up"))
    find, seen = setting.shelf, setting.shelf.seen
    find.answer = "one"
    original = find._done

    def kill_at_b(*what: Any) -> Any:
        find.kill = what[1] == "b" and len(seen) < 2
        return original(*what)

    find._done = kill_at_b  # type: ignore[method-assign]
    with pytest.raises(Killed):
        await setting.bench.attempt()
    setting.bench.die()
    assert output_of(await setting.bench.attempt()) == "up"
    assert [q for _, q, _ in seen] == ["a", "b", "b"]
    assert len(setting.asked) == 2
    assert len({event.key for event in setting.bench.of(ToolStarted)}) == 2


async def test_crash_in_a_write_asks_a_person() -> None:
    """Nobody knows whether it happened."""
    setting = Setting(wants(("post", {"text": "t"})), final("done"))
    await setting.bench.attempt()
    setting.bench.decide("approve")
    setting.shelf.kill = True
    with pytest.raises(Killed):
        await setting.bench.go_on()
    setting.bench.die()
    outcome = await setting.bench.attempt()
    assert isinstance(outcome, WaitsFor)
    assert outcome.subject == "in_doubt"
    assert len(setting.shelf.seen) == 1


async def test_a_write_left_open_stays_one_whatever_its_tool_says_of_itself_now() -> None:
    """It may have happened; that a tool of its name only reads by now does not undo that."""
    setting = Setting(wants(("post", {"text": "t"})), final("done"))
    await setting.bench.attempt()
    setting.bench.decide("approve")
    setting.shelf.kill = True
    with pytest.raises(Killed):
        await setting.bench.go_on()
    setting.bench.die()
    setting.shelf.kill = False
    setting.shelf.registry.add(make_tool(setting.shelf.post, name="post", effect="read"))
    outcome = await setting.bench.attempt()
    assert isinstance(outcome, WaitsFor)
    assert outcome.subject == "in_doubt"
    assert len(setting.shelf.seen) == 1


async def test_other_code_does_not_make_unasked_what_a_person_says_did_not_happen() -> None:
    """He was asked about the old one; the call is asked about, and then made once."""
    setting = Setting(wants(("post", {"text": "t"})), final("done"))
    await setting.bench.attempt()
    setting.bench.decide("approve")
    setting.shelf.kill = True
    with pytest.raises(Killed):
        await setting.bench.go_on()
    setting.bench.die()
    await setting.bench.attempt()
    setting.shelf.kill, setting.changed = False, True
    setting.bench.decide("not_happened")
    outcome = await setting.bench.go_on()
    assert isinstance(outcome, WaitsFor)
    assert outcome.subject == "call"
    assert CHANGED in outcome.because
    assert len(setting.shelf.seen) == 1
    setting.bench.decide("approve")
    assert output_of(await setting.bench.go_on()) == "done"
    assert len(setting.shelf.seen) == 2
    assert len({event.key for event in setting.bench.of(ToolStarted)}) == 1


async def test_crash_in_a_model_call_asks_once_more() -> None:
    """Its answer will never come; the finished calls stay."""
    setting = Setting(wants(("find", {"q": "a"})), final("up"))
    setting.bench.begin()
    setting.bench.die()
    assert output_of(await setting.bench.attempt()) == "up"
    ids = [event.call_id for event in setting.bench.of(ModelRequested)]
    assert ids == ["act!1", "act!2", "act!4"]
    assert setting.shelf.seen == [("find", "a", "us")]


@pytest.mark.parametrize("kind", ["reset", "status", "hang", "malformed_json"])
async def test_failed_connection_keeps_the_transcript(kind: Any) -> None:
    """A retry after a passing failure repeats no earlier call."""
    setting = Setting(
        wants(("find", {"q": "a"})),
        Reply(fault=ModelFault(kind=kind, headers={"retry-after": "4"})),
        final("up"),
    )
    outcome = await setting.bench.attempt()
    assert isinstance(outcome, FailedWith)
    assert not outcome.error.permanent
    assert outcome.error.retry_after_seconds == (4 if kind == "status" else None)
    assert output_of(await setting.bench.attempt()) == "up"
    assert len(setting.shelf.seen) == 1
    assert setting.told() == ["found"]
    assert len(setting.bench.of(ModelFailed)) == 1


async def test_lasting_failure_of_a_model_fails_the_step_for_good() -> None:
    """A wrong key does not become right."""
    setting = Setting(Reply(fault=ModelFault(kind="status", status=401)))
    outcome = await setting.bench.attempt()
    assert isinstance(outcome, FailedWith)
    assert outcome.error.permanent
    assert "401" in outcome.error.message


async def test_other_failure_asks_the_model_anew() -> None:
    """Where nothing was written, a malformed conversation is not continued."""
    bad = Reply(text="no")
    setting = Setting(wants(("find", {"q": "a"})), bad, bad, bad, final(GOOD), output=BRIEF)
    await setting.bench.attempt()
    assert output_of(await setting.bench.attempt()) == GOOD
    assert len(setting.asked[-1].messages) == 2


async def test_other_failure_after_a_write_continues_the_transcript() -> None:
    """A fresh conversation would write again."""
    bad = Reply(text="no")
    setting = Setting(wants(("post", {"text": "t"})), bad, bad, bad, final(GOOD), output=BRIEF)
    await setting.bench.attempt()
    setting.bench.decide("approve")
    assert "malformed" in error_of(await setting.bench.go_on())
    await setting.bench.attempt()
    assert len(setting.shelf.seen) == 1


async def test_tool_that_went_away_is_not_offered() -> None:
    """A cell may be deleted while the agent thinks: the model is told, and may go another way."""
    setting = Setting(wants(("find", {"q": "a"})), final("up"))
    setting.bench.begin()
    setting.shelf.registry._tools.pop("find")
    assert output_of(await setting.bench.run()) == "up"
    assert "there is no tool 'find'" in setting.told()[0]


async def test_approved_tool_that_went_away_fails_with_a_sentence() -> None:
    """What was approved cannot be replaced by something else."""
    setting = Setting(wants(("post", {"text": "t"})), final("up"))
    await setting.bench.attempt()
    setting.bench.decide("approve")
    setting.shelf.registry._tools.clear()
    with pytest.raises(PermanentError, match="the tool 'post' is not there any more"):
        await setting.bench.go_on()


# --- what is recorded --------------------------------------------------------------------------


async def test_usage_price_and_stamp_are_recorded() -> None:
    """Every call says what it used, what it cost, who answered, and that it was scripted."""
    usage = Usage(input_tokens=100, cached_tokens=40, output_tokens=7)
    setting = Setting(Reply(text="up", usage=usage, model="other"))
    await setting.bench.attempt()
    (event,) = setting.bench.of(ModelResponded)
    assert (event.usage, event.model, event.scripted) == (usage, "other", True)
    assert event.price == Price(usd=Decimal(0), source="scripted", matched="other")
    assert setting.bench.of(ModelRequested)[0].model == "scripted:test"
    assert setting.bench.instance.usage == usage


async def test_unsaid_usage_stays_unknown() -> None:
    """What the server does not say is not made up."""
    setting = Setting(Reply(text="up", says_usage=False))
    await setting.bench.attempt()
    assert setting.bench.of(ModelResponded)[0].usage is None


async def test_calls_are_named_to_the_outside() -> None:
    """The outside can tell a repetition by the id of the call."""
    setting = Setting(wants(("find", {"q": "a"})), final("up"))
    await setting.bench.attempt()
    assert [made.call_id for made in setting.models.calls] == [
        "run0000000000000/act!1",
        "run0000000000000/act!3",
    ]


async def test_journal_grows_linearly() -> None:
    """A request is recorded by the hashes of its messages, not by its transcript again."""
    setting = Setting(wants(("find", {"q": "a"})), final("up"))
    setting.shelf.answer = "y" * 5000
    await setting.bench.attempt()
    requests = setting.bench.of(ModelRequested)
    assert all(len(event.model_dump_json()) < 600 for event in requests)
    assert requests[1].messages[:2] == requests[0].messages
    assert requests[1].request_hash != requests[0].request_hash


# --- what an agent needs -----------------------------------------------------------------------


class NoModels(ScriptedModel):
    """Nothing is configured."""

    @override
    def profile(self, model: str | None) -> ModelProfile:
        raise ModelMissing("no model is configured: set OPENAI_API_KEY")


async def test_without_a_model_the_step_fails_closed() -> None:
    """Nothing is announced, nothing is called, and one sentence says what to do."""
    handlers = make_handlers(Code(ToolRegistry(), Functions()), NoModels(), FakeClock())
    bench = Bench(handlers["agent"], an_agent(), {"prompt": "x"})
    with pytest.raises(ModelMissing, match="no model is configured: set OPENAI_API_KEY"):
        await bench.attempt()
    assert bench.of(ModelRequested) == []
    assert handlers["agent"].identity(bench.step) is not None


@pytest.mark.parametrize(
    ("tools", "effect"),
    [
        pytest.param((), "read", id="none"),
        pytest.param(("find",), "read", id="reads"),
        pytest.param(("find", "post"), "write", id="writes"),
    ],
)
def test_effect_of_an_agent_is_its_strongest_tools(tools: tuple[str, ...], effect: str) -> None:
    """What an agent may do, it is taken to do."""
    setting = Setting(tools=tools)
    assert setting.bench.handler.effect(setting.bench.step) == effect


def test_missing_tool_is_named() -> None:
    """The step waits for the cell that defines it."""
    setting = Setting(tools=("find", "fly"))
    missing = setting.bench.handler.missing(setting.bench.step)
    assert missing == "the tool 'fly' is not there: run the cell that defines it"


def test_identity_changes_with_tool_model_and_output() -> None:
    """What determines an agent besides its prompt is in its key."""
    identities = [
        str(setting.bench.handler.identity(setting.bench.step))
        for setting in (
            Setting(),
            Setting(tools=("find",)),
            Setting(model="other"),
            Setting(output=BRIEF),
            Setting(turns=3),
        )
    ]
    assert len(set(identities)) == len(identities)
