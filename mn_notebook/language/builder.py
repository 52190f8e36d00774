"""Builds a workflow in Python, step by step, as the text that a cell would hold."""

from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, TypedDict, cast

from pydantic import JsonValue
from typing_extensions import Unpack, override

from mn_notebook.domain.workflow import Schema
from mn_notebook.domain.workflow import Workflow as CanonicalWorkflow
from mn_notebook.errors import DefinitionError, Problem, UsageError
from mn_notebook.language.catalog import Catalog, Checked
from mn_notebook.language.checker import parse_cell, parse_file
from mn_notebook.language.edits import (
    add_step,
    append_step,
    change_step,
    remove_step,
    steps_of,
    taken,
    tree_of,
)
from mn_notebook.language.python_types import Notation
from mn_notebook.language.python_values import function_name, plain_value, tool_name, tool_use
from mn_notebook.language.tree import Scalar, entry_end, plain
from mn_notebook.language.yaml_lines import Writable, entry_lines, section_lines

Args = Mapping[str, JsonValue]
Duration = str | timedelta


class EveryStep(TypedDict, total=False):
    """Keys of every kind of step, called as in the language; ``as_`` for ``as``."""

    needs: Sequence[str]
    when: str
    for_each: str | Sequence[JsonValue]
    as_: str
    key: str
    concurrency: int
    on_error: str | Mapping[str, float]
    repeat_until: str
    at_most: int
    join: str | Mapping[str, float]
    on_failure: str
    fallback: str


class WorkStep(EveryStep, total=False):
    """Keys of the kinds that are tried again."""

    retry: Mapping[str, Any]
    timeout: Duration


class AskingStep(WorkStep, total=False):
    """Keys of an agent besides those that the builder's method names itself."""

    unsure: str
    turns: int
    budget: Mapping[str, Any]
    cache: str
    long_results: Mapping[str, Any]


