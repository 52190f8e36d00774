"""The handlers of every kind of step, put together over the code of this process."""

from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.agents.calling import Caller, call
from mn_notebook.agents.code import Functions, code_hash, imported, source_of
from mn_notebook.agents.effects import Target
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.loop import AgentHandler
from mn_notebook.agents.python_step import PythonHandler
from mn_notebook.agents.text_watchers import ignore
from mn_notebook.agents.tool_step import CallHandler
from mn_notebook.agents.tools import REGISTRY, Tool, ToolRegistry, make_tool
from mn_notebook.domain.events import CodeRef
from mn_notebook.domain.workflow import AgentStep, PythonStep, Step, ToolStep, Workflow
from mn_notebook.ports import Clock, ModelClient, OnText, StepHandler


class Code:
    """The tools and functions that workflows of this process can refer to."""

    def __init__(self, registry: ToolRegistry, functions: Functions) -> None:
        """Find tools in ``registry`` and functions in ``functions``."""
        self._registry = registry
        self._functions = functions

    @property
    def functions(self) -> Functions:
        """Return where functions are found."""
        return self._functions

    def tool(self, name: str) -> Tool | None:
        """Return a tool by its name, or one that is imported as ``package.module:name``."""
        known = self._registry.get(name)
        if known is not None or ":" not in name:
            return known
        function = imported(name)
        if function is None:
            return None
        registered = self._registry.made_of(function)
        if registered is not None:
            return registered
        return make_tool(function, name=name.rpartition(":")[2])

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
        """Return the hash of what a step calls."""
        if isinstance(step, ToolStep):
            tool = self.tool(step.tool)
            return {"code": "" if tool is None else tool.hash}
        if isinstance(step, PythonStep):
            function = self._functions.get(step.function)
            return {"code": "" if function is None else code_hash(function)}
        return None

    def missing(self, step: Step) -> str | None:
        """Say what a step calls that is not there."""
        if self.target(step) is not None:
            return None
        name = step.tool if isinstance(step, ToolStep) else getattr(step, "function", "")
        if ":" in name:
            return f"the module of {name!r} is not installed here"
        return f"the tool {name!r} is not there: run the cell that defines it"

    def references(self, workflow: Workflow) -> tuple[CodeRef, ...]:
        """Return what a workflow refers to, as it is now."""
        found: dict[str, CodeRef] = {}
        for step in workflow.steps:
            for name in _tool_names(step):
                tool = self.tool(name)
                if tool is not None:
                    found[name] = CodeRef(
                        name=name,
                        hash=tool.hash,
                        source=tool.source,
                        module=tool.module,
                        effect=tool.effect,
                    )
            if isinstance(step, PythonStep):
                found[step.function] = self._function_reference(step)
        return tuple(found[name] for name in sorted(found))

    def _function_reference(self, step: PythonStep) -> CodeRef:
        function = self._functions.get(step.function)
        if function is None:
            return CodeRef(name=step.function, hash="", effect=step.effect)
        module = getattr(function, "__module__", None)
        return CodeRef(
            name=step.function,
            hash=code_hash(function),
            source=source_of(function),
            module=None if module == "__main__" else module,
            effect=step.effect,
        )


def _tool_names(step: Step) -> tuple[str, ...]:
    if isinstance(step, AgentStep):
        return tuple(use.tool for use in step.tools)
    return (step.tool,) if isinstance(step, ToolStep) else ()


def import_declared(workflow: Workflow, registry: ToolRegistry = REGISTRY) -> None:
    """Import the tools that a workflow declares as ``package.module:name``.

    From then on its steps may call them by their name alone. What cannot be imported here is left
    to the step that needs it: the run waits there, and says so.

    Raises:
        PermanentError: a module does not hold the name, or fails to be imported.
    """
    for place in workflow.tools:
        name = place.rpartition(":")[2]
        if ":" not in place or registry.get(name) is not None:
            continue
        function = imported(place)
        if function is not None and registry.get(name) is None:
            registry.add(make_tool(function, name=name))


def make_handlers(
    code: Code,
    models: ModelClient,
    clock: Clock,
    *,
    call: Caller = call,
    limits: Limits | None = None,
    on_text: OnText = ignore,
) -> Mapping[str, StepHandler]:
    """Return the handler of each kind of step that has work to do.

    ``on_text`` is told what models say while they say it; see `mn_notebook.ports.OnText`.
    """
    limits = limits or Limits(clock)
    calls = CallHandler(
        code.target,
        clock,
        identity=code.identity,
        missing=code.missing,
        call=call,
        limits=limits,
    )
    return {
        "agent": AgentHandler(models, code.tool, clock, call=call, limits=limits, on_text=on_text),
        "tool": calls,
        "python": PythonHandler(code.functions, calls, call=call),
    }
