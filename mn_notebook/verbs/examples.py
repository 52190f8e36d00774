"""A line or two for each verb, as somebody would type them; a test does each of them.

They tell of one workflow, in ``brief.yaml``: a draft, a review by a person, a page that is
published. A run is called 9tj8.
"""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "run": ("run brief.yaml who=ACME", "run brief.yaml who=@name.txt --budget 2.50 --wait"),
    "check": ("check brief.yaml",),
    "preview": ("preview brief.yaml draft who=ACME", "preview brief.yaml who=ACME"),
    "try": ("try brief.yaml draft who=ACME",),
    "rerun": ("rerun 9tj8", "rerun 9tj8 who=GLOBEX --from draft"),
    "export": ("export 9tj8 again.yaml",),
    "runs": ("runs", "runs --most 100"),
    "show": ("show 9tj8", "show brief.yaml"),
    "why": ("why 9tj8", "why 9tj8 draft"),
    "log": ("log 9tj8", "log 9tj8 --step draft --most 0"),
    "effects": ("effects 9tj8", "effects 9tj8 --to audit.jsonl"),
    "approvals": ("approvals",),
    "approve": (
        'approve 9tj8 review --because "as agreed"',
        'approve 9tj8 review --edit draft.text="A better text"',
    ),
    "reject": ('reject 9tj8 review --because "too long"', "reject 9tj8 --stop"),
    "answer": ("answer 9tj8 price dollars=4.20",),
    "settle": (
        'settle 9tj8 publish --happened --because "it is on the page"',
        "settle 9tj8 --not-happened",
    ),
    "delegate": ("delegate 9tj8 review --to ada",),
    "revoke": ("revoke 9tj8 publish",),
    "resume": ("resume 9tj8", "resume --all"),
    "pause": ('pause 9tj8 --because "wait for the figures"', "pause --all"),
    "cancel": ('cancel 9tj8 --because "the wrong company"', "cancel 9tj8 --undo"),
    "retry": ("retry 9tj8", "retry 9tj8 draft"),
    "skip": ('skip 9tj8 draft --value "written by hand" --because "the model is down"',),
    "signal": ("signal figures_are_out --value 4.20", "signal figures_are_out 9tj8"),
    "budget": ("budget 9tj8 5", "budget 9tj8 --calls 400 --time 2h"),
    "undo": ("undo 9tj8", "undo 9tj8 --yes"),
    "doctor": ("doctor", "doctor --whole"),
    "models": ("models", "models install smollm2-135m"),
    "servers": ("servers", "servers tickets"),
    "trust": ("trust tickets search --effect read",),
    "backup": ("backup monday.mn",),
    "restore": ("restore monday.mn",),
    "prune": ("prune --older 30d", "prune --older 30d --to 2026.mn --yes"),
}


def examples_of(verb: str, program: str) -> list[str]:
    """Return the lines for a verb; in a notebook a workflow is called by its name.

    >>> examples_of("try", "mn"), examples_of("try", "%mn")
    (['mn try brief.yaml draft who=ACME'], ['%mn try brief draft who=ACME'])
    """
    lines = EXAMPLES[verb]
    if program != "mn" and verb in ("run", "try", "preview", "show"):
        lines = tuple(line.replace("brief.yaml", "brief") for line in lines)
    return [f"{program} {line}" for line in lines]