class Workflow:
    """A workflow that is built in Python or read from a text; its text is all that it is.

    Everything is called as in the language, with an underscore where Python has the word itself
    (``for_``, ``as_``). Nothing is checked before `check`.

    >>> flow = Workflow("greeting", inputs={"name": str})
    >>> flow.agent("greet", "Greet {{ inputs.name }} in one short sentence.")
    >>> print(flow.text())
    workflow: greeting
    inputs:
      name: str
    <BLANKLINE>
    steps:
      greet:
        agent: Greet {{ inputs.name }} in one short sentence.
    <BLANKLINE>
    """

    def __init__(  # noqa: PLR0913 - one for each key of the language
        self,
        name: str,
        *,
        inputs: Mapping[str, object] | None = None,
        outputs: Args | None = None,
        group: str | None = None,
        about: str | None = None,
        defaults: Mapping[str, Any] | None = None,
        limits: Mapping[str, int] | None = None,
        budget: Mapping[str, Any] | None = None,
        tools: Sequence[object] | None = None,
        policy: Sequence[Mapping[str, Any]] | None = None,
        servers: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Begin a workflow without steps."""
        self.name = name
        self._notation = Notation()
        self._children: dict[str, Workflow] = {}
        self._built: dict[str, None] | None = {}
        """The steps, while the text is all our own and ends with them."""
        lines = entry_lines("workflow", name)
        for key, value in (
            ("group", group),
            ("about", about),
            ("defaults", plain_value(defaults)),
            ("limits", limits),
            ("budget", plain_value(budget)),
            ("tools", [tool_name(tool) for tool in tools or ()]),
            ("policy", plain_value(list(policy or ()))),
            ("servers", plain_value(servers)),
        ):
            lines += entry_lines(key, value) if value else []
        if inputs:
            lines += section_lines("inputs", self._notation.fields(inputs))
        if outputs:
            lines += section_lines("outputs", outputs)
        self._text = "\n".join([*lines, "", "steps:"]) + "\n"

    @classmethod
    def from_text(cls, text: str, name: str | None = None) -> Self:
        """Return the workflow of a text; ``name`` is that of its cell, when the text has none.

        Comments and layout stay as they are, also when a step is changed.

        Raises:
            DefinitionError: the text cannot be read.
            UsageError: nothing names the workflow.
        """
        written = tree_of(text).get("workflow")
        if written is not None and isinstance(written.value, Scalar):
            name = name or written.value.text
        if name is None:
            raise UsageError("expected `workflow: NAME` at the top of the text, or name='…'")
        flow = cls(name)
        flow._text, flow._built = text, None
        return flow

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Return the workflow of a file.

        Raises:
            OSError: it cannot be read.
            DefinitionError: its text cannot be read.
        """
        return cls.from_text(Path(path).read_text(encoding="utf-8-sig"))

    def text(self) -> str:
        """Return the text, as a file or a cell holds it."""
        return self._text

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of the steps."""
        return tuple(steps_of(tree_of(self._text)))

    @property
    def types(self) -> Mapping[str, Schema]:
        """The pydantic models that were given as types, by the names that the text uses."""
        return dict(self._notation.models)

    @property
    def children(self) -> "Mapping[str, Workflow]":
        """The workflows that it calls and was given, not only told the names of."""
        return dict(self._children)

    def check(
        self, catalog: Catalog | None = None, *, within: frozenset[str] = frozenset()
    ) -> Checked:
        """Return the checked workflow; ``catalog`` says which tools and functions there are.

        ``within`` names the workflows that are being checked because they call this one.

        Raises:
            DefinitionError: with every problem that was found, each with its step.
        """
        known = self._completed(catalog or Catalog(), within | {self.name})
        try:
            if tree_of(self._text).get("workflow") is not None:
                return parse_file(self._text, known)
            return parse_cell(self.name, self._text, known)
        except DefinitionError as wrong:
            if self._built is None:
                raise
            problems = tuple(map(self._placed, wrong.problems))
            raise DefinitionError(problems, name=self.name) from None

    def _completed(self, catalog: Catalog, within: frozenset[str]) -> Catalog:
        # A chain, not a new dict: it would make the schema of every model that a notebook has.
        models = ChainMap(self._notation.models, cast("dict[str, Schema]", catalog.types or {}))
        workflows = self._known_workflows(catalog, within)
        return replace(catalog, types=models or catalog.types, workflows=workflows)

    def _known_workflows(
        self, catalog: Catalog, within: frozenset[str]
    ) -> Mapping[str, CanonicalWorkflow] | None:
        """Add those that were given themselves; None: some are not known, so none is judged."""
        if not within.isdisjoint(self._children):
            return None  # a circle, which the outermost one reports
        children = {
            name: child.check(catalog, within=within).workflow
            for name, child in self._children.items()
        }
        if catalog.workflows is not None:
            others = cast("MutableMapping[str, CanonicalWorkflow]", catalog.workflows)
            return ChainMap(children, others)  # only read, and others may read files when asked
        return children if children and self._called() <= children.keys() else None

    def _called(self) -> set[str]:
        steps = (plain(entry.value) for entry in steps_of(tree_of(self._text)).values())
        return {
            str(step["workflow"]) for step in steps if isinstance(step, dict) and "workflow" in step
        }

    def _placed(self, problem: Problem) -> Problem:
        """Name the step: who builds in Python has not seen the lines."""
        for name, entry in steps_of(tree_of(self._text)).items():
            within = entry.key.mark.line <= problem.line <= entry_end(entry)
            if within and f"step {name!r}" not in problem.message:
                return replace(problem, message=f"step {name!r}: {problem.message}")
        return problem

    # --- steps ----------------------------------------------------------------------------------

    def agent(
        self,
        name: str,
        prompt: str,
        *,
        model: str | Sequence[str] | None = None,
        tools: Sequence[object] | None = None,
        output: object = None,
        **keys: Unpack[AskingStep],
    ) -> None:
        """Add a model that works on a prompt, with these tools, until it has the output.

        Several models are a ladder: each is asked when the one before it will not do.
        """
        uses = [tool_use(tool) for tool in tools] if tools is not None else None
        models = model if isinstance(model, str | None) else list(model)
        own = {"model": models, "tools": uses, "output": self._type(output)}
        self._add(name, {"agent": prompt, **own}, keys)

    def tool(
        self,
        name: str,
        tool: object,
        *,
        args: Args | None = None,
        output: object = None,
        cache: str | None = None,
        **keys: Unpack[WorkStep],
    ) -> None:
        """Add one call of a tool, which is given by its name or as the function itself."""
        rest = {"args": args, "output": self._type(output), "cache": cache}
        self._add(name, {"tool": tool_name(tool), **rest}, keys)

    def python(
        self,
        name: str,
        function: Callable[..., Any] | str,
        *,
        args: Args | None = None,
        effect: str | None = None,
        isolation: str | None = None,
        output: object = None,
        **keys: Unpack[WorkStep],
    ) -> None:
        """Add the call of a function, which is given by its name or itself."""
        own = {"args": args, "effect": effect, "isolation": isolation}
        called = {"python": function_name(function)}
        self._add(name, {**called, **own, "output": self._type(output)}, keys)

    def approve(
        self,
        name: str,
        prompt: str,
        *,
        for_: str | None = None,
        show: Sequence[str] | None = None,
        edit: Sequence[str] | None = None,
        expires: Mapping[str, Any] | None = None,
        on_reject: Mapping[str, Any] | None = None,
        **keys: Unpack[EveryStep],
    ) -> None:
        """Add a person who approves, edits or rejects what is shown."""
        own = {"for": for_, "show": show, "edit": edit, "on_reject": on_reject}
        self._add(name, {"approve": prompt, **own, "expires": plain_value(expires)}, keys)

    def ask(
        self,
        name: str,
        prompt: str,
        *,
        fields: Mapping[str, object],
        expires: Mapping[str, Any] | None = None,
        **keys: Unpack[EveryStep],
    ) -> None:
        """Add a person who fills in a form."""
        own = {"fields": self._notation.fields(fields), "expires": plain_value(expires)}
        self._add(name, {"ask": prompt, **own}, keys)

    def wait(
        self,
        name: str,
        duration: Duration | None = None,
        *,
        until: str | None = None,
        signal: str | None = None,
        timeout: Duration | None = None,
        **keys: Unpack[EveryStep],
    ) -> None:
        """Add a time that has to pass, or a signal that has to come."""
        own = {"wait": duration, "until": until, "signal": signal, "timeout": timeout}
        self._add(name, own, keys)

    def workflow(
        self,
        name: str,
        workflow: "Workflow | CanonicalWorkflow | str",
        *,
        args: Args | None = None,
        timeout: Duration | None = None,
        budget: Mapping[str, Any] | None = None,
        **keys: Unpack[EveryStep],
    ) -> None:
        """Add another workflow, given by its name or itself."""
        called = workflow if isinstance(workflow, str) else workflow.name
        if isinstance(workflow, Workflow):
            self._children[called] = workflow
        own = {"args": args, "timeout": timeout, "budget": plain_value(budget)}
        self._add(name, {"workflow": called, **own}, keys)

    def change(self, name: str, **keys: object) -> None:
        """Give some keys of a step other values; None takes a key away.

        What kind a step is, is a key, too: ``flow.change("gather", agent="Find …")``.

        Raises:
            UsageError: there is no such step, or its text cannot be changed alone.
        """
        given = {_key(key): value for key, value in keys.items()}
        written = {key: self._value(key, value) for key, value in given.items()}
        self._text = change_step(self._text, name, written)

    def remove(self, name: str) -> None:
        """Take a step away.

        Raises:
            UsageError: there is no such step.
        """
        self._text = remove_step(self._text, name)
        if self._built is not None:
            self._built.pop(name)

    def _add(self, name: str, own: Mapping[str, Any], keys: Mapping[str, Any]) -> None:
        given = {**own, **{_key(key): value for key, value in keys.items()}}
        fields = {key: plain_value(value) for key, value in given.items() if value is not None}
        if self._built is None:
            self._text = add_step(self._text, name, fields)
            return
        if name in self._built:
            raise taken(name)
        self._text = append_step(self._text, name, fields)
        self._built[name] = None

    def _type(self, given: object) -> Writable:
        return None if given is None else self._notation.of(given)

    def _value(self, key: str, value: object) -> Writable:
        match key:
            case "output":
                return self._type(value)
            case "fields" if isinstance(value, Mapping):
                return self._notation.fields(value)
            case "tools" if isinstance(value, Sequence):
                return [tool_use(tool) for tool in value]
            case "tool":
                return tool_name(value)
            case "python" if callable(value):
                return function_name(value)
            case _:
                plain: Writable = plain_value(value)
                return plain

    @override
    def __repr__(self) -> str:
        return f"<Workflow {self.name!r}: {', '.join(self.steps) or 'no steps'}>"


def _key(word: str) -> str:
    return word.removesuffix("_")
