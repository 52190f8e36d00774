"""Reads what every kind of step may say."""

import re
from typing import get_args

from mn_notebook.domain.workflow import Join, JoinRule, Repeat
from mn_notebook.language.budgets import read_budget
from mn_notebook.language.drafts import Draft, expression_uses
from mn_notebook.language.header import Header
from mn_notebook.language.items import read_for_each
from mn_notebook.language.retry import read_retry
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Fields, Node, Scalar, described
from mn_notebook.language.vocabulary import JOIN_RULES, KIND_KEYS
from mn_notebook.language.words import hint

_MOST_ITERATIONS = 1000
_QUORUM = "quorum_success"
_PERCENT = re.compile(r"([1-9][0-9]?)\s*%", re.ASCII)


def read_common(section: Section, header: Header, draft: Draft) -> None:
    """Read the keys that do not depend on what a step does."""
    draft.needs = section.texts("needs", "a list of steps such as [gather]")
    _read_when(section, draft)
    read_for_each(section, draft)
    _read_repeat(section, draft)
    _read_join(section, draft)
    on_failure = section.word("on_failure", ("fail", "continue", "skip"))
    if on_failure is not None:
        draft.values["on_failure"] = on_failure
    draft.fallback = section.text("fallback", "the name of a step")
    if "budget" in KIND_KEYS[draft.kind or ""]:
        draft.values["budget"] = read_budget(section)
    _read_attempts(section, header, draft)


def _read_when(section: Section, draft: Draft) -> None:
    when = section.value("when")
    if isinstance(when, Scalar) and isinstance(when.value, bool):
        so = "remove it" if when.value else "the step never starts"
        section.findings.warning(when.mark, f"`when` is always {when.text.lower()}; {so}")
        draft.values["when"] = when.text.lower()
    elif text := section.text("when", "an expression"):
        draft.values["when"] = text.text.strip()
        draft.conditions.append(("when", text))
        used = expression_uses(text, "when", section.findings)
        draft.uses += used
        if not used:
            section.findings.warning(text.mark, "`when` names nothing, so it is always the same")


def _read_repeat(section: Section, draft: Draft) -> None:
    until = section.text("repeat_until", "an expression")
    at_most = section.whole("at_most", 1, _MOST_ITERATIONS)
    if section.value("repeat_until") is None:
        if section.value("at_most") is not None:
            section.findings.problem(
                section.mark("at_most"), "'at_most' needs a `repeat_until` beside it"
            )
        return
    draft.repeats = True
    if section.value("at_most") is None:
        section.findings.problem(
            section.mark("repeat_until"),
            "`repeat_until` needs a bound, so that it ends; write below it: `at_most: 5`",
        )
    if until is None or at_most is None:
        return
    draft.values["repeat"] = Repeat(until=until.text.strip(), at_most=at_most)
    draft.conditions.append(("repeat_until", until))
    used = expression_uses(until, "repeat_until", section.findings)
    draft.uses += used
    if draft.name not in {use.path[0] for use in used}:
        section.findings.warning(
            until.mark,
            f"`repeat_until` does not look at {draft.name!r}, so it is the same after every "
            f"iteration; write, for example: {draft.name}.score >= 8",
        )


def _read_join(section: Section, draft: Draft) -> None:
    value = section.value("join")
    if value is None:
        return
    quorum: int | float | None = None
    if isinstance(value, Fields):
        rule, quorum = _quorum(section, value)
    else:
        rule = section.text("join", "a rule such as all_done")
    if rule is None:
        return
    for known in get_args(JoinRule):
        if rule.text == known:
            draft.join = rule
            draft.values["join"] = Join(rule=known, quorum=quorum)
            return
    near = hint(rule.text, JOIN_RULES) or f"; rules: {', '.join(JOIN_RULES)}"
    section.findings.problem(rule.mark, f"unknown rule {rule.text!r} for 'join'{near}")


def _quorum(section: Section, value: Fields) -> tuple[Scalar | None, int | float | None]:
    entry = value.get(_QUORUM)
    if entry is None or len(value.entries) != 1:
        section.findings.problem(
            value.mark,
            "expected a rule such as all_done, or {quorum_success: 2}, for 'join', found a mapping "
            f"of {', '.join(key.text for key, _ in value) or 'nothing'}",
        )
        return None, None
    number = entry.value.value if isinstance(entry.value, Scalar) else None
    if isinstance(number, int) and not isinstance(number, bool) and number >= 1:
        return entry.key, number
    if isinstance(number, float) and 0 < number < 1:
        return entry.key, number
    section.findings.problem(entry.value.mark, _wrong_quorum(entry.value, number))
    return None, None


def _wrong_quorum(node: Node, number: object) -> str:
    fix = ""
    if isinstance(number, float) and number == 1:
        fix = "; for all of them write: join: all_success"
    elif isinstance(node, Scalar) and (percent := _PERCENT.fullmatch(node.text)):
        fix = f"; write: {{{_QUORUM}: {int(percent[1]) / 100}}}"
    return (
        f"expected a number of steps such as 2, or a share of them such as 0.6, for {_QUORUM!r}, "
        f"found {described(node)}{fix}"
    )


def _read_attempts(section: Section, header: Header, draft: Draft) -> None:
    """Apply the defaults too, but never more attempts to what may act on the world."""
    keys = KIND_KEYS[draft.kind or ""]
    works = draft.kind in ("agent", "tool", "python")
    if "timeout" in keys:
        timeout = section.duration("timeout") or (header.timeout_seconds if works else None)
        if timeout is not None:
            draft.values["timeout_seconds"] = timeout
    if "retry" in keys:
        retry = read_retry(section)
        effect = section.value("effect")
        writes = isinstance(effect, Scalar) and effect.text == "write"
        if retry is None and draft.kind in ("agent", "python") and not writes:
            retry = header.retry
        draft.values["retry"] = retry
