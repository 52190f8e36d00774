"""The words of the language: its keys, those that come later, and the names that are taken."""

KINDS = ("agent", "tool", "python", "approve", "ask", "wait", "workflow")
WAIT_FORMS = ("wait", "until", "signal")
"""Keys that make a step a wait; the last two are short for ``wait: {until: …}`` and the like."""
PEOPLE_AND_TIME = frozenset({"approve", "ask", "wait"})
"""Kinds that take no work of ours while they wait, so that nothing has to hold them back."""

TOP_KEYS = frozenset(
    {"group", "about", "inputs", "outputs", "defaults", "limits", "tools", "servers"}
    | {"steps", "examples", "budget", "policy"}
)
LATER_TOP_KEYS: frozenset[str] = frozenset()

DEFAULT_KEYS = frozenset({"model", "cheaper", "timeout", "retry"})
BUDGET_KEYS = frozenset({"usd", "tokens", "calls", "time", "unknown_price"})
LIMIT_KEYS = frozenset({"steps", "calls_per_minute", "concurrency"})
INPUT_KEYS = frozenset({"type", "default", "about"})
RETRY_KEYS = frozenset({"attempts", "backoff"})
EXPIRES_KEYS = frozenset({"after", "then", "to"})
EXPIRES_THEN = ("reject", "skip", "escalate", "wait")
EFFECTS = ("read", "idempotent", "write")
RULE_KEYS = frozenset(
    {"tool", "effect", "group", "when", "approvals", "deny", "because", "expires"}
)
RULE_NAMES = frozenset({"args", "cost"})
"""What the condition of a rule may look at: a call's arguments, and the run's cost in USD."""
LONG_RESULTS_KEYS = frozenset({"over", "then", "model"})
LONG_RESULTS_THEN = ("cut", "summarise", "fail")
RULE_EXPIRES_THEN = ("reject", "escalate", "wait")
REDO_KEYS = frozenset({"redo", "at_most"})

JOIN_RULES = (
    "all_success",
    "all_done",
    "one_success",
    "one_done",
    "one_failed",
    "none_failed_min_one_success",
    "quorum_success",
)

ITEM_KEYS = frozenset({"as", "key", "concurrency", "on_error"})
"""Keys that say something about the items of a ``for_each``."""
REPEAT_KEYS = frozenset({"repeat_until", "at_most"})
ATTEMPT_KEYS = frozenset({"retry", "timeout"})
STEP_KEYS = (
    frozenset({"needs", "when", "for_each", "join", "on_failure", "fallback"})
    | ITEM_KEYS
    | REPEAT_KEYS
)
"""Keys of every kind of step."""
WORK_KEYS = STEP_KEYS | ATTEMPT_KEYS

KIND_KEYS: dict[str, frozenset[str]] = {
    "agent": WORK_KEYS
    | {"agent", "model", "unsure", "tools", "turns", "output", "budget", "cache", "long_results"},
    "tool": WORK_KEYS | {"tool", "args", "output", "cache"},
    "python": WORK_KEYS | {"python", "args", "effect", "isolation", "output"},
    "approve": STEP_KEYS | {"approve", "for", "show", "edit", "expires", "on_reject"},
    "ask": STEP_KEYS | {"ask", "fields", "expires"},
    "wait": STEP_KEYS | {*WAIT_FORMS, "timeout"},
    "workflow": WORK_KEYS | {"workflow", "args", "budget"},
}
LATER_STEP_KEYS: frozenset[str] = frozenset()
_PATIENT = "a person is not tried again, and has no timeout; write: expires: {after: 2d}"
NOT_HERE: dict[str, dict[str, str]] = {
    "approve": dict.fromkeys(sorted(ATTEMPT_KEYS), _PATIENT),
    "ask": dict.fromkeys(sorted(ATTEMPT_KEYS), _PATIENT),
    "wait": {"retry": "a wait is not tried again; bound it with: timeout: 7d"},
    "workflow": {
        "output": "its outputs are those that the other workflow declares; remove it",
    },
}
"""Keys that other kinds have, and why this one has not."""

EXPRESSION_KEYS = frozenset({"when", "for_each", "key", "show", "edit", "repeat_until", "unsure"})
"""Their values are expressions; every other text is a template."""

RESERVED_STEPS = frozenset({"inputs", "item", "index", "previous", "feedback", "run", "secrets"})
RESERVED_FIELDS = frozenset({"status", "rows", "approved", "by", "because"})
PASS_NAMES = frozenset({"previous", "feedback"})
"""What a step that is done again knows of the time before."""
TEMPLATE_WORDS = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "for", "true", "false", "none"}
    | {"True", "False", "None", "loop", "range", "self"}
)
"""Names that templates give a meaning of their own."""

ROW_FIELDS = ("index", "key", "item", "status", "output", "error")
"""The fields of each of a ``for_each`` step's ``rows``."""
RUN_FIELDS = ("id", "workflow")
"""What ``run`` tells about the run itself."""
DECISION_FIELDS = ("approved", "by", "because")

MEANT = {
    "prompt": "agent",
    "llm": "agent",
    "function": "python",
    "code": "python",
    "human": "approve",
    "approval": "approve",
    "form": "ask",
    "question": "ask",
    "sleep": "wait",
    "delay": "wait",
    "timer": "wait",
    "subworkflow": "workflow",
    "depends_on": "needs",
    "after": "needs",
    "if": "when",
    "condition": "when",
    "foreach": "for_each",
    "loop": "for_each",
    "map": "for_each",
    "with_items": "for_each",
    "until": "repeat_until",
    "repeat": "repeat_until",
    "while": "repeat_until",
    "max_iterations": "at_most",
    "trigger_rule": "join",
    "retries": "retry",
    "continue_on_error": "on_failure",
    "schema": "output",
    "outputs": "output",
    "arguments": "args",
    "params": "args",
    "with": "args",
    "inputs": "args",
    "max_turns": "turns",
    "description": "about",
    "nodes": "steps",
    "tasks": "steps",
    "jobs": "steps",
    "deadline": "timeout",
    "max_concurrency": "steps",
    "cost": "budget",
    "dollars": "usd",
    "cost_usd": "usd",
    "max_cost": "usd",
    "max_calls": "calls",
    "requests": "calls",
    "max_tokens": "tokens",
    "wall_time": "time",
    "duration": "time",
    "seconds": "time",
    "fallback_model": "cheaper",
    "models": "model",
    "escalate_when": "unsure",
    "cache_policy": "cache",
    "caching": "cache",
    "max_result": "long_results",
    "truncate": "long_results",
}
"""Keys of other languages, and what they are called here."""
MEANT_BESIDE = {
    "form": "fields",
    "inputs": "fields",
    "schema": "fields",
    "questions": "fields",
    "name": "workflow",
}
"""What they are called where the first meaning is there already, or has no place."""
MEANT_WORDS = {
    "ignore": "continue",
    "stop": "fail",
    "abort": "fail",
    "docker": "process",
    "subprocess": "process",
    "none": "read",
    "decline": "reject",
    "cancel": "reject",
    "notify": "escalate",
    "truncate": "cut",
    "summarize": "summarise",
    "error": "fail",
    "raise": "fail",
}
"""Words behind keys, as others say them."""
