"""The handlers of every kind of step, put together over the code of this process."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from mn_notebook.agents.boxed import how_to_have
from mn_notebook.agents.calling import Caller, call
from mn_notebook.agents.capture import Captured, capture, held_by, identity_of
from mn_notebook.agents.cells import id_of_cell
from mn_notebook.agents.code import Functions, imported, source_of
from mn_notebook.agents.declared import every_step, mistaken, tool_names
from mn_notebook.agents.effects import Target
from mn_notebook.agents.environment import environment_of
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.lanes import lane_of
from mn_notebook.agents.late import Late, LateHandler
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.python_step import PythonHandler, Start
from mn_notebook.agents.recorded import RecordedCode
from mn_notebook.agents.restore import is_restored
from mn_notebook.agents.reuse import Reuse
from mn_notebook.agents.text_watchers import ignore
from mn_notebook.agents.tool_step import CallHandler
from mn_notebook.agents.tools import Tool, ToolRegistry, make_tool
from mn_notebook.domain.events import CodeRef
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.served_names import served_names
from mn_notebook.domain.servers import is_served
from mn_notebook.domain.workflow import Effect, PythonStep, Step, ToolStep, Workflow
from mn_notebook.errors import UsageError
from mn_notebook.frames import handed
from mn_notebook.ports import Clock, Memory, ModelClient, OnText, StepHandler

if TYPE_CHECKING:
    from mn_notebook.agents.mcp.servers import Servers


class Code:
    """The tools and functions that workflows of this process can refer to."""

    def __init__(
        self,
        registry: ToolRegistry,
        functions: Functions,
        recorded: RecordedCode | None = None,
        servers: "Late[Servers] | None" = None,
    ) -> None:
        """Find tools in ``registry``, else in ``recorded``; and functions in ``functions``.

        Tools whose names begin with ``mcp:`` are those of ``servers``.
        """
        self.servers = servers
        self._registry = registry
        self._functions = functions
        self.recorded = recorded or RecordedCode()

    @property
    def functions(self) -> Functions:
        """Return where functions are found."""
        return self._functions

    def tool(self, name: str) -> Tool | None:
        """Return a tool by its name, or one that is imported as ``package.module:name``."""
        known = self._registry.get(name)
        if known is not None:
            return known
        if is_served(name):
            return self._served(name)
        if ":" not in name:
            return self.recorded.tool(name)
        function = imported(name)
        if function is None:
            return None
        registered = self._registry.made_of(function)
        if registered is not None:
            return registered
        return make_tool(function, name=name.rpartition(":")[2])

    def _served(self, name: str) -> Tool | None:
        """Return a tool of a server, with the function of the notebook that checks its calls."""
        tool = None if self.servers is None else self.servers.get().tool(name)
        check = "" if self.servers is None else self.servers.get().check_of(name)
        if tool is None or not check:
            return tool
        return replace(tool, check=self._functions.get(check))

    def target(self, step: Step) -> Target | None:
        """Return what a step of kind tool, or a python step that writes, calls."""
        if isinstance(step, ToolStep):
            tool = self.tool(step.tool)
            if tool is None:
                return None
            retry_all = step.retry is not None
            # Under the name that the workflow says: an approval is asked about that one.
            return Target(
                step.tool,
                tool.effect,
                tool.function,
                tool.prepared,
                tool.check,
                retry_all,
                concurrency=tool.concurrency,
                limited_as=tool.name,
                parameters=tool.parameters,
                compensates=tool.compensate is not None,
                timeout_seconds=tool.timeout_seconds,
                lane=lane_of(tool.name) if tool.serial else None,
                identity="" if step.cache is None else tool.identity,
            )
        if isinstance(step, PythonStep):
            function = self._functions.get(step.function)
            if function is None:
                return None
            return Target(
                step.function,
                step.effect,
                function,
                lambda args, _key: dict(args),
                isolated=step.isolation == "process",
            )
        return None

    def identity(self, step: Step) -> JsonValue:
        """Return the hash of what a step calls, and of what that holds."""
        if isinstance(step, ToolStep):
            tool = self.tool(step.tool)
            return {"code": ""} if tool is None else {"code": tool.code, **tool.held}
        if isinstance(step, PythonStep):
            function = self._functions.get(step.function)
            if function is None:
                return {"code": ""}
            return {"code": identity_of(function), **held_by(function)}
        return None

    def missing(self, step: Step) -> str | None:
        """Say what a step calls that is not there."""
        if self.target(step) is not None:
            return None
        if isinstance(step, PythonStep):
            return self.absent("function", step.function)
        return self.absent("tool", step.tool if isinstance(step, ToolStep) else "")

    def mistaken(self, workflow: Workflow, step: Step) -> str | None:
        """Say which tool a step would call in place of the one that its workflow declares."""
        return mistaken(workflow, step, self.tool) if workflow.tools else None

    def expand(self, name: str) -> tuple[str, ...]:
        """Return the tools that a name of an agent's tools means: several for a whole server."""
        if self.servers is None or not is_served(name):
            return (name,)
        return self.servers.get().expand(name)

    def absent(self, what: str, name: str) -> str:
        """Say that a tool or a function is not there, and what would bring it."""
        if is_served(name) and self.servers is not None:
            return self.servers.get().absent(name)
        if ":" in name:
            return f"the module of {name!r} is not installed here"
        boxed = how_to_have(name) if what == "tool" else None
        if boxed is not None and not self.recorded.knows(name):
            return f"the tool {name!r} {boxed}"
        return f"the {what} {name!r} is not there: {self.recorded.waits_for(name)}"

    def call_of(
        self, step: Step, rendered: Mapping[str, JsonValue], key: str
    ) -> tuple[Callable[..., Any], dict[str, Any]]:
        """Return the function that a step calls and the arguments that it gives it.

        Raises:
            UsageError: the step calls none, or its code is not there.
            PermanentError: the arguments do not fit a tool's signature.
        """
        if not isinstance(step, PythonStep | ToolStep):
            message = f"step {step.name!r} is of kind {step.kind}: it calls no function of its own"
            raise UsageError(message)
        target = self.target(step)
        if target is None:
            raise UsageError(str(self.missing(step)))
        args = rendered.get("args")
        prepared = target.prepared(args if isinstance(args, dict) else {}, key)
        return target.function, handed(target.function, prepared)

    def has_changed(self, run_id: RunId, name: str) -> bool:
        """Tell whether what a run calls by a name is other code than when the run was started."""
        before = self.recorded.hash_of(run_id, name)
        return bool(before) and before not in self._hashes(name)

    def _hashes(self, name: str) -> set[str]:
        """Return the hashes of what a name stands for now, as a tool and as a function."""
        tool = self._registry.get(name) or (self.tool(name) if ":" in name else None)
        function = self._functions.live(name) if tool is None else tool.function
        if function is None:
            return {self.recorded.newest_hash(name)}
        return {identity_of(function), *([] if tool is None else [tool.code])}

    def references(self, workflow: Workflow) -> tuple[CodeRef, ...]:
        """Return what a workflow and those that it calls refer to, as it is now, and signed."""
        found: dict[str, CodeRef] = {}
        if self.servers is not None and served_names(workflow):
            found.update(self.servers.get().references(workflow, self.recorded.signatures))
        for step in every_step(workflow):
            for name in tool_names(step):
                tool = None if is_served(name) else self.tool(name)
                found.update(self._check_reference(name))
                if tool is not None:
                    found[name] = self._reference(name, tool.code, tool.effect, tool.function)
            if isinstance(step, PythonStep):
                found[step.function] = self._function_reference(step)
        return tuple(found[name] for name in sorted(found))

    def _check_reference(self, name: str) -> dict[str, CodeRef]:
        if self.servers is None or not is_served(name):
            return {}
        check = self.servers.get().check_of(name)
        function = self._functions.get(check) if check else None
        if function is None:
            return {}
        return {check: self._reference(check, identity_of(function), "read", function)}

    def _function_reference(self, step: PythonStep) -> CodeRef:
        function = self._functions.get(step.function)
        if function is None:
            return CodeRef(name=step.function, hash="", effect=step.effect)
        return self._reference(step.function, identity_of(function), step.effect, function)

    def _reference(
        self, name: str, code_hash: str, effect: Effect, function: Callable[..., Any]
    ) -> CodeRef:
        module = getattr(function, "__module__", None)
        here = module is None or module == "__main__" or is_restored(module)
        captured = capture(function) if here else Captured(source_of(function))
        imports = captured.imports if here else (f"import {module}",)
        ref = CodeRef(
            name=name,
            hash=code_hash,
            source=captured.source,
            module=None if here else module,
            effect=effect,
            defines=captured.defines,
            imports=captured.imports,
            helpers=captured.helpers,
            live=captured.live,
            refusal=captured.refusal,
            cell=captured.cell,
            cell_id=id_of_cell(captured.cell) if here else "",
            environment=environment_of(imports),
        )
        return self.recorded.signatures.signed(ref) if here else ref


