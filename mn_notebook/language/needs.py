"""Works out which steps each step needs."""

from collections.abc import Iterable, Mapping

from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.graph import ancestors, cycles
from mn_notebook.language.vocabulary import DECISION_FIELDS
from mn_notebook.language.words import article, hint

Edges = dict[str, tuple[str, ...]]
_CALL_KEYS = frozenset({"args", "for_each", "key"})
"""The texts of a tool step that say which calls it will make."""


def uses_of(draft: Draft, drafts: Mapping[str, Draft]) -> tuple[str, ...]:
    """Return the steps that the texts of a step name, in the order of the workflow."""
    roots = {use.path[0] for use in draft.uses} - {draft.name, draft.item_name, "index"}
    return _in_order(roots, drafts)


def _in_order(names: Iterable[str], drafts: Mapping[str, Draft]) -> tuple[str, ...]:
    """Return the steps among some names, in the order of the text.

    By their places: to look through all steps for each of them would take too long for thousands.
    """
    return tuple(sorted({*names} & drafts.keys(), key=lambda name: drafts[name].mark))


def content_uses_of(draft: Draft, drafts: Mapping[str, Draft]) -> tuple[str, ...]:
    """Return the steps whose content the texts of a step use.

    Who only asks an approval for its decision can follow a rejection, too: it is not among them.
    """
    roots = {
        use.path[0]
        for use in draft.uses
        if use.path[0] in drafts and not _asks_for_decision(use.path, drafts)
    }
    return tuple(name for name in uses_of(draft, drafts) if name in roots)


def _asks_for_decision(path: tuple[str, ...], drafts: Mapping[str, Draft]) -> bool:
    return drafts[path[0]].kind == "approve" and len(path) > 1 and path[1] in DECISION_FIELDS


def find_needs(drafts: Mapping[str, Draft], findings: Findings) -> Edges:
    """Return the needs of every step, written and inferred; report what cannot be.

    An approval that authorises calls needs what those calls are made from, so that it can show
    them; the step that makes the calls needs the approval itself, however far before it stands.
    """
    needs = {name: _needs(draft, drafts, findings) for name, draft in drafts.items()}
    report_cycles({**needs, **ends_of(needs, drafts)}, drafts, findings)
    for name, draft in drafts.items():
        if draft.authorises is not None and _may_authorise(draft, drafts, needs, findings):
            target = draft.authorises.text
            wanted = {*needs[name], *_call_uses(drafts[target], drafts)} - {name}
            needs[name] = _in_order(wanted, drafts)
            needs[target] = _in_order({*needs[target], name}, drafts)
    return needs


def ends_of(needs: Edges, drafts: Mapping[str, Draft]) -> Edges:
    """Return what the steps with a fallback wait for until they have ended: the fallback, too."""
    return {
        name: (*needs[name], draft.fallback.text)
        for name, draft in drafts.items()
        if draft.fallback is not None
        and draft.fallback.text != name
        and name not in needs.get(draft.fallback.text, (name,))
    }


def _needs(draft: Draft, drafts: Mapping[str, Draft], findings: Findings) -> tuple[str, ...]:
    written = set()
    for need in draft.needs:
        if need.text == draft.name:
            findings.problem(need.mark, f"the step {draft.name!r} needs itself")
        elif need.text not in drafts:
            near = hint(need.text, set(drafts) - {draft.name}, nouns="steps")
            findings.problem(need.mark, f"unknown step {need.text!r}{near}")
        else:
            written.add(need.text)
    return _in_order(written.union(uses_of(draft, drafts)), drafts)


def report_cycles(needs: Edges, drafts: Mapping[str, Draft], findings: Findings) -> None:
    """Report steps that wait for each other."""
    for cycle in cycles(needs):
        shown = " → ".join((*cycle, cycle[0]))
        findings.problem(
            drafts[cycle[0]].mark,
            f"these steps wait for each other: {shown}; to do work again, use `repeat_until` or "
            "`on_reject`",
        )


def _call_uses(tool: Draft, drafts: Mapping[str, Draft]) -> tuple[str, ...]:
    roots = {use.path[0] for use in tool.uses if use.key in _CALL_KEYS} - {tool.item_name}
    return _in_order(roots - {None}, drafts)


def _may_authorise(
    draft: Draft, drafts: Mapping[str, Draft], needs: Edges, findings: Findings
) -> bool:
    wanted = draft.authorises
    if wanted is None:
        return False
    message = _wrong_target(draft, wanted.text, drafts, needs)
    if message is not None:
        findings.problem(wanted.mark, message)
    return message is None


def _wrong_target(draft: Draft, name: str, drafts: Mapping[str, Draft], needs: Edges) -> str | None:
    target = drafts.get(name)
    if target is None:
        tools = [other.name for other in drafts.values() if other.kind == "tool"]
        return f"unknown step {name!r}{hint(name, tools, nouns='tool steps')}"
    if target.kind != "tool":
        kind = f"{article(target.kind)} step" if target.kind else "none"
        return f"`for` names the tool step whose calls are approved; {name!r} is {kind}"
    if draft.item_name is not None:
        return (
            f"each item would allow all calls of {name!r}; remove `for_each` here, or put both "
            "steps into a workflow of their own and call that for each item"
        )
    if target.repeats:
        return (
            f"an approval shows calls that are made once, and {name!r} is repeated; remove its "
            "`repeat_until`"
        )
    if draft.name not in ancestors(name, needs):
        return f"{name!r} does not come after {draft.name!r}; add `needs: [{draft.name}]` to it"
    late = [
        other
        for other in _call_uses(target, drafts)
        if other != draft.name and draft.name in ancestors(other, needs)
    ]
    if late:
        return (
            f"the calls of {name!r} cannot be shown: they are made from {late[0]!r}, which itself "
            f"comes after {draft.name!r}"
        )
    return None
