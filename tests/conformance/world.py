"""The world of a case: functions, tools, the model and people. It survives every crash."""

import inspect
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.asking import AskedBack
from mn_notebook.agents.calling import Returned, call_here
from mn_notebook.agents.code import Functions
from mn_notebook.agents.handlers import Code
from mn_notebook.agents.tools import Tool, ToolRegistry, make_tool
from mn_notebook.domain.answers import FINAL
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.language import Catalog, SandboxedExpressions
from mn_notebook.ports import Clock
from mn_notebook.testing import Asked, ModelFault, Reply, Rule, Script, ScriptedCall, ScriptedModel
from tests.conformance.case import Doing, Outside, Says, Talk, ToolTold

TEXTS = SandboxedExpressions()


@dataclass
class World:
    """Does what the story tells, and counts."""

    told: Outside
    clock: Clock
    made: Counter[str] = field(default_factory=Counter)
    """How often each function, tool or prompt was asked for."""
    written: dict[str, JsonValue] = field(default_factory=dict)
    """What each write did, by its key."""
    mended: dict[str, tuple[Doing, ...]] = field(default_factory=dict)

    def doing(self, name: str, told: tuple[Doing, ...]) -> Doing:
        """Return what is done at this call, and count it."""
        doings = self.mended.get(name, told)
        self.made[name] += 1
        return doings[min(self.made[name], len(doings)) - 1]

    def mend(self, functions: Mapping[str, tuple[Doing, ...]]) -> None:
        """Let functions do something else from now on."""
        self.mended.update(functions)
        for name in functions:
            self.made[name] = 0

    # --- code ----------------------------------------------------------------------------------

    def code(self) -> Code:
        """Return the tools and functions of the notebook."""
        registry = ToolRegistry()
        for name, told in self.told.tools.items():
            registry.add(self._tool(name, told))
        functions = {
            name: Scripted(self, name, doings) for name, doings in self.told.functions.items()
        }
        return Code(registry, Functions(functions))

    def _tool(self, name: str, told: ToolTold) -> Tool:
        kinds = inspect.Parameter.KEYWORD_ONLY
        names = [*told.args, "idempotency_key"]
        signature = inspect.Signature([inspect.Parameter(one, kinds) for one in names])
        scripted = Scripted(self, name, told.does, signature)
        return make_tool(
            scripted,
            effect=told.effect,
            concurrency=told.concurrency,
            check=self.written.get if told.checks else None,
            compensate=self._compensation(name, told),
        )

    def _compensation(self, name: str, told: ToolTold) -> "Scripted | None":
        if told.undoes is None:
            return None
        kinds = inspect.Parameter.KEYWORD_ONLY
        names = [*told.args, "result", *(["idempotency_key"] if told.undoes_by_key else [])]
        signature = inspect.Signature([inspect.Parameter(one, kinds) for one in names])
        return Scripted(self, f"undo {name}", told.undoes, signature)

    def catalog(self) -> Catalog:
        """Return what the checker knows of the notebook."""
        tools = {name: told.effect for name, told in self.told.tools.items()}
        return Catalog(tools=tools, functions=set(self.told.functions))

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
        """Call a function of the notebook; it takes its time first."""
        if not isinstance(function, Scripted):
            return await call_here(function, arguments)  # of a module
        doing = self.doing(function.__name__, function.doings)
        await self.clock.sleep(doing.takes)
        undo = "undo " if function.__name__.startswith("undo ") else ""
        return await call_here(lambda **args: self.do(doing, args, undo), arguments)

    def do(self, doing: Doing, args: dict[str, Any], undo: str = "") -> JsonValue:
        """Fail, or give what is told; what has a key is written down."""
        key = args.pop("idempotency_key", None)
        key = None if key is None else f"{undo}{key}"
        resumed = args.pop("resumed", None)
        if doing.asks is not None and resumed is None:
            names: list[JsonValue] = list(doing.form)
            form: dict[str, JsonValue] = {"type": "object", "properties": doing.form}
            raise AskedBack(doing.asks, {**form, "required": names}, "sealed")
        if doing.asks is not None:
            assert resumed["state"] == "sealed"
            args["given"] = resumed["given"]
        if doing.prints is not None:
            print(doing.prints)  # noqa: T201 - as code of a notebook does
        message = TEXTS.render(doing.fails or "", {"args": args, **args})
        if message and doing.lasting:
            raise PermanentError(message)
        if message:
            raise TransientError(message, retry_after_seconds=doing.retry_after)
        if doing.breaks == "before":
            raise ConnectionError("the line broke before anything was sent")
        given = TEXTS.fill(doing.gives, {"args": args, **args})
        if key is not None:
            self.made[key] += 1
            self.written[key] = given
        if doing.breaks == "after":
            raise ConnectionError("the line broke before the answer came")
        return given

    # --- the model -----------------------------------------------------------------------------

    def models(self) -> ScriptedModel:
        """Return the model as a process sees it."""
        script = Script(rules=(Rule(answer=self.answer),))
        return ScriptedModel(script, clock=self.clock, tool_mode=self.told.tool_mode)

    def answer(self, asked: Asked) -> Reply:
        """Say what the story wants at this turn of this conversation."""
        talk = next((one for one in self.told.model if _is_meant(one, asked)), None)
        assert talk is not None, f"nobody told the model what to say to {asked.all_text!r}"
        self.made[f"prompt {talk.to}"] += 1
        if talk.at_first is not None and self.made[f"prompt {talk.to}"] == 1:
            return _refusal(talk.at_first)
        turn = sum(1 for message in asked.messages if message.get("role") == "assistant")
        return self._reply(talk, talk.says[min(turn, len(talk.says) - 1)])

    def _reply(self, talk: Talk, says: Says) -> Reply:
        calls = [(name, args) for call in says.calls for name, args in call.items()]
        if self.told.tool_mode == "schema" and says.text is None:
            name, args = calls[0] if calls else (FINAL, says.value)
            return Reply(text=json.dumps({"tool": name, "arguments": args}), delay_seconds=1.0)
        wanted = tuple(ScriptedCall(name=name, arguments=args) for name, args in calls)
        if wanted:
            return Reply(text=says.text, calls=wanted, delay_seconds=1.0)
        if says.text is not None:
            return Reply(text=says.text, delay_seconds=1.0)
        return Reply(value=says.value, delay_seconds=1.0)


def _is_meant(talk: Talk, asked: Asked) -> bool:
    return talk.to in asked.all_text and talk.of in ("", asked.model)


def _refusal(doing: Doing) -> Reply:
    headers = {"retry-after": f"{doing.retry_after:g}"} if doing.retry_after else {}
    status = 400 if doing.lasting else 429
    fault = ModelFault(kind="status", status=status, message=doing.fails or "", headers=headers)
    return Reply(fault=fault, delay_seconds=1.0)


class Scripted:
    """A function of the notebook whose behaviour is told."""

    def __init__(
        self,
        world: World,
        name: str,
        doings: tuple[Doing, ...],
        signature: inspect.Signature | None = None,
    ) -> None:
        self.__name__ = name
        self.__annotations__: dict[str, Any] = {}
        if signature is not None:
            self.__signature__ = signature
        self.doings = doings
        self._world = world

    def __call__(self, **args: Any) -> JsonValue:
        return self._world.do(self._world.doing(self.__name__, self.doings), args)

    def __repr__(self) -> str:
        """Stand for the source: what does something else is other code."""
        doings = self._world.mended.get(self.__name__, self.doings)
        return f"{self.__name__}: {doings}"

    def __reduce__(self) -> str:
        """Be made of that alone, and not of the world."""
        return repr(self)
