"""Reads what each kind of step says for itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from mn_notebook.domain.workflow import Expiry, Schema, ToolUse
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.drafts import Draft, expression_uses, template_uses
from mn_notebook.language.header import TOOL, Header, check_tool
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Fields, Node, Scalar, described, plain
from mn_notebook.language.types import read_type
from mn_notebook.language.vocabulary import EXPIRES_KEYS, LATER_THEN
from mn_notebook.language.words import hint


@dataclass(frozen=True, slots=True)
class Reading:
    """A step that is being read, with all that its reader may look at."""

    section: Section
    header: Header
    catalog: Catalog
    draft: Draft


Reader = Callable[[Reading], None]

_MOST_TURNS = 100
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_CUT = re.compile(r"(?P<space>\s+)#(?P<rest>[^\n]*)")


def _read_agent(reading: Reading) -> None:
    section, draft = reading.section, reading.draft
    draft.values["prompt"] = _prompt(section, "agent", draft)
    if model := section.text("model", "a model's name"):
        draft.values["model"] = model.text
    turns = section.whole("turns", 1, _MOST_TURNS)
    if turns is not None:
        draft.values["turns"] = turns
    draft.values["tools"] = _tool_uses(reading)
    draft.output = _output(section, reading.catalog)
    draft.values["output"] = draft.output
    if draft.output is None:
        draft.output = {"type": "string"}  # without an output the answer's text is the value


def _read_tool(reading: Reading) -> None:
    section, draft = reading.section, reading.draft
    tool = section.text("tool", "the name of a tool")
    if tool is not None:
        check_tool(tool, reading.catalog, reading.header.tools, section.findings)
        draft.values["tool"] = tool.text
    draft.values["args"] = _args(section, draft)
    draft.output = _output(section, reading.catalog)
    draft.values["output"] = draft.output


def _read_python(reading: Reading) -> None:
    section, draft = reading.section, reading.draft
    function = section.text("python", "the name of a function")
    if function is not None:
        _check_function(function, section, reading.catalog)
        draft.values["function"] = function.text
    draft.values["args"] = _args(section, draft)
    effect = section.word("effect", ("read", "idempotent", "write"))
    if effect is not None:
        draft.values["effect"] = effect
    draft.output = _output(section, reading.catalog)
    draft.values["output"] = draft.output


def _read_approve(reading: Reading) -> None:
    section, draft = reading.section, reading.draft
    draft.values["prompt"] = _prompt(section, "approve", draft)
    draft.authorises = section.text("for", "the name of a tool step")
    shown = section.texts("show", "a list of expressions such as [draft.text]")
    for text in shown:
        draft.uses += expression_uses(text, "show", section.findings)
        if _PATH.fullmatch(text.text):
            draft.shown.append(tuple(text.text.split(".")))
    draft.values["show"] = tuple(text.text.strip() for text in shown)
    draft.values["edit"] = tuple(_edit(section, draft))
    draft.values["expires"] = _expiry(section)


READERS: dict[str, Reader] = {
    "agent": _read_agent,
    "tool": _read_tool,
    "python": _read_python,
    "approve": _read_approve,
}


def _prompt(section: Section, key: str, draft: Draft) -> str:
    prompt = section.text(key, "a prompt")
    if prompt is None:
        return ""
    _check_cut(prompt, section)
    draft.uses += template_uses(prompt, key, section.findings)
    return prompt.text


def _check_cut(prompt: Scalar, section: Section) -> None:
    """Report a `` #`` that made a comment of the rest of an unquoted prompt."""
    cut = _CUT.match(prompt.after) if prompt.style == "" else None
    if cut is None:
        return
    rest = cut["rest"]
    if rest[:1].strip():
        right = f'"{prompt.text} #{rest.rstrip()}"'
        section.findings.problem(
            prompt.mark,
            f"the prompt ends before ` #`, which begins a comment; to keep it, write: {right}",
        )
    elif cut["space"] == " ":
        section.findings.warning(
            prompt.mark, "the prompt ends before ` #`, which begins a comment; quote it to keep it"
        )


def _output(section: Section, catalog: Catalog) -> Schema | None:
    value = section.value("output")
    return None if value is None else read_type(value, catalog.types or {}, section.findings)


def _args(section: Section, draft: Draft) -> dict[str, JsonValue]:
    inner = section.section("args", "args", "a mapping of arguments")
    return {} if inner is None else _templates(inner.node, "args", section, draft)


def _templates(node: Fields, key: str, section: Section, draft: Draft) -> dict[str, JsonValue]:
    draft.uses += template_uses(node, key, section.findings)
    return {entry.key.text: plain(entry.value) for entry in node}


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
        check_tool(name, reading.catalog, reading.header.tools, section.findings)
        if name.text in uses:
            section.findings.problem(name.mark, f"the tool {name.text!r} is listed twice")
        arguments = _templates(bound, "tools", section, reading.draft) if bound else {}
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


def _edit(section: Section, draft: Draft) -> list[str]:
    paths = []
    for text in section.texts("edit", "a list of paths such as [draft.text]"):
        draft.uses += expression_uses(text, "edit", section.findings)
        if not _PATH.fullmatch(text.text):
            section.findings.problem(
                text.mark, f"expected a plain path such as draft.text, found {text.text!r}"
            )
            continue
        path = tuple(text.text.split("."))
        draft.shown.append(path)
        draft.edits.append((path, text.mark))
        paths.append(text.text)
    return paths


def _expiry(section: Section) -> Expiry | None:
    inner = section.section("expires", "expires", "a mapping such as {after: 2d, then: reject}")
    if inner is None:
        return None
    inner.check_keys(EXPIRES_KEYS)
    after = inner.duration("after")
    then = inner.word("then", ("reject", "wait"), LATER_THEN)
    if after is None:
        if inner.value("after") is None:
            section.findings.problem(section.mark("expires"), "expected `after` in expires")
        return None
    return Expiry(after_seconds=after, then="wait" if then == "wait" else "reject")
