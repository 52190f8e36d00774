"""Reads the steps of a workflow: what each is called, and of which kind it is."""

from mn_notebook.language.approvals import read_approve, read_ask
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.common import read_common
from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.header import NAME, Header
from mn_notebook.language.kinds import read_agent, read_python, read_tool, read_workflow
from mn_notebook.language.reading import Reader, Reading
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Entry, Fields, Items, Scalar, described
from mn_notebook.language.vocabulary import (
    KIND_KEYS,
    KINDS,
    LATER_STEP_KEYS,
    MEANT,
    NOT_HERE,
    RESERVED_STEPS,
    TEMPLATE_WORDS,
    WAIT_FORMS,
)
from mn_notebook.language.waits import read_wait
from mn_notebook.language.words import article, hint, listed

_READERS: dict[str, Reader] = {
    "agent": read_agent,
    "tool": read_tool,
    "python": read_python,
    "approve": read_approve,
    "ask": read_ask,
    "wait": read_wait,
    "workflow": read_workflow,
}


def read_steps(section: Section, header: Header, catalog: Catalog) -> dict[str, Draft]:
    """Return the steps by name, in the order of the text."""
    listed_steps = section.value("steps")
    if isinstance(listed_steps, Items):
        message = (
            "expected a mapping of steps by name for 'steps', found a list; write each step "
            f"without a dash, below its name: {_named(listed_steps)}"
        )
        section.findings.problem(listed_steps.mark, message)
        return {}
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


def _named(steps: Items) -> str:
    """Return how the first step of a list begins where steps stand by name."""
    first = steps.items[0] if steps.items else None
    if not isinstance(first, Fields) or not first.entries:
        return "`fetch: …`"
    said = first.get("name") or first.get("id")
    value = said.value if said else None
    name = value.text if isinstance(value, Scalar) else first.entries[0].key.text
    return f"`{name}: …`" if NAME.fullmatch(name) and name not in _STEP_KEYS else "`fetch: …`"


_STEP_KEYS = frozenset().union(*KIND_KEYS.values())


def _outdented(entry: Entry) -> str:
    """Say how to mend a step whose keys stand where steps stand."""
    if entry.key.text in _STEP_KEYS:
        return "; a key of a step is indented by two more spaces than the step's name"
    empty = isinstance(entry.value, Scalar) and not entry.value.text
    return "; indent the lines below it by two more spaces" if empty else ""


def _read_step(entry: Entry, header: Header, catalog: Catalog, findings: Findings) -> Draft:
    draft = Draft(entry.key.text, entry.key.mark)
    _check_name(entry.key, findings)
    if not isinstance(entry.value, Fields):
        findings.problem(
            entry.key.mark,
            f"expected what the step {draft.name!r} does, such as `agent: …`, "
            f"found {described(entry.value)}{_outdented(entry)}",
        )
        return draft
    kind = draft.kind = _kind(entry, findings)
    if kind is None:
        return draft
    section = Section(entry.value, f"{article(kind)} step", findings)
    section.check_keys(KIND_KEYS[kind], LATER_STEP_KEYS, _reasons(kind))
    read_common(section, header, draft)
    _READERS[kind](Reading(section, header, catalog, draft))
    return draft


def _reasons(kind: str) -> dict[str, str]:
    """Return the keys that only other kinds have, each with what to know of it."""
    others: dict[str, list[str]] = {}
    for other, keys in KIND_KEYS.items():
        for key in keys - KIND_KEYS[kind] - MEANT.keys():
            others.setdefault(key, []).append(other)
    reasons = {key: f"it belongs to {' and '.join(kinds)} steps" for key, kinds in others.items()}
    return {**reasons, **NOT_HERE.get(kind, {})}


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
    if len(found) == 1:
        return found[0].text
    if not found and any(key.text in WAIT_FORMS for key in keys):
        return "wait"
    name = entry.key.text
    if found:
        kinds = " and ".join(key.text for key in found)
        findings.problem(
            found[1].mark, f"the step {name!r} has two kinds, {kinds}; make it two steps"
        )
    else:
        findings.problem(entry.key.mark, _no_kind(name, keys))
    return None


def _no_kind(name: str, keys: list[Scalar]) -> str:
    known = LATER_STEP_KEYS.union(*KIND_KEYS.values())
    unknown = [key.text for key in keys if key.text not in known]
    meant = next((right for key in unknown if (right := MEANT.get(key)) in KINDS), None)
    near = next((found for key in unknown if (found := hint(key, KINDS))), "")
    near = f"; did you mean {meant!r}?" if meant else near
    return f"the step {name!r} does nothing: expected one of {listed(KINDS)}{near}"
