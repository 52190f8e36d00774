"""The world outside the process: it survives every crash and keeps books on all that reaches it."""

import asyncio
import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, NoReturn

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.agents.calling import Returned, call_here
from mn_notebook.agents.code import Functions
from mn_notebook.agents.handlers import Code
from mn_notebook.agents.tools import Tool, ToolRegistry, make_tool
from mn_notebook.domain.answers import FINAL
from mn_notebook.domain.ids import CallId, StepName, StepPath, content_hash, item_path
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.domain.state import Call, RunState
from mn_notebook.domain.workflow import AgentStep
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.ports import Clock, ModelClient
from mn_notebook.testing import Asked, Crash, Reply, Rule, Script, ScriptedCall, ScriptedModel
from tests.simulation.cases import Case
from tests.simulation.witness import Identity, Witness, python_name

ADDRESS = re.compile(r"^\[(\w+)\|([^\]]*)\]", re.MULTILINE)
PAD = "x" * 70_000
"""More than an event holds."""


@functools.cache
def tools() -> dict[str, Tool]:
    """Return the four tools as a workflow sees them; each process puts its own functions in."""

    def look(me: str, item: Any = None, given: Any = None, *, idempotency_key: str) -> Any:
        """Look something up."""

    def put(me: str, item: Any = None, given: Any = None, *, idempotency_key: str) -> Any:
        """Put something where it may be already."""

    def send(me: str, item: Any = None, given: Any = None, *, idempotency_key: str) -> Any:
        """Send something; it can be checked."""

    def post(me: str, item: Any = None, given: Any = None, *, idempotency_key: str) -> Any:
        """Post something; nobody can check."""

    return {
        "look": make_tool(look, effect="read"),
        "put": make_tool(put, effect="idempotent"),
        "send": make_tool(send, effect="write"),
        "post": make_tool(post, effect="write"),
    }


@dataclass(frozen=True)
class Act:
    """Something that reached the world."""

    kind: str
    """model, tool, python or check."""
    path: StepPath
    name: str
    """The call's id, the key, or the path."""
    process: int
    moment: float
    unannounced: str = ""
    """Why its intent was not durable when it arrived."""
    finished: str = ""
    """Why it was known to be finished when it arrived."""


class Line:
    """The way from one process to the outside and back: calm, but slow where the case is."""

    def __init__(self, clock: Clock, chance: Random, *, slow: bool, strict: bool) -> None:
        self._clock = clock
        self._chance = chance
        self._slow = slow
        self._strict = strict

    def start(self, job: Callable[[], None]) -> None:
        """Do a job elsewhere, in a while."""
        delay = self._chance.choice((0.0, 0.001, 0.3, 2.0)) if self._slow else 0.0
        asyncio.get_running_loop().call_later(delay, job)

    async def out(self, kind: str, _where: str) -> None:
        """Let a call arrive; at once where two owners may act."""
        if self._slow and self._strict:
            choices = (0.0, 0.2) if kind == "model" else (0.0, 0.001, 0.3)
            await self._clock.sleep(self._chance.choice(choices))

    async def back(self, kind: str, _where: str, *, may_be_lost: bool) -> None:
        """Let the reply come back."""
        if self._slow:
            choices = (0.0, 0.1, 1.0) if kind == "model" else (0.0, 0.01, 0.5, 2.0)
            await self._clock.sleep(self._chance.choice(choices))


