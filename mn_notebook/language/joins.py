"""Can a join rule hold, and does it say anything?"""

from collections.abc import Mapping

from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.needs import Edges
from mn_notebook.language.tree import Scalar

_AFTER_ALL = frozenset({"all_done", "none_failed_min_one_success"})


def check_joins(drafts: Mapping[str, Draft], needs: Edges, findings: Findings) -> None:
    """Report rules that can never hold; warn of those that change nothing or leave values open."""
    for draft in drafts.values():
        if draft.join is not None:
            _check(draft, draft.join, drafts, needs, findings)
            _warn_null(draft, drafts, needs, findings)


def _check(
    draft: Draft, rule: Scalar, drafts: Mapping[str, Draft], needs: Edges, findings: Findings
) -> None:
    join = draft.values["join"]
    over = needs[draft.name]
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
    elif join.rule in _AFTER_ALL and not any(
        _may_end_otherwise(name, drafts, needs, frozenset()) for name in over
    ):
        findings.warning(
            rule.mark,
            f"`join: {join.rule}` changes nothing here: {' and '.join(over)} can only succeed, or "
            "end the run; add `on_failure: continue` to what may fail",
        )


def _warn_null(draft: Draft, drafts: Mapping[str, Draft], needs: Edges, findings: Findings) -> None:
    """Warn of a field of a step that may have no value when this one starts."""
    rule = draft.values["join"].rule
    open_ones = {
        name for name in needs[draft.name] if _may_be_null(name, rule, drafts, needs, draft)
    }
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


def _may_be_null(
    name: str, rule: str, drafts: Mapping[str, Draft], needs: Edges, draft: Draft
) -> bool:
    if rule in _AFTER_ALL:
        return _may_end_otherwise(name, drafts, needs, frozenset())
    return rule != "all_success" and (rule == "one_failed" or len(needs[draft.name]) > 1)


def _may_fail(names: tuple[str, ...], drafts: Mapping[str, Draft]) -> bool:
    return any(drafts[name].values.get("on_failure") == "continue" for name in names)


def _may_end_otherwise(
    name: str, drafts: Mapping[str, Draft], needs: Edges, seen: frozenset[str]
) -> bool:
    """Say whether a run may go on after a step that failed or was skipped."""
    draft = drafts[name]
    if name in seen or draft.kind is None:
        return True
    if draft.values.get("when") or draft.values.get("on_failure") in ("continue", "skip"):
        return True
    if draft.kind in ("approve", "ask") or draft.join is not None:
        return True
    return any(_may_end_otherwise(need, drafts, needs, seen | {name}) for need in needs[name])
