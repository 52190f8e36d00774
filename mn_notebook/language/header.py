"""Reads what a workflow says before its steps: inputs, outputs, defaults, limits and tools."""

import re
from dataclasses import dataclass, field

from pydantic import JsonValue

from mn_notebook.domain.servers import Server, is_served
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.type_words import type_text
from mn_notebook.domain.workflow import Budget, InputField, Retry, Rule, Schema
from mn_notebook.language.budgets import read_budget
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.drafts import Use, template_uses
from mn_notebook.language.findings import Findings
from mn_notebook.language.models import read_ladder
from mn_notebook.language.policy import read_policy
from mn_notebook.language.retry import read_retry
from mn_notebook.language.section import Section
from mn_notebook.language.servers import check_served, read_servers
from mn_notebook.language.tree import Fields, Mark, Node, Scalar, described, plain
from mn_notebook.language.truth import truth_hint
from mn_notebook.language.types import is_optional, read_type
from mn_notebook.language.vocabulary import (
    DEFAULT_KEYS,
    INPUT_KEYS,
    LIMIT_KEYS,
)
from mn_notebook.language.words import hint

NAME = re.compile(r"[^\W\d]\w*")
TOOL = re.compile(r"[^\W\d][\w.]*(:[^\W\d][\w.]*)?")
_MOST_CONCURRENT = 1000
_MOST_CALLS = 1_000_000


@dataclass(slots=True)
class Header:
    """What holds for all steps of a workflow."""

    group: str | None = None
    about: str = ""
    inputs: dict[str, InputField] = field(default_factory=dict)
    input_marks: dict[str, Mark] = field(default_factory=dict)
    outputs: dict[str, JsonValue] = field(default_factory=dict)
    output_uses: list[Use] = field(default_factory=list)
    model: str | None = None
    ladder: tuple[str, ...] = ()
    cheaper: str | None = None
    budget: Budget | None = None
    timeout_seconds: float | None = None
    retry: Retry | None = None
    limits: dict[str, int] = field(default_factory=dict)
    """Fields of the model."""
    tools: tuple[str, ...] = ()
    policy: tuple[Rule, ...] = ()
    servers: dict[str, Server] = field(default_factory=dict)
    examples: tuple[dict[str, JsonValue], ...] = ()


def read_header(section: Section, catalog: Catalog) -> Header:
    """Return everything but the steps."""
    header = Header()
    if group := section.text("group", "a name"):
        header.group = group.text
    if about := section.text("about", "a text"):
        header.about = about.text.strip()
    _read_inputs(section, catalog, header)
    _read_outputs(section, header)
    _read_defaults(section, header)
    _read_limits(section, header)
    header.servers = read_servers(section)
    header.budget = read_budget(section)
    header.tools = _tools(section, catalog, header)
    header.policy = read_policy(section, catalog, header.tools)
    header.examples = _examples(section, header.inputs)
    return header


def _read_inputs(section: Section, catalog: Catalog, header: Header) -> None:
    inputs = section.section("inputs", "inputs", "a mapping such as {ticker: str}")
    if inputs is None:
        return
    for key, value in inputs.node:
        if not NAME.fullmatch(key.text):
            section.findings.problem(
                key.mark, f"expected an input name of letters, digits and _, found {key.text!r}"
            )
        header.inputs[key.text] = _input(key, value, catalog, section.findings)
        header.input_marks[key.text] = key.mark


def _input(key: Scalar, node: Node, catalog: Catalog, findings: Findings) -> InputField:
    models = catalog.types or {}
    if not (isinstance(node, Fields) and node.get("type")):
        if isinstance(node, Fields) and node.get("default"):
            findings.problem(key.mark, f"expected a `type` for the input {key.text!r}")
            return InputField(json_schema={}, type_text="any", required=False)
        schema = read_type(node, models, findings)
        return _input_field(node, schema)
    inner = Section(node, "an input", findings)
    inner.check_keys(INPUT_KEYS)
    kind = node.get("type")
    written = kind.value if kind else node
    schema = read_type(written, models, findings)
    about = inner.text("about", "a text")
    default = inner.value("default")
    found = _input_field(written, schema, about=about.text.strip() if about else "")
    if default is None:
        return found
    _check_value(default, schema, f"the default of {key.text!r}", findings)
    return found.model_copy(update={"required": False, "default": plain(default)})


def _input_field(written: Node, schema: Schema, about: str = "") -> InputField:
    text = written.text if isinstance(written, Scalar) else type_text(schema)
    return InputField(
        json_schema=schema, type_text=text, required=not is_optional(schema), about=about
    )