@dataclass
class Outside:
    """Counts, answers, fails as it is told, and looks at the journal at each act."""

    case: Case
    clock: Clock
    witness: Witness
    load: Callable[[Any], JsonValue]
    """Reads a stored value."""
    living: set[int] = field(default_factory=set)
    """The processes that live."""
    healed: bool = False
    acts: list[Act] = field(default_factory=list)
    made: Counter[Identity] = field(default_factory=Counter)
    """How often each act was made."""
    written: dict[str, JsonValue] = field(default_factory=dict)
    """What each write did, by its key."""
    writes: Counter[str] = field(default_factory=Counter)
    """How often each write happened."""
    tried: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)
    """What must never have happened."""
    end: Callable[[int], None] | None = None
    """Ends one of several processes; None: there is only one."""
    _crashed: bool = False
    strict: bool = True
    """Whether only the living owner may act: not so where a second one steals on purpose."""

    # --- the books -----------------------------------------------------------------------------

    def committed(self) -> RunState:
        """Return the state as the journal on the disk tells it."""
        return self.witness.look()

    def note(self, kind: str, path: StepPath, name: str, process: int) -> None:
        """Write down an act, and what is wrong about it."""
        if process not in self.living:
            self.wrongs.append(f"{kind} {name} was made by process {process}, which is dead")
        state = self.committed()
        finished, unannounced = self._strictly(state, kind, path, name) if self.strict else ("", "")
        identity = (kind, name)
        if kind != "check":
            self.made[identity] += 1
            intents = self.witness.intents[identity]
            if self.made[identity] > intents:
                unannounced = f"it was made {self.made[identity]} times, and announced {intents}"
        moment = self.clock.monotonic()
        self.acts.append(Act(kind, path, name, process, moment, unannounced, finished))

    def _strictly(self, state: RunState, kind: str, path: StepPath, name: str) -> tuple[str, str]:
        """Say why an act is finished already or not announced, where nobody else may act."""
        instance = state.instances.get(path)
        if instance is None or instance.status != "running" or path not in state.active:
            return "", "no durable event says that this attempt has begun"
        if kind == "python":
            return "", ""
        call = self._call(kind, instance.calls, name)
        if call is None:
            return "", "its intent is not durable"
        if kind == "check":
            asked = "" if call.status == "open" else f"asked about a call that is {call.status}"
            return "", asked
        if call.status != "open":
            return f"it is {call.status} already", ""
        return "", "" if call.attempt == instance.attempt else "its intent is of an older attempt"

    def _call(self, kind: str, calls: tuple[Call, ...], name: str) -> Call | None:
        for call in reversed(calls):
            if kind == "model" and call.id == CallId(name):
                return call
            if kind != "model" and call.key == name:
                return call
        return None

    def _fails(self, step: str, item: str | None, subject: str, *, told: bool = False) -> None:
        """Fail as the behaviour says; in passing only where no model is ``told`` of it."""
        behaviour = self.case.of(step)
        self.tried[subject] += 1
        if item in behaviour.permanent_items and not (behaviour.until_healed and self.healed):
            message = f"{step} cannot do {item}"
            raise PermanentError(message)
        if self.tried[subject] <= behaviour.transient and not told:
            message = f"{step} is out of breath"
            raise TransientError(message)

    # --- functions and tools -------------------------------------------------------------------

    def work(self, process: int) -> Callable[..., Any]:
        """Return the function of all python steps."""

        def work(me: str, item: str | None, given: Any) -> Any:
            path = self._attempt_of(me, item, given)
            if getattr(self.case.step(me), "effect", "") == "write":
                return self._write_unkeyed(process, path, me, item, given)
            name = python_name({"me": me, "item": item, "given": given})
            self.note("python", path, name, process)
            if self.made["python", name] <= self.case.of(me).deadly:
                self._crash() if self.end is None else self.end(process)
            self._fails(me, item, name)
            return self.output(me, item, given)

        return work

    def _attempt_of(self, me: str, item: str | None, given: Any) -> StepPath:
        """Find whose work this is: a function does not know its path."""
        state = self.committed()
        wanted = {"args": {"me": me, "item": item, "given": given}}
        for path in sorted(state.active):
            if state.step_of(path).name == me and self.load(state.instances[path].input) == wanted:
                return path
        return item_path(StepName(me), item)

    def _write_unkeyed(
        self, process: int, path: StepPath, me: str, item: str | None, given: Any
    ) -> Any:
        calls = self.committed().instances[path].calls
        key = calls[-1].key if calls else "without a journaled intent"
        return self.write(process, key, me, item, given)

    def output(self, me: str, item: str | None, given: Any) -> dict[str, JsonValue]:
        digest = content_hash([me, item, given])
        value = f"{me}:{item}:{digest[:8]}" + (PAD if self.case.of(me).large else "")
        return {"value": value, "n": int(digest[:4], 16) % 7}

    def write(self, process: int, key: str, me: str, item: str | None, given: Any) -> Any:
        path = self._path_of(key, me, item)
        self.note("tool", path, key, process)
        doubt = self.case.of(me).doubt
        first = self.tried[key] == 0
        self._fails(me, item, key, told=self._is_agent(me))
        if doubt == "not_happened" and first:
            raise ConnectionError("the line broke before anything was sent")
        self.writes[key] += 1
        self.written[key] = self.output(me, item, given)
        if doubt == "happened" and first:
            raise ConnectionError("the line broke before the answer came")
        return self.written[key]

    def read(self, process: int, key: str, me: str, item: str | None, given: Any) -> Any:
        self.note("tool", self._path_of(key, me, item), key, process)
        self._fails(me, item, key, told=self._is_agent(me))
        return self.output(me, item, given)

    def _is_agent(self, me: str) -> bool:
        return self.case.step(me).kind == "agent"

    def _path_of(self, key: str, me: str, item: str | None) -> StepPath:
        """Find whose call it is: an agent's tools do not know the item that they work for."""
        for path, instance in self.committed().instances.items():
            if any(call.key == key for call in instance.calls):
                return path
        return item_path(StepName(me), item)

    def code(self, process: int) -> Code:
        """Return the tools and functions as one process knows them."""
        return code_of(process, lambda _step, _key="": self)

    def checked(self, process: int, key: str) -> Any:
        """Tell what a write came to, if it happened."""
        self.note("check", self._path_of(key, "", None), key, process)
        return self.written.get(key)

    def is_isolated(self, me: str) -> bool:
        """Tell whether the function of a step has a process of its own."""
        return self.case.has(me) and getattr(self.case.step(me), "isolation", "") == "process"

    def caller(self, line: Line) -> Callable[..., Any]:
        """Return how functions are called: here, over a line that has delays."""

        async def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
            me = str(arguments.get("me") or "")
            await line.out("function", me)
            try:
                returned = await call_here(function, arguments)
            except Exception:
                await line.back("function", me, may_be_lost=False)
                raise
            await line.back("function", me, may_be_lost=self.may_lose_reply(me, function))
            return returned

        return call

    def starter(self, line: Line) -> Callable[[Callable[[], None]], None]:
        """Return how jobs are done elsewhere: in this very loop, after a delay."""

        def start(job: Callable[[], None]) -> None:
            line.start(functools.partial(self._do, job))

        return start

    def _do(self, job: Callable[[], None]) -> None:
        """Do a job; a thread would not let a crash out, and the process ends all the same."""
        self._crashed = False
        job()
        if self._crashed:
            raise Crash

    def _crash(self) -> NoReturn:
        self._crashed = True
        raise Crash

    def may_lose_reply(self, me: str, function: Any) -> bool:
        """Tell whether a lost reply only costs time: a write is looked into, a step tried again.

        An agent is told of a read that failed, and would go another way.
        """
        if not me:
            return True  # a check
        step = self.case.step(me)
        writes = "write" in getattr(function, "keywords", {}).get("_does", "")
        if writes or getattr(step, "effect", "") == "write":
            return True
        return step.kind in ("python", "tool") and step.retry is not None

    # --- models --------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Reply:
        """Say what the agent's behaviour wants at this turn."""
        found = ADDRESS.search(asked.all_text)
        me, item = (found[1], found[2]) if found is not None else ("", "")
        turns = self.case.of(me).turns
        turn = sum(1 for message in asked.messages if message.get("role") == "assistant")
        said = turns[turn] if turn < len(turns) else ()
        if not said:
            value: dict[str, JsonValue] = self.output(me, item, asked.all_text)
            return self._final(me, value)
        if said == ("malformed",):
            return Reply(text="I would rather not.")
        calls = tuple(
            ScriptedCall(
                name="no_such_tool" if name == "unknown" else self._some_tool(name, me),
                arguments='{"given": ' if name == "badargs" else {"given": [turn, index]},
            )
            for index, name in enumerate(said)
        )
        return self._asking(calls)

    def _some_tool(self, name: str, me: str) -> str:
        if name != "badargs":
            return name
        tools = self._agent(me).tools
        return str(tools[0].tool) if tools else "no_such_tool"

    def _agent(self, me: str) -> AgentStep:
        step = self.case.step(me)
        assert isinstance(step, AgentStep)
        return step

    def _final(self, me: str, value: JsonValue) -> Reply:
        if self.case.tool_mode == "schema" and self._agent(me).tools:
            return Reply(text=json.dumps({"tool": FINAL, "arguments": value}))
        return Reply(value=value)

    def _asking(self, calls: tuple[ScriptedCall, ...]) -> Reply:
        if self.case.tool_mode == "schema":
            first = calls[0]
            arguments = {} if isinstance(first.arguments, str) else first.arguments
            return Reply(text=json.dumps({"tool": first.name, "arguments": arguments}))
        return Reply(calls=calls)

    def models(self, process: int, line: Line) -> ModelClient:
        return OutsideModel(self, process, line)


