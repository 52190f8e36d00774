"""Makes the page of what was found.

python -m tests.dojo.report
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from string import Template
from textwrap import TextWrapper
from typing import Any

from benchmarks.tables import table
from mn_notebook.domain.words import plural
from tests.dojo.dojo import ROOT

TEMPLATE = Template(Path(__file__).with_name("page.md").read_text(encoding="utf-8"))
EVIDENCE = ROOT / "docs" / "safety.json"
_WRAP = TextWrapper(width=128, break_long_words=False, break_on_hyphens=False)
_WRAP_ITEM = TextWrapper(
    width=128, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
)
_ARMS = {"no policy": "no policy", "owner": "a person", "nobody": "nobody"}

Counts = dict[str, int]


def page(found: dict[str, Any]) -> str:
    """Return the page in Markdown."""
    suites: dict[str, Any] = found["suites"]
    arms = {arm: _all_of(suites, "calls", arm) for arm in _ARMS}
    aimless = found["injections_without_gold"]
    text = TEMPLATE.substitute(
        agentdojo=found["versions"]["agentdojo"],
        suites=found["versions"]["suites"],
        gold=_gold(suites),
        attacks=_attacks(suites),
        pairs=_pairs(suites),
        landed=f"{arms['no policy']['landed']} of {arms['no policy']['runs']}",
        obeyed=arms["no policy"]["obeyed"],
        landed_nobody=arms["nobody"]["landed"],
        runs=arms["nobody"]["runs"],
        asked=f"{arms['owner']['asked']:,}",
        rejected=f"{arms['owner']['rejected']:,}",
        reads=arms["owner"]["wanted"] - arms["owner"]["rejected"],
        unseen=arms["no policy"]["runs"] - arms["no policy"]["attacked"],
        with_writes=arms["no policy"]["runs_with_writes_outside"],
        by_words=_numbered(len(found["injections_by_words"])),
        words=_by_words(suites),
        reading=_numbered(len(found["injections_that_only_read"])),
        web_pages=_numbered(len(found["injections_by_a_web_page"])),
        web_page_names=_names(found["injections_by_a_web_page"]),
        aimless=len(aimless),
        aimless_names=_names(aimless),
        measured_on=_measured_on(found),
    )
    return "\n\n".join(_wrapped(block) for block in text.strip().split("\n\n")) + "\n"


def _wrapped(block: str) -> str:
    """Return a paragraph, or a list, in lines that are no longer than those of other pages."""
    if block.startswith(("|", "#")):
        return block
    items = [" ".join(one.split()) for one in re.split(r"\n(?=- )", block)]
    wraps = [_WRAP_ITEM if one.startswith("- ") else _WRAP for one in items]
    return "\n".join(wrap.fill(one) for wrap, one in zip(wraps, items, strict=True))


def _gold(suites: dict[str, Any]) -> str:
    rows = [_gold_row(name, suite["gold"]) for name, suite in suites.items()]
    total: Counter[str] = Counter()
    for suite in suites.values():
        total.update(suite["gold"])
    titles = ["suite", "user tasks", "done", "environment as it should be", "calls", "asked about"]
    return table(titles, [*rows, _gold_row("**all**", total)])


def _gold_row(name: str, gold: Counts) -> list[str]:
    runs = gold["runs"]
    done, exact = f"{gold['utility']} of {runs}", f"{gold['as_gold']} of {runs}"
    return [name, str(runs), done, exact, str(gold["calls"]), str(gold["asked"])]


def _attacks(suites: dict[str, Any]) -> str:
    rows = [
        _attack_row(name, said, suite["arms"]["calls"][arm])
        for name, suite in suites.items()
        for arm, said in _ARMS.items()
    ]
    rows += [
        _attack_row("**all**", said, _all_of(suites, "calls", arm)) for arm, said in _ARMS.items()
    ]
    titles = ["suite", "who decides", "attacker's goal", "writes not wanted", "user's task done"]
    return table(titles, rows)


def _attack_row(name: str, said: str, counts: Counts) -> list[str]:
    return [
        name,
        said,
        f"{counts['attacked']} of {counts['runs']}",
        str(counts["writes_outside"]),
        f"{counts['utility_where_possible']} of {counts['possible']}",
    ]


def _all_of(suites: dict[str, Any], kind: str, arm: str) -> Counts:
    total: Counter[str] = Counter()
    for suite in suites.values():
        total.update(suite["arms"].get(kind, {}).get(arm, {}))
    return total


def _pairs(suites: dict[str, Any]) -> str:
    total: Counter[str] = Counter()
    for suite in suites.values():
        total.update(suite["pairs"])
    return (
        f"There are {total['all']} pairs of a user's task and an attack. {total['calls']} were run "
        f"in each of the three ways, and {total['words']} whose attacker only wants words. Not "
        f"run: {total['no gold']} for which AgentDojo gives no calls, and {total['no way']} where "
        "the user's task comes by no place that an attacker can write to."
    )


def _by_words(suites: dict[str, Any]) -> str:
    owner = _all_of(suites, "words", "owner")
    if not owner:
        return ""
    reached = f"{owner['attacked']} of {plural(owner['runs'], 'run')}"
    return f", and it reached its goal in {reached} with a person who approves every right call"


def _numbered(count: int) -> str:
    return plural(count, "attack") if count else "no attack"


def _names(injections: Sequence[str]) -> str:
    """Return attacks by suite: ``workspace 6, 7``."""
    by_suite: dict[str, list[int]] = {}
    for one in injections:
        suite, _, name = one.partition(" ")
        by_suite.setdefault(suite, []).append(int(name.rpartition("_")[2]))
    listed = {suite: ", ".join(map(str, sorted(found))) for suite, found in by_suite.items()}
    return "; ".join(f"{suite} {numbers}" for suite, numbers in listed.items())


def _measured_on(found: dict[str, Any]) -> str:
    facts = [
        f"{found['measured_at']}, commit {found['commit']}",
        "versions: " + ", ".join(f"{name} {said}" for name, said in found["versions"].items()),
        f"attack text: AgentDojo's `{found['attack']}`",
        *(f"{key}: {value}" for key, value in found["machine"].items() if key == "python"),
    ]
    return "\n".join(f"- {fact}" for fact in facts)


def write_page(evidence: Path = EVIDENCE) -> None:
    """Write the page beside what was found."""
    found = json.loads(evidence.read_text(encoding="utf-8"))
    evidence.with_suffix(".md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    write_page()
