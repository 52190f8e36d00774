"""Reads what the kinds of steps that work say for themselves."""

import re
from collections.abc import Mapping

from mn_notebook.domain.servers import Server, is_served, read_served
from mn_notebook.domain.workflow import Schema, ToolUse
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.children import parameters_of, result_of
from mn_notebook.language.header import TOOL, check_tool
from mn_notebook.language.models import (
    names_item,
    read_cache,
    read_ladder,
    read_long_results,
    read_unsure,
)
from mn_notebook.language.reading import (
    Parameters,
    Reading,
    check_arguments,
    read_args,
    read_prompt,
    read_templates,
)
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Fields, Node, Scalar, described
from mn_notebook.language.types import read_type
from mn_notebook.language.words import hint

_MOST_TURNS = 100
_CALLED = re.compile(r"[^\W\d][\w-]*")


def read_agent(reading: Reading) -> None:
    """Read an agent."""
    section, draft = reading.section, reading.draft
    draft.values["prompt"] = read_prompt(section, "agent", draft)
    model, ladder = read_ladder(section)
    if model is not None:
        draft.values |= {"model": model, "ladder": ladder}
    turns = section.whole("turns", 1, _MOST_TURNS)
    if turns is not None:
        draft.values["turns"] = turns
    draft.values["tools"] = _tool_uses(reading)
    draft.output = _output(section, reading.catalog)
    draft.values["output"] = draft.output
    has_ladder = bool(ladder or (model is None and reading.header.ladder))
    draft.values["unsure"] = read_unsure(section, draft.output, has_ladder=has_ladder)
    draft.values["cache"] = read_cache(section)
    draft.values["long_results"] = read_long_results(section)
    draft.values["names_item"] = names_item(draft)
    if draft.output is None:
        draft.output = {"type": "string"}  # without an output the answer's text is the value


def read_tool(reading: Reading) -> None:
    """Read the call of a tool."""
    section, draft = reading.section, reading.draft
    tool = section.text("tool", "the name of a tool")
    if tool is not None:
        check_tool(tool, reading.catalog, reading.header, section.findings, alone=True)
        draft.values["tool"] = tool.text
        if (takes := _parameters(tool.text, reading)) is not None:
            at = section.mark("args" if section.value("args") else "tool")
            check_arguments(_node(section, "args"), takes, reading, missing_at=at)
    draft.values["args"] = read_args(section, draft)
    draft.values["cache"] = read_cache(section)
    draft.output = _output(section, reading.catalog)
    draft.values["output"] = draft.output


def read_python(reading: Reading) -> None:
    """Read the call of a function."""
    section, draft = reading.section, reading.draft
    function = section.text("python", "the name of a function")
    if function is not None:
        _check_function(function, section, reading.catalog)
        draft.values["function"] = function.text
    draft.values["args"] = read_args(section, draft)
    effect = section.word("effect", ("read", "idempotent", "write"))
    if effect is not None:
        draft.values["effect"] = effect
    isolation = section.word("isolation", ("thread", "process"))
    if isolation is not None:
        draft.values["isolation"] = isolation
    draft.output = _output(section, reading.catalog)
    draft.values["output"] = draft.output


def read_workflow(reading: Reading) -> None:
    """Read the call of another workflow."""
    section, draft = reading.section, reading.draft
    called = section.text("workflow", "the name of a workflow")
    draft.values["args"] = read_args(section, draft)
    if called is None:
        return
    draft.values["workflow"] = called.text
    if not _CALLED.fullmatch(called.text):
        section.findings.problem(
            called.mark,
            f"expected the name of a workflow, found {called.text!r}; only what it is given is a "
            "template",
        )
        return
    draft.calls = called
    known = reading.catalog.workflows
    child = known.get(called.text) if known is not None else None
    if child is not None:
        at = section.mark("args" if section.value("args") else "workflow")
        check_arguments(_node(section, "args"), parameters_of(child), reading, missing_at=at)
        draft.output = result_of(child)


def _node(section: Section, key: str) -> Fields | None:
    value = section.value(key)
    return value if isinstance(value, Fields) else None


def _parameters(tool: str, reading: Reading) -> Parameters | None:
    if is_served(tool):
        schema = _served_schema(tool, reading.catalog, reading.header.servers)
    else:
        schema = (reading.catalog.tool_parameters or {}).get(tool)
    properties = schema.get("properties") if schema else None
    if schema is None or not isinstance(properties, dict):
        return None
    required = schema.get("required")
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    return Parameters(
        owner=f"the tool {tool!r}",
        types={
            name: {**below, **definitions} if isinstance(below, dict) else {}
            for name, below in properties.items()
        },
        required=frozenset(map(str, required)) if isinstance(required, list) else frozenset(),
        is_open=schema.get("additionalProperties") not in (None, False),
    )


def _served_schema(tool: str, catalog: Catalog, declared: Mapping[str, Server]) -> Schema | None:
    meant = read_served(tool)
    if meant is None or meant.tool is None or catalog.servers is None:
        return None
    tools = catalog.servers.tools(meant.server, declared.get(meant.server))
    return None if tools is None else tools.get(meant.tool)


def _output(section: Section, catalog: Catalog) -> Schema | None:
    value = section.value("output")
    return None if value is None else read_type(value, catalog.types or {}, section.findings)


def _check_function(function: Scalar, section: Section, catalog: Catalog) -> None:
    name = function.text
    if not TOOL.fullmatch(name):
        section.findings.problem(
            function.mark, f"expected a function or package.module:function, found {name!r}"
        )
    elif catalog.functions is not None and ":" not in name and name not in catalog.functions:
        near = hint(name, catalog.functions, nouns="functions")
        section.findings.problem(function.mark, f"unknown function {name!r}{near}")


def _tool_uses(reading: Reading) -> tuple[ToolUse, ...]:
    section = reading.section
    uses: dict[str, ToolUse] = {}
    for node in section.items("tools", "a list of tools such as [search]"):
        name, bound = _tool_use(node)
        if name is None:
            section.findings.problem(
                node.mark,
                "expected a tool, or a tool with bound arguments such as "
                f"`search: {{region: eu}}`, found {described(node)}",
            )
            continue
        check_tool(name, reading.catalog, reading.header, section.findings, alone=bool(bound))
        if name.text in uses:
            section.findings.problem(name.mark, f"the tool {name.text!r} is listed twice")
        arguments = read_templates(bound, "tools", section, reading.draft) if bound else {}
        if (takes := _parameters(name.text, reading)) is not None:
            check_arguments(bound, takes, reading, missing_at=None)
        uses[name.text] = ToolUse(tool=name.text, bound=arguments)
    return tuple(uses.values())


def _tool_use(node: Node) -> tuple[Scalar | None, Fields | None]:
    match node:
        case Scalar(value=str()):
            return node, None
        case Fields(entries=((key, Fields() as bound),)):
            return key, bound
        case _:
            return None, None
