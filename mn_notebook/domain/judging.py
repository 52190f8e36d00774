"""Says whether a tool call may be made: by the rules of a policy, which stand outside every prompt.

All rules that fit a call are read. One that denies wins; else the most approvals count. Where no
rule speaks, a ``write`` needs one approval and nothing else needs any.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import JsonValue

from mn_notebook.domain.state import Call
from mn_notebook.domain.words import duration, plural
from mn_notebook.domain.workflow import Effect, Expiry, Rule, Schema

NOT_ALLOWED = "it writes, and nobody has allowed it yet"
CHANGED = "the tool's code has changed since the run was started"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A rule that fits a call, and whose it is."""

    rule: Rule
    whose: str
    """``the workflow's policy``, or ``your policy``."""
    fault: str = ""
    """Why its condition could not be judged; '': it holds."""

    @property
    def words(self) -> str:
        """Return the rule in words."""
        return f"{self.whose}: {rule_words(self.rule)}"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What counts for a call besides the rules."""

    effect: Effect
    authorised: bool = False
    """An approve step has allowed this very call."""
    permitted_by: str = ""
    """Who said that the tool needs no approval in this run."""
    changed: bool = False
    """The tool's code is another one than when the run was started."""
    repeats: str = ""
    """Why it might do again what an earlier attempt has done; '': it cannot."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a call."""

    outcome: Literal["allow", "ask", "refuse"]
    rules: tuple[str, ...] = ()
    """The rules that spoke, in words."""
    because: str = ""
    """For the person who is asked, or the agent that is refused."""
    approvals: int = 0
    """How many are still needed."""
    expires: Expiry | None = None


def fitting(
    rules: Iterable[Rule], tool: str, effect: Effect, groups: Sequence[str], *also: str
) -> tuple[Rule, ...]:
    """Return the rules that concern a tool, whatever its arguments are.

    ``also`` are other names of it: a rule that fits one of them concerns it, too.

    >>> fitting((Rule(tool="send_*", approvals=1),), "send_mail", "write", ("ops",))[0].approvals
    1
    """
    return tuple(
        rule
        for rule in rules
        if any(fnmatchcase(name, rule.tool) for name in (tool, *also))
        and rule.effect in (None, effect)
        and any(fnmatchcase(group, rule.group) for group in groups)
    )


Foreseen = Literal["free", "sometimes asks", "asks", "denied"]


def foresee(rules: Sequence[Rule], effect: Effect, *, authorised: bool = False) -> Foreseen:
    """Say what is known of a tool's calls before their arguments are; ``rules`` are those that fit.

    ``authorised``: an approve step allows them.
    """
    always = [rule for rule in rules if rule.when is None]
    if any(rule.deny for rule in always):
        return "denied"
    said = [rule.approvals for rule in always if rule.approvals is not None]
    needed = max(said) if said else (1 if effect == "write" else 0)
    if needed > (1 if authorised else 0):
        return "asks"
    may = any(rule.deny or (rule.approvals or 0) > (1 if authorised else 0) for rule in rules)
    return "sometimes asks" if may else "free"


_ARGUMENT = re.compile(r"\bargs(?:\.(\w+)\b(?!\s*\()|\[\s*['\"](\w+)['\"]\s*\])|'[^']*'|\"[^\"]*\"")
"""An argument that a condition reads; or a text in it, which may say anything. ``args.get(...)``
reads none that has to be there."""


def can_hold(rule: Rule, parameters: Schema) -> bool:
    """Tell whether a rule's condition reads only arguments that a tool has.

    ``parameters`` is the JSON Schema of its arguments; an empty one says nothing about them.
    """
    properties = parameters.get("properties")
    if rule.when is None or not isinstance(properties, dict):
        return True
    read = (dot or key for dot, key in _ARGUMENT.findall(rule.when))
    return all(name in properties for name in read if name)


def with_defaults(args: Mapping[str, JsonValue], parameters: Schema) -> dict[str, JsonValue]:
    """Return the arguments as the tool will have them: what is not given has its default."""
    properties = parameters.get("properties")
    known = properties if isinstance(properties, dict) else {}
    defaults: dict[str, JsonValue] = {
        name: schema.get("default") if isinstance(schema, dict) else None
        for name, schema in known.items()
    }
    return {**defaults, **args}