def _check_value(node: Node, schema: Schema, what: str, findings: Findings) -> None:
    if first_fault(plain(node), schema) is not None:
        found = f"{what} is {described(node)}, which is not of its type {type_text(schema)}"
        findings.problem(node.mark, found + truth_hint(node, schema))


def _read_outputs(section: Section, header: Header) -> None:
    outputs = section.section("outputs", "outputs", 'a mapping such as {report: "{{ report }}"}')
    if outputs is None:
        return
    for key, value in outputs.node:
        header.outputs[key.text] = plain(value)
        header.output_uses += template_uses(value, "outputs", section.findings)


def _read_defaults(section: Section, header: Header) -> None:
    defaults = section.section("defaults", "defaults", "a mapping such as {timeout: 5m}")
    if defaults is None:
        return
    defaults.check_keys(DEFAULT_KEYS)
    header.model, header.ladder = read_ladder(defaults)
    if cheaper := defaults.text("cheaper", "a model's name"):
        header.cheaper = cheaper.text
    header.timeout_seconds = defaults.duration("timeout")
    header.retry = read_retry(defaults)


def _read_limits(section: Section, header: Header) -> None:
    limits = section.section("limits", "limits", "a mapping such as {steps: 8}")
    if limits is None:
        return
    limits.check_keys(LIMIT_KEYS)
    if limits.value("steps") is not None and limits.value("concurrency") is not None:
        limits.findings.problem(
            limits.mark("concurrency"), "'concurrency' is the same as 'steps'; remove it"
        )
    for key in ("concurrency", "steps"):
        if (most := limits.whole(key, 1, _MOST_CONCURRENT)) is not None:
            header.limits["max_concurrency"] = most
    if (rate := limits.whole("calls_per_minute", 1, _MOST_CALLS)) is not None:
        header.limits["calls_per_minute"] = rate


def _tools(section: Section, catalog: Catalog, header: Header) -> tuple[str, ...]:
    declared: dict[str, None] = {}
    for tool in section.texts("tools", "a list such as [search, send_mail]"):
        check_tool(tool, catalog, header, section.findings)
        if tool.text in declared:
            section.findings.problem(tool.mark, f"the tool {tool.text!r} is declared twice")
        declared[tool.text] = None
    return tuple(declared)


def check_tool(
    tool: Scalar, catalog: Catalog, header: Header, findings: Findings, *, alone: bool = False
) -> None:
    """Report a tool that nobody knows; ``package.module:name`` is looked up only when it runs.

    ``alone``: a whole server will not do.
    """
    declared = header.tools
    if is_served(tool.text):
        check_served(tool, header.servers, catalog.servers, findings, alone=alone)
    elif not TOOL.fullmatch(tool.text):
        findings.problem(tool.mark, f"expected the name of a tool, found {tool.text!r}")
    elif catalog.tools is not None and ":" not in tool.text:
        known = {*catalog.tools, *(name.rpartition(":")[2] for name in declared)}
        if tool.text in known:
            return
        absent = catalog.absent_tools.get(tool.text)
        if absent is not None:
            findings.problem(tool.mark, f"the tool {tool.text!r} {absent}")
        else:
            findings.problem(
                tool.mark, f"unknown tool {tool.text!r}{hint(tool.text, known, nouns='tools')}"
            )


def _examples(section: Section, inputs: dict[str, InputField]) -> tuple[dict[str, JsonValue], ...]:
    found: list[dict[str, JsonValue]] = []
    for node in section.items("examples", "a list of inputs such as [{ticker: ACME}]"):
        if not isinstance(node, Fields):
            section.findings.problem(
                node.mark, f"expected the inputs of an example, found {described(node)}"
            )
            continue
        _check_example(node, inputs, section.findings)
        found.append({key.text: plain(value) for key, value in node})
    return tuple(found)


def _check_example(node: Fields, inputs: dict[str, InputField], findings: Findings) -> None:
    for key, value in node:
        if key.text not in inputs:
            findings.problem(
                key.mark, f"unknown input {key.text!r}{hint(key.text, inputs, nouns='inputs')}"
            )
        else:
            _check_value(value, inputs[key.text].json_schema, f"{key.text!r}", findings)
    missing = [name for name, spec in inputs.items() if spec.required and node.get(name) is None]
    for name in missing:
        findings.problem(node.mark, f"the example gives no value for the input {name!r}")