OutsideOf = Callable[..., Outside]
"""Finds whose call it is, by the name of the step, and by the key where there is one."""


@dataclass(frozen=True)
class _Where:
    """Where code runs, and what is around it: nothing that the code is made of."""

    process: int
    outside_of: OutsideOf

    def __reduce__(self) -> str:
        return "_Where"


def code_of(process: int, outside_of: OutsideOf) -> Code:
    """Return the tools and functions as one process knows them."""
    here = _Where(process, outside_of)

    def work(me: str, item: str | None, given: Any) -> Any:
        return here.outside_of(me).work(here.process)(me, item, given)

    def keyed(_does: str, *, idempotency_key: str, **args: Any) -> Any:
        outside = here.outside_of(args["me"], idempotency_key)
        make = outside.write if _does == "write" else outside.read
        return make(here.process, idempotency_key, args["me"], args.get("item"), args.get("given"))

    def check(key: str) -> Any:
        return here.outside_of("", key).checked(here.process, key)

    known = tools()
    reads = functools.partial(keyed, _does="read")
    writes = functools.partial(keyed, _does="write")
    registry = ToolRegistry()
    registry.add(replace(known["look"], function=reads))
    registry.add(replace(known["put"], function=reads))
    registry.add(replace(known["send"], function=writes, check=check))
    registry.add(replace(known["post"], function=writes))
    return Code(registry, Functions({"work": work}))


