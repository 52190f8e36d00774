"""Reads what every kind of step may say."""

from mn_notebook.domain.workflow import ForEach
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.drafts import Draft, expression_uses
from mn_notebook.language.findings import Findings
from mn_notebook.language.header import NAME, Header
from mn_notebook.language.kinds import READERS, Reading
from mn_notebook.language.retry import read_retry
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Entry, Fields, Scalar, described
from mn_notebook.language.vocabulary import (
    ALL_LATER_STEP_KEYS,
    ITEM_KEYS,
    KIND_KEYS,
    KINDS,
    LATER_KIND_KEYS,
    LATER_KINDS,
    RESERVED_STEPS,
    TEMPLATE_WORDS,
)
from mn_notebook.language.words import article, hint, listed

_MOST_CONCURRENT = 1000


def read_steps(section: Section, header: Header, catalog: Catalog) -> dict[str, Draft]:
    """Return the steps by name, in the order of the text."""
    steps = section.section("steps", "steps", "a mapping of steps by name")
    if steps is None:
        if section.value("steps") is None:
            section.findings.problem(section.node.mark, "expected `steps:` with at least one step")
        return {}
    if not steps.node.entries:
        section.findings.problem(section.mark("steps"), "expected at least one step")
    return {
        entry.key.text: _read_step(entry, header, catalog, section.findings) for entry in steps.node
    }


def _read_step(entry: Entry, header: Header, catalog: Catalog, findings: Findings) -> Draft:
    draft = Draft(entry.key.text, entry.key.mark)
    _check_name(entry.key, findings)
    if not isinstance(entry.value, Fields):
        findings.problem(
            entry.key.mark,
            f"expected what the step {draft.name!r} does, such as `agent: …`, "
            f"found {described(entry.value)}",
        )
        return draft
    kind = draft.kind = _kind(entry, findings)
    if kind is None:
        return draft
    section = Section(entry.value, f"{article(kind)} step", findings)
    section.check_keys(KIND_KEYS[kind], LATER_KIND_KEYS[kind])
    _read_common(section, header, draft)
    READERS[kind](Reading(section, header, catalog, draft))
    return draft


def _check_name(name: Scalar, findings: Findings) -> None:
    if name.text in RESERVED_STEPS or name.text in TEMPLATE_WORDS:
        findings.problem(name.mark, f"{name.text!r} is a reserved name; choose another one")
    elif not NAME.fullmatch(name.text):
        right = "".join(letter if letter.isalnum() else "_" for letter in name.text).strip("_")
        fix = f"; write {right}" if NAME.fullmatch(right) else ""
        findings.problem(
            name.mark, f"expected a step name of letters, digits and _, found {name.text!r}{fix}"
        )


def _kind(entry: Entry, findings: Findings) -> str | None:
    keys = [key for key, _ in entry.value] if isinstance(entry.value, Fields) else []
    found = [key for key in keys if key.text in KINDS]
    later = [key for key in keys if key.text in LATER_KINDS]
    if len(found) == 1 and not later:
        return found[0].text
    name = entry.key.text
    if later:
        findings.problem(later[0].mark, f"{later[0].text!r} steps are not available yet")
    elif found:
        kinds = " and ".join(key.text for key in found)
        findings.problem(
            found[1].mark, f"the step {name!r} has two kinds, {kinds}; make it two steps"
        )
    else:
        findings.problem(entry.key.mark, _no_kind(name, keys))
    return None


def _no_kind(name: str, keys: list[Scalar]) -> str:
    known = ALL_LATER_STEP_KEYS.union(*KIND_KEYS.values())
    near = next((hint(key.text, KINDS) for key in keys if key.text not in known), "")
    return f"the step {name!r} does nothing: expected one of {listed(KINDS)}{near}"


def _read_common(section: Section, header: Header, draft: Draft) -> None:
    draft.needs = section.texts("needs", "a list of steps such as [gather]")
    when = section.value("when")
    if isinstance(when, Scalar) and isinstance(when.value, bool):
        section.findings.warning(when.mark, f"`when` is always {when.text.lower()}")
        draft.values["when"] = when.text.lower()
    elif text := section.text("when", "an expression"):
        draft.values["when"] = text.text.strip()
        used = expression_uses(text, "when", section.findings)
        draft.uses += used
        if not used:
            section.findings.warning(text.mark, "`when` names nothing, so it is always the same")
    if draft.kind != "approve":
        _read_for_each(section, draft)
        _read_attempts(section, header, draft)


def _read_attempts(section: Section, header: Header, draft: Draft) -> None:
    """Apply the defaults too, but never more attempts to what may act on the world."""
    timeout = section.duration("timeout") or header.timeout_seconds
    if timeout is not None:
        draft.values["timeout_seconds"] = timeout
    retry = read_retry(section)
    effect = section.value("effect")
    writes = isinstance(effect, Scalar) and effect.text == "write"
    if retry is None and draft.kind != "tool" and not writes:
        retry = header.retry
    draft.values["retry"] = retry


def _read_for_each(section: Section, draft: Draft) -> None:
    if section.value("for_each") is None:
        for entry in section.node:
            if entry.key.text in ITEM_KEYS:
                section.findings.problem(
                    entry.key.mark, f"{entry.key.text!r} needs a `for_each` beside it"
                )
        return
    draft.item_name = _item_name(section)
    over = section.text("for_each", "an expression that gives a list")
    key = section.text("key", "an expression over the item")
    if over is not None:
        draft.uses += expression_uses(over, "for_each", section.findings)
    if key is not None:
        draft.uses += expression_uses(key, "key", section.findings)
    on_error, quorum = _on_error(section)
    concurrency = section.whole("concurrency", 1, _MOST_CONCURRENT)
    draft.values["for_each"] = ForEach(
        over=over.text.strip() if over else "[]",
        item_name=draft.item_name,
        key=key.text.strip() if key else None,
        concurrency=concurrency or 4,
        on_error=on_error,
        quorum=quorum,
    )


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