def judge(case: Circumstances, spoken: Sequence[Spoken]) -> Verdict:
    """Say what becomes of a call about which these rules speak.

    A condition that cannot be judged asks a person: it neither allows nor denies by itself.
    """
    denial = next((one for one in spoken if one.rule.deny and not one.fault), None)
    words = tuple(one.words for one in spoken)
    if denial is not None:
        because = denial.rule.because or f"it is not allowed by {denial.words}"
        return Verdict("refuse", words, because)
    needed = _needed(case, spoken)
    because = _because(case, spoken)
    if case.authorised and needed > 0:
        needed -= 1
    elif needed == 1 and case.permitted_by:
        needed = 0
        words = (*words, f"always in this run: {case.permitted_by} said so")
    doubts = [f"{one.whose} could not be judged: {one.fault}" for one in spoken if one.fault]
    doubts += [CHANGED] if case.changed and case.effect == "write" else []
    doubts += [case.repeats] if case.repeats else []
    if doubts:
        because = "; ".join([*([because] if needed else []), *doubts])
        needed = max(needed, 1)
    if needed == 0:
        return Verdict("allow", words)
    return Verdict("ask", words, because, needed, _expiry(spoken))


def second_thoughts(verdict: Verdict, call: Call) -> Verdict | None:
    """Return what keeps a call from being made that people have allowed; None: nothing does.

    What is allowed is made without a further question, but for what was not in question: a rule
    that denies, arguments that were edited to such as more people have to allow, and code that has
    changed since.
    """
    if verdict.outcome == "refuse":
        return verdict
    edited = bool(call.decided_by)
    more_people = edited and verdict.approvals > max(call.approvals, 1)
    changed = CHANGED in verdict.because and CHANGED not in call.because
    return verdict if more_people or changed else None


def _needed(case: Circumstances, spoken: Sequence[Spoken]) -> int:
    said = [one.rule.approvals for one in spoken if one.rule.approvals is not None]
    if not said:
        return 1 if case.effect == "write" else 0
    return max(said)


def _because(case: Circumstances, spoken: Sequence[Spoken]) -> str:
    asking = [one for one in spoken if one.rule.approvals]
    if not asking:
        return NOT_ALLOWED if case.effect == "write" else ""
    strictest = max(asking, key=lambda one: one.rule.approvals or 0)
    return strictest.rule.because or f"it needs a person's word by {strictest.words}"


def _expiry(spoken: Sequence[Spoken]) -> Expiry | None:
    """Return the soonest end of the question that a rule names."""
    named = [one.rule.expires for one in spoken if one.rule.expires is not None]
    return min(named, key=lambda expires: expires.after_seconds, default=None)


def rule_words(rule: Rule) -> str:
    """Return a rule as a person reads it.

    >>> rule_words(Rule(tool="send_*", when="args.amount > 1000", approvals=2))
    'send_* when args.amount > 1000: 2 approvals'
    >>> rule_words(Rule(effect="write", group="ops", deny=True))
    'every write tool in workflows of class ops: denied'
    """
    named = f"every {rule.effect} tool" if rule.effect is not None else "every tool"
    if rule.tool != "*":
        named = rule.tool if rule.effect is None else f"{rule.tool}, where it is {rule.effect},"
    group = "" if rule.group == "*" else f" in workflows of class {rule.group}"
    when = f" when {rule.when}" if rule.when is not None else ""
    silence = ""
    if rule.expires is not None:
        silence = f", after {duration(rule.expires.after_seconds)}: {rule.expires.then}"
    return f"{named}{group}{when}: {_consequence(rule)}{silence}"


def _consequence(rule: Rule) -> str:
    if rule.deny:
        return "denied"
    if not rule.approvals:
        return "no approval"
    return plural(rule.approvals, "approval")


__all__ = [
    "CHANGED",
    "NOT_ALLOWED",
    "Circumstances",
    "Foreseen",
    "Spoken",
    "Verdict",
    "can_hold",
    "fitting",
    "foresee",
    "judge",
    "rule_words",
    "second_thoughts",
    "with_defaults",
]
