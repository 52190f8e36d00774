"""What a rejection sends back, and who may use it."""

from collections.abc import Mapping

from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.graph import ancestors
from mn_notebook.language.needs import Edges, ends_of
from mn_notebook.language.tree import Scalar
from mn_notebook.language.vocabulary import PASS_NAMES
from mn_notebook.language.words import hint

_ONCE_KEYS = frozenset({"when", "for_each", "key"})
"""They are evaluated before the first iteration only."""


def check_redos(drafts: Mapping[str, Draft], needs: Edges, findings: Findings) -> None:
    """Report work that cannot be sent back, or that somebody acts on before it is approved."""
    edges = {**needs, **ends_of(needs, drafts)}
    again: set[str] = set()
    for draft in drafts.values():
        if draft.redo is None:
            continue
        message = _wrong_target(draft, draft.redo, drafts, edges)
        if message is not None:
            findings.problem(draft.redo.mark, message)
            continue
        region = _region(draft.name, draft.redo.text, edges)
        again |= region
        _check_escapes(draft, region, drafts, edges, findings)
    for draft in drafts.values():
        _warn_always_null(draft, again, findings)


def _wrong_target(
    draft: Draft, target: Scalar, drafts: Mapping[str, Draft], edges: Edges
) -> str | None:
    name = target.text
    before = ancestors(draft.name, edges)
    if name not in drafts:
        near = hint(name, before or set(drafts) - {draft.name}, nouns="steps before it")
        return f"unknown step {name!r}{near}"
    if name == draft.name:
        return f"`redo` names an earlier step, not {name!r} itself"
    owner = next(
        (other.name for other in drafts.values() if other.fallback and other.fallback.text == name),
        None,
    )
    if owner is not None:
        return f"{name!r} stands in for {owner!r}; write: redo: {owner}"
    if name not in before:
        return f"{name!r} does not come before {draft.name!r}; show it there, or add it to `needs`"
    return None


def _region(approval: str, target: str, edges: Edges) -> set[str]:
    """Return the steps that are done again: the target, the approval, and those between."""
    after: dict[str, list[str]] = {}
    for name, needs in edges.items():
        for need in needs:
            after.setdefault(need, []).append(name)
    return {target, approval, *(ancestors(approval, edges) & ancestors(target, after))}


def _check_escapes(
    approval: Draft,
    region: set[str],
    drafts: Mapping[str, Draft],
    edges: Edges,
    findings: Findings,
) -> None:
    for name, draft in drafts.items():
        used = [need for need in edges[name] if need in region - {approval.name}]
        if name in region or not used or approval.name in ancestors(name, edges):
            continue
        findings.problem(
            draft.mark,
            f"{name!r} uses {used[0]!r}, which {approval.name!r} may send back to be done again; "
            f"add `needs: [{approval.name}]`, so that it starts after the approval",
        )


def _warn_always_null(draft: Draft, again: set[str], findings: Findings) -> None:
    if draft.name in again:
        return
    for use in draft.uses:
        if use.path[0] not in PASS_NAMES:
            continue
        if use.path[0] == "feedback":
            message = (
                f"`feedback` is always null here: no approval sends {draft.name!r} back; write "
                f"in an approval after it: on_reject: {{redo: {draft.name}}}"
            )
        elif draft.repeats and use.key not in _ONCE_KEYS:
            continue
        elif draft.repeats:
            message = f"`previous` is always null here: {use.key!r} is evaluated before it begins"
        else:
            message = (
                f"`previous` is always null here: {draft.name!r} is done once; write "
                "`repeat_until` with `at_most`"
            )
        findings.warning(use.mark, message)