class OutsideModel(ModelClient):
    """A scripted model behind a line that has delays and breaks."""

    def __init__(self, outside: Outside, process: int, line: Line) -> None:
        self._outside = outside
        self._process = process
        self._line = line
        script = Script(rules=(Rule(answer=outside.answer),))
        self._inner = ScriptedModel(script, tool_mode=outside.case.tool_mode)

    @override
    def profile(self, model: str | None) -> ModelProfile:
        return self._inner.profile(model)

    @override
    async def complete(
        self,
        request: ModelRequest,
        *,
        timeout_seconds: float,
        call_id: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ModelAnswer:
        outside = self._outside
        name = str(call_id).partition("/")[2]
        path = StepPath(name.rpartition("!")[0])
        await self._line.out("model", path)
        outside.note("model", path, name, self._process)
        found = ADDRESS.search("\n".join(message.content for message in request.messages))
        me, item = (found[1], found[2] or None) if found is not None else ("", None)
        try:
            # Every request fails so often, whoever makes it, and then no more.
            said = content_hash([message.content for message in request.messages])
            outside._fails(me, item, f"{path} {said}")
            answer = await self._inner.complete(
                request, timeout_seconds=timeout_seconds, call_id=call_id, on_text=on_text
            )
        except Exception:
            await self._line.back("model", path, may_be_lost=False)
            raise
        # Anybody may ask a model again, unless the step says nothing of how often.
        may_be_lost = bool(me) and outside.case.step(me).retry is not None
        await self._line.back("model", path, may_be_lost=may_be_lost)
        return answer

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()
