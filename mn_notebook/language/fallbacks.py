"""Is a fallback one that can stand in for its step?"""

from collections.abc import Mapping

from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.needs import Edges
from mn_notebook.language.words import hint


def check_fallbacks(drafts: Mapping[str, Draft], needs: Edges, findings: Findings) -> None:
    """Report fallbacks that are unknown, shared, needed by others, or that use what has failed."""
    owners: dict[str, str] = {}
    for draft in drafts.values():
        if draft.fallback is None:
            continue
        message = _wrong(draft, draft.fallback.text, drafts, needs, owners)
        if message is not None:
            findings.problem(draft.fallback.mark, message)
        owners.setdefault(draft.fallback.text, draft.name)
    _check_needed(owners, drafts, findings)


def _wrong(
    draft: Draft,
    name: str,
    drafts: Mapping[str, Draft],
    needs: Edges,
    owners: Mapping[str, str],
) -> str | None:
    if name == draft.name:
        return f"the step {name!r} cannot stand in for itself; name another one"
    if name not in drafts:
        near = hint(name, set(drafts) - {draft.name}, nouns="steps")
        return f"unknown step {name!r}{near}"
    if name in owners:
        return (
            f"{name!r} stands in for {owners[name]!r} already; give {draft.name!r} a fallback of "
            "its own"
        )
    if draft.name in needs[name]:
        return (
            f"{name!r} starts when {draft.name!r} has failed, so it cannot use its value or need "
            "it; use what went into it"
        )
    return None


def _check_needed(
    owners: Mapping[str, str], drafts: Mapping[str, Draft], findings: Findings
) -> None:
    for draft in drafts.values():
        for need in draft.needs:
            owner = owners.get(need.text)
            if owner is not None and owner != draft.name:
                findings.problem(
                    need.mark,
                    f"{need.text!r} stands in for {owner!r} and is needed by nobody else; "
                    f"write: needs: [{owner}]",
                )
