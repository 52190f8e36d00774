"""Reads the steps that a person answers."""

import re

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.workflow import Expiry, Redo, Schema
from mn_notebook.language.drafts import Draft, expression_uses
from mn_notebook.language.forms import read_form
from mn_notebook.language.reading import Reading, read_prompt
from mn_notebook.language.section import Section
from mn_notebook.language.vocabulary import EXPIRES_KEYS, EXPIRES_THEN, REDO_KEYS

_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_MOST_REDOS = 100


def read_approve(reading: Reading) -> None:
    """Read an approval."""
    section, draft = reading.section, reading.draft
    draft.values["prompt"] = read_prompt(section, "approve", draft)
    draft.authorises = section.text("for", "the name of a tool step")
    shown = section.texts("show", "a list of expressions such as [draft.text]")
    for text in shown:
        draft.uses += expression_uses(text, "show", section.findings)
        if _PATH.fullmatch(text.text):
            draft.shown.append(tuple(text.text.split(".")))
    draft.values["show"] = tuple(text.text.strip() for text in shown)
    draft.values["edit"] = tuple(_edit(section, draft))
    draft.values["expires"] = _expiry(section)
    draft.values["on_reject"] = _redo(section, draft)


def read_ask(reading: Reading) -> None:
    """Read a form."""
    section, draft = reading.section, reading.draft
    draft.values["prompt"] = read_prompt(section, "ask", draft)
    fields = read_form(section, reading.catalog)
    draft.values["fields"] = fields
    draft.values["expires"] = _expiry(section)
    draft.output = _answered(fields)


def _answered(fields: Schema) -> Schema | None:
    """Return what a form gives: its fields, and who filled it in."""
    properties = fields.get("properties")
    if not isinstance(properties, dict):
        return None
    return {**fields, "properties": {**properties, "by": {"type": "string"}}}


def _redo(section: Section, draft: Draft) -> Redo | None:
    inner = section.section("on_reject", "on_reject", "a mapping such as {redo: draft, at_most: 3}")
    if inner is None:
        return None
    inner.check_keys(REDO_KEYS)
    target = inner.text("redo", "the name of an earlier step")
    at_most = inner.whole("at_most", 1, _MOST_REDOS)
    if inner.value("redo") is None:
        inner.findings.problem(
            section.mark("on_reject"), "expected `redo` in on_reject, such as {redo: draft}"
        )
    if draft.item_name is not None:
        inner.findings.problem(
            section.mark("on_reject"),
            "one rejection of many cannot send the work back for all; remove `for_each`, or put "
            "these steps into a workflow of their own and call that for each item",
        )
    if target is None:
        return None
    draft.redo = target
    name = StepName(target.text)
    return Redo(target=name) if at_most is None else Redo(target=name, at_most=at_most)


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
    then = inner.word("then", EXPIRES_THEN) or "reject"
    to = inner.text("to", "whom to tell, such as a name or an address")
    if to is not None and then != "escalate":
        inner.findings.problem(
            inner.mark("to"), "'to' names whom an escalation goes to; write: then: escalate"
        )
    if after is None:
        if inner.value("after") is None:
            section.findings.problem(
                section.mark("expires"), "expected `after` in expires, such as {after: 2d}"
            )
        return None
    return Expiry.model_validate(
        {"after_seconds": after, "then": then, "to": to.text.strip() if to else ""}
    )
