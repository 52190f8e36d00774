"""Reads the ``for_each`` of a step."""

import json

from mn_notebook.domain.workflow import ForEach
from mn_notebook.language.drafts import Draft, expression_uses
from mn_notebook.language.header import NAME
from mn_notebook.language.mistakes import quoted
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Fields, Items, Scalar, plain
from mn_notebook.language.vocabulary import (
    ITEM_KEYS,
    PEOPLE_AND_TIME,
    RESERVED_STEPS,
    TEMPLATE_WORDS,
)

_MOST_CONCURRENT = 1000
_ALONE = {
    "on_error": "; for the whole step write `on_failure`",
    "concurrency": "; for the whole workflow write, at the top, `limits: {steps: 8}`",
}


def read_for_each(section: Section, draft: Draft) -> None:
    """Read a ``for_each`` with all that belongs to it."""
    if section.value("for_each") is None:
        for entry in section.node:
            if entry.key.text in ITEM_KEYS:
                alone = _ALONE.get(entry.key.text, "")
                section.findings.problem(
                    entry.key.mark, f"{entry.key.text!r} needs a `for_each` beside it{alone}"
                )
        return
    draft.item_name = _item_name(section)
    over = _over(section)
    key = section.text("key", "an expression over the item")
    if over is not None:
        draft.over = over
        draft.uses += expression_uses(over, "for_each", section.findings)
    if key is not None:
        draft.uses += expression_uses(key, "key", section.findings)
    on_error, quorum = _on_error(section)
    concurrency = section.whole("concurrency", 1, _MOST_CONCURRENT)
    draft.values["for_each"] = ForEach(
        over=over.text.strip() if over else "[]",
        item_name=draft.item_name,
        key=key.text.strip() if key else None,
        concurrency=concurrency or (_MOST_CONCURRENT if draft.kind in PEOPLE_AND_TIME else 4),
        on_error=on_error,
        quorum=quorum,
    )


def _over(section: Section) -> Scalar | None:
    """Return what is gone over; a list that stands there itself is a text of the language."""
    value = section.value("for_each")
    if not isinstance(value, Items):
        return section.text("for_each", "an expression that gives a list")
    text = json.dumps(plain(value), ensure_ascii=False)
    is_short = len(text) <= _LONGEST_LIST and "null" not in text  # which expressions call none
    fix = f"; write: for_each: {quoted(text)}" if is_short else ""
    message = f"expected an expression that gives a list for 'for_each', found a list{fix}"
    section.findings.problem(value.mark, message)
    return None


_LONGEST_LIST = 100


def _item_name(section: Section) -> str:
    name = section.text("as", "a name for the item")
    if name is None or name.text == "item":
        return "item"
    taken = RESERVED_STEPS | TEMPLATE_WORDS
    if name.text in taken:
        section.findings.problem(name.mark, f"{name.text!r} is a reserved name; choose another one")
        return "item"
    if not NAME.fullmatch(name.text):
        section.findings.problem(
            name.mark, f"expected a name of letters, digits and _ for 'as', found {name.text!r}"
        )
    return name.text


def _on_error(section: Section) -> tuple[str, float | None]:
    if isinstance(section.value("on_error"), Fields):
        inner = section.section("on_error", "on_error", "{quorum: 0.8}")
        if inner is not None:
            inner.check_keys({"quorum"})
            share = inner.share("quorum")
            return ("quorum", share) if share is not None else ("fail", None)
    return section.word("on_error", ("fail", "collect", "{quorum: 0.8}")) or "fail", None
