"""A step that is being read, and what several kinds of steps read alike."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from mn_notebook.domain.workflow import Schema
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.drafts import Draft, Given, template_uses
from mn_notebook.language.header import Header
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Fields, Mark, Scalar, plain
from mn_notebook.language.words import hint


@dataclass(frozen=True, slots=True)
class Reading:
    """A step that is being read, with all that its reader may look at."""

    section: Section
    header: Header
    catalog: Catalog
    draft: Draft


Reader = Callable[[Reading], None]

_CUT = re.compile(r"(?P<space>\s+)#(?P<rest>[^\n]*)")


def read_prompt(section: Section, key: str, draft: Draft) -> str:
    """Return a prompt; empty when there is none, which is reported."""
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


def read_args(section: Section, draft: Draft) -> dict[str, JsonValue]:
    """Return the arguments of a call, which are templates."""
    inner = section.section("args", "args", "a mapping of arguments")
    return {} if inner is None else read_templates(inner.node, "args", section, draft)


def read_templates(node: Fields, key: str, section: Section, draft: Draft) -> dict[str, JsonValue]:
    """Return a mapping of templates."""
    draft.uses += template_uses(node, key, section.findings)
    return {entry.key.text: plain(entry.value) for entry in node}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What somebody who is called takes."""

    owner: str
    """How it is called in messages: ``the tool 'search'``."""
    types: dict[str, Schema]
    required: frozenset[str]
    is_open: bool = False
    """It takes others, too."""


def check_arguments(
    node: Fields | None, takes: Parameters, reading: Reading, *, missing_at: Mark | None
) -> None:
    """Report arguments that are unknown or, with a place to say so, missing; note the others."""
    findings = reading.section.findings
    given = {key.text for key, _ in node} if node else set()
    for key, value in node or ():
        if key.text in takes.types:
            what = f"{key.text!r} of {takes.owner}"
            reading.draft.given.append(Given(value, takes.types[key.text], what))
        elif not takes.is_open:
            near = hint(key.text, set(takes.types) - given, nouns="it takes")
            findings.problem(key.mark, f"{takes.owner} takes no {key.text!r}{near}")
    for name in sorted(takes.required - given) if missing_at else ():
        example = f"args: {{{name}: …}}" if not given else f"{name}: …"
        findings.problem(
            missing_at or reading.draft.mark, f"{takes.owner} needs {name!r}; write: {example}"
        )
