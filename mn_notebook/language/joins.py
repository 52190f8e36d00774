"""Can a join rule hold, and does it say anything?"""

from collections.abc import Mapping

from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.needs import Edges
from mn_notebook.language.tree import Scalar

_AFTER_ALL = frozenset({"all_done", "none_failed_min_one_success"})


def check_joins(drafts: Mapping[str, Draft], needs: Edges, findings: Findings) -> None:
    """Report rules that can never hold; warn of those that change nothing or leave values open."""
    joins = [draft for draft in drafts.values() if draft.join is not None]
    open_ended = _open_ended(drafts, needs) if joins else frozenset()
    for draft in joins:
        if draft.join is not None:
            _check(draft, draft.join, drafts, needs[draft.name], open_ended, findings)
            _warn_null(draft, drafts, needs[draft.name], open_ended, findings)


def _check(
    draft: Draft,
    rule: Scalar,
    drafts: Mapping[str, Draft],
    over: tuple[str, ...],
    open_ended: frozenset[str],
    findings: Findings,
) -> None:
    join = draft.values["join"]
    if not over:
        findings.problem(
            rule.mark,
            f"'join' is about the steps that {draft.name!r} needs, and it needs none; add "
            "`needs: […]`",
        )
    elif isinstance(join.quorum, int) and join.quorum > len(over):
        findings.problem(
            rule.mark,
            f"{draft.name!r} needs only {len(over)} ({', '.join(over)}), so {join.quorum} can "
            f"never succeed; write: {{quorum_success: {len(over)}}}",
        )
    elif join.rule == "one_failed" and not _may_fail(over, drafts):
        findings.problem(
            rule.mark,
            f"{draft.name!r} would never start: a failure of {' or '.join(over)} does not let the "
            "run go on; add `on_failure: continue` to {' and '.join(over)}",
        )
    elif join.rule in _AFTER_ALL and open_ended.isdisjoint(over):
        findings.warning(
            rule.mark,
            f"`join: {join.rule}` changes nothing here: {' and '.join(over)} can only succeed, or "
            "end the run; add `on_failure: continue` to what may fail",
        )


def _warn_null(
    draft: Draft,
    drafts: Mapping[str, Draft],
    over: tuple[str, ...],
    open_ended: frozenset[str],
    findings: Findings,
) -> None:
    """Warn of a field of a step that may have no value when this one starts."""
    rule = draft.values["join"].rule
    open_ones = {name for name in over if _may_be_null(name, rule, over, open_ended)}
    for use in draft.uses:
        root, said = use.path[0], ".".join(use.path)
        if root not in open_ones or len(use.path) == 1 or use.is_guarded:
            continue
        if drafts[root].item_name is None:
            findings.warning(
                use.mark,
                f"{root!r} may be null here, for `join: {rule}` does not wait until it has "
                f"succeeded; write: {said} | default('')",
            )


def _may_be_null(name: str, rule: str, over: tuple[str, ...], open_ended: frozenset[str]) -> bool:
    if rule in _AFTER_ALL:
        return name in open_ended
    return rule != "all_success" and (rule == "one_failed" or len(over) > 1)


def _may_fail(names: tuple[str, ...], drafts: Mapping[str, Draft]) -> bool:
    return any(drafts[name].values.get("on_failure") == "continue" for name in names)


def _open_ended(drafts: Mapping[str, Draft], needs: Edges) -> frozenset[str]:
    """Return the steps after which a run may go on although they failed or were skipped.

    They are found together: to follow each back to its beginning would take too long in a workflow
    of thousands of steps.
    """
    after: dict[str, list[str]] = {}
    for name in drafts:
        for need in needs[name]:
            after.setdefault(need, []).append(name)
    waiting = [name for name, draft in drafts.items() if _may_end_otherwise(draft)]
    found = set(waiting)
    while waiting:
        new = [name for name in after.get(waiting.pop(), ()) if name not in found]
        found.update(new)
        waiting += new
    return frozenset(found)


def _may_end_otherwise(draft: Draft) -> bool:
    values = draft.values
    return (
        draft.kind in (None, "approve", "ask")
        or bool(values.get("when"))
        or values.get("on_failure") in ("continue", "skip")
        or draft.join is not None
    )
