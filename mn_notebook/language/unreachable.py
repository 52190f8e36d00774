"""Which steps never start, whatever happens: what can only follow others that never do."""

from collections.abc import Mapping

from mn_notebook.domain.joins import Tally, verdict
from mn_notebook.domain.workflow import Join
from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.needs import Edges


def check_reach(drafts: Mapping[str, Draft], needs: Edges, findings: Findings) -> None:
    """Warn of steps that never start because others never do.

    Of the condition itself a warning has been given where it stands.
    """
    never = {name for name, draft in drafts.items() if draft.values.get("when") == "false"}
    stands_in_for = {
        draft.fallback.text: name for name, draft in drafts.items() if draft.fallback is not None
    }
    found = True
    while found:
        found = False
        for name, draft in drafts.items():
            if name in never:
                continue
            if stands_in_for.get(name) in never:
                said = f"its step {stands_in_for[name]!r} never does"
            elif _is_out_of_reach(draft, needs[name], never):
                said = _because([need for need in needs[name] if need in never])
            else:
                continue
            never.add(name)
            found = True
            findings.warning(draft.mark, f"the step {name!r} never starts, because {said}")


def _is_out_of_reach(draft: Draft, needs: tuple[str, ...], never: set[str]) -> bool:
    """Ask the rule that a run will ask, with all others still open."""
    skipped = sum(need in never for need in needs)
    join = draft.values.get("join") or Join()
    return skipped > 0 and verdict(join, Tally(len(needs) - skipped, skipped=skipped)) == "skip"


def _because(skipped: list[str]) -> str:
    verb = "does" if len(skipped) == 1 else "do"
    names = ", ".join(map(repr, skipped))
    return f"{names} never {verb}; `join: all_done` would let it go on without"