def make_handlers(  # noqa: PLR0913 - one for each thing that has another form somewhere
    code: Code,
    models: ModelClient,
    clock: Clock,
    *,
    judge: Judge | None = None,
    call: Caller = call,
    start: Start | None = None,
    limits: Limits | None = None,
    on_text: OnText = ignore,
    memory: Memory | None = None,
) -> Mapping[str, StepHandler]:
    """Return the handler of each kind of step that has work to do.

    ``judge`` says which tool calls may be made; None: the default policy does.
    ``call`` and ``start`` say how functions are called where that is not done in threads.
    ``memory`` finds what identical calls have given; None: only those of this process.
    ``on_text`` is told what models say while they say it; see `mn_notebook.ports.OnText`.
    """
    limits = limits or Limits(clock)
    judge = judge or Judge(changed=code.has_changed)
    calls = CallHandler(
        code.target,
        clock,
        identity=code.identity,
        missing=code.missing,
        judge=judge,
        call=call,
        limits=limits,
    )
    calls.mistaken = code.mistaken
    calls.reuse = reuse = Reuse(clock, memory)

    def agents() -> StepHandler:
        from mn_notebook.agents.agent_step import AgentHandler

        made = AgentHandler(
            models,
            code.tool,
            clock,
            absent=code.absent,
            judge=judge,
            call=call,
            limits=limits,
            on_text=on_text,
        )
        made.expand = code.expand
        made.mistaken = code.mistaken
        made.reuse = reuse
        return made

    python = PythonHandler(code.functions, calls, missing=code.missing, call=call, start=start)
    return {"agent": LateHandler(agents), "tool": calls, "python": python}
