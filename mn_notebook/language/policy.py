"""Reads the rules of a policy: from a workflow's text, and from the user's own file."""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from mn_notebook.domain.servers import is_served
from mn_notebook.domain.workflow import Expiry, Rule
from mn_notebook.errors import DefinitionError
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.drafts import expression_uses
from mn_notebook.language.findings import Findings
from mn_notebook.language.section import Section
from mn_notebook.language.text import read_text
from mn_notebook.language.tree import Fields, Scalar, described
from mn_notebook.language.vocabulary import (
    EFFECTS,
    EXPIRES_KEYS,
    RULE_EXPIRES_THEN,
    RULE_KEYS,
    RULE_NAMES,
)
from mn_notebook.language.words import hint

_EXPECTED = "a list of rules such as [{tool: send_*, approvals: 1}]"


def read_policy(
    section: Section, catalog: Catalog, declared: Sequence[str] = ()
) -> tuple[Rule, ...]:
    """Return the rules below ``policy``; what is wrong with them is reported.

    ``declared`` are the tools that the workflow declares, besides those of the catalog.
    """
    found = []
    for node in section.items("policy", _EXPECTED):
        if not isinstance(node, Fields):
            section.findings.problem(
                node.mark,
                f"expected a rule such as {{tool: send_*, approvals: 1}}, found {described(node)}",
            )
            continue
        rule = _rule(Section(node, "a rule of a policy", section.findings), catalog, declared)
        if rule is not None:
            found.append(rule)
    return tuple(found)


def _rule(section: Section, catalog: Catalog, declared: Sequence[str]) -> Rule | None:
    section.check_keys(RULE_KEYS)
    tool = section.text("tool", "a pattern over names of tools, such as send_*")
    effect = section.word("effect", EFFECTS)
    group = section.text("group", "a pattern over classes of workflows")
    when = section.text("when", "an expression such as args.amount > 1000")
    because = section.text("because", "a text")
    approvals = section.whole("approvals", 0, 2)
    deny = _deny(section)
    expires = _expiry(section)
    if tool is not None:
        _check_pattern(tool, catalog, declared, section.findings)
    if when is not None:
        _check_condition(when, tool, catalog, section.findings)
    if approvals == 2 and not catalog.proves_people:
        section.findings.problem(
            section.mark("approvals"),
            "two approvals need a shared store and a server that proves who decides; on this "
            "store anybody could be both people; write: approvals: 1",
        )
    if not _says_one_thing(section, approvals, deny=deny):
        return None
    return Rule.model_validate(
        {
            "tool": tool.text.strip() if tool else "*",
            "effect": effect,
            "group": group.text.strip() if group else "*",
            "when": when.text.strip() if when else None,
            "approvals": approvals,
            "deny": deny,
            "because": because.text.strip() if because else "",
            "expires": expires,
        }
    )


def _deny(section: Section) -> bool:
    value = section.value("deny")
    if value is None:
        return False
    if isinstance(value, Scalar) and value.value is True:
        return True
    section.findings.problem(
        value.mark, f"expected `deny: true`, found {described(value)}; leave it out otherwise"
    )
    return False


def _says_one_thing(section: Section, approvals: int | None, *, deny: bool) -> bool:
    written = [key for key in ("approvals", "deny") if section.value(key) is not None]
    if len(written) == 1:
        return deny or approvals is not None
    if written:
        section.findings.problem(
            section.mark("deny"), "a rule says either `approvals` or `deny`, not both; remove one"
        )
    else:
        section.findings.problem(
            section.node.mark, "expected `approvals: 0`, `1` or `2`, or `deny: true`, in a rule"
        )
    return False


def _check_pattern(
    tool: Scalar, catalog: Catalog, declared: Sequence[str], findings: Findings
) -> None:
    """Warn of a pattern that fits no tool: it would protect nothing."""
    if catalog.tools is None or is_served(tool.text.strip()):
        return
    known = {*catalog.tools, *(name.rpartition(":")[2] for name in declared)}
    if not any(fnmatchcase(name, tool.text.strip()) for name in known):
        findings.warning(
            tool.mark, f"no tool is called {tool.text!r}{hint(tool.text, known, nouns='tools')}"
        )


def _check_condition(
    when: Scalar, tool: Scalar | None, catalog: Catalog, findings: Findings
) -> None:
    for use in expression_uses(when, "when", findings):
        if use.path[0] not in RULE_NAMES:
            findings.problem(
                use.mark,
                f"unknown name {use.path[0]!r} in a rule; it knows args and cost"
                f"{hint(use.path[0], RULE_NAMES)}",
            )
        elif use.path[0] == "args" and len(use.path) > 1:
            known = _arguments(tool.text.strip() if tool else "*", catalog)
            if known is not None and use.path[1] not in known:
                findings.problem(
                    use.mark,
                    f"no tool of this rule takes {use.path[1]!r}"
                    f"{hint(use.path[1], known, nouns='they take')}",
                )


def _arguments(pattern: str, catalog: Catalog) -> Collection[str] | None:
    """Return the arguments of the tools that a pattern fits; None: not all of them are known."""
    if catalog.tools is None or catalog.tool_parameters is None:
        return None
    names = [name for name in catalog.tools if fnmatchcase(name, pattern)]
    found: set[str] = set()
    for name in names:
        properties = catalog.tool_parameters.get(name, {}).get("properties")
        if not isinstance(properties, dict):
            return None
        found.update(properties)
    return found if names else None


def _expiry(section: Section) -> Expiry | None:
    inner = section.section("expires", "expires", "a mapping such as {after: 2d, then: reject}")
    if inner is None:
        return None
    inner.check_keys(EXPIRES_KEYS)
    after = inner.duration("after")
    then = inner.word("then", RULE_EXPIRES_THEN) or "reject"
    to = inner.text("to", "whom to tell, such as a name or an address")
    if after is None:
        if inner.value("after") is None:
            section.findings.problem(
                section.mark("expires"), "expected `after` in expires, such as {after: 2d}"
            )
        return None
    return Expiry.model_validate(
        {"after_seconds": after, "then": then, "to": to.text.strip() if to else ""}
    )


def parse_policy(text: str, name: str = "") -> tuple[Rule, ...]:
    """Return the rules of a policy that stands by itself: ``policy: [{…}, …]``.

    >>> parse_policy("policy: [{tool: send_*, approvals: 1}]")[0].tool
    'send_*'

    Raises:
        DefinitionError: with every problem that was found.
    """
    findings = Findings()
    root = read_text(text, findings)
    rules: tuple[Rule, ...] = ()
    if root is not None:
        section = Section(root, "a policy", findings)
        section.check_keys({"policy"})
        rules = read_policy(section, Catalog())
        if section.value("policy") is None:
            findings.problem(root.mark, f"expected `policy:` with {_EXPECTED}")
    if findings.problems:
        raise DefinitionError(findings.problems, name=name)
    return rules
