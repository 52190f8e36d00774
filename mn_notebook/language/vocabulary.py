"""The words of the language: its keys, those that come later, and the names that are taken."""

KINDS = ("agent", "tool", "python", "approve")
LATER_KINDS = ("ask", "wait", "workflow")

TOP_KEYS = frozenset(
    {"group", "about", "inputs", "outputs", "defaults", "limits", "tools", "steps", "examples"}
)
LATER_TOP_KEYS = frozenset({"budget", "policy"})

DEFAULT_KEYS = frozenset({"model", "timeout", "retry"})
LIMIT_KEYS = frozenset({"concurrency"})
LATER_LIMIT_KEYS = frozenset({"steps", "calls_per_minute"})
INPUT_KEYS = frozenset({"type", "default", "about"})
RETRY_KEYS = frozenset({"attempts", "backoff"})
EXPIRES_KEYS = frozenset({"after", "then"})
LATER_THEN = frozenset({"skip", "escalate"})

ITEM_KEYS = frozenset({"as", "key", "concurrency", "on_error"})
"""Keys that say something about the items of a ``for_each``."""
ATTEMPT_KEYS = frozenset({"retry", "timeout"})
STEP_KEYS = frozenset({"needs", "when"})
WORK_KEYS = STEP_KEYS | ATTEMPT_KEYS | ITEM_KEYS | {"for_each"}

KIND_KEYS: dict[str, frozenset[str]] = {
    "agent": WORK_KEYS | {"agent", "model", "tools", "turns", "output"},
    "tool": WORK_KEYS | {"tool", "args", "output"},
    "python": WORK_KEYS | {"python", "args", "effect", "output"},
    "approve": STEP_KEYS | {"approve", "for", "show", "edit", "expires"},
}
_LATER_STEP_KEYS = frozenset({"join", "on_failure", "fallback", "repeat_until", "at_most"})
LATER_KIND_KEYS: dict[str, frozenset[str]] = {
    "agent": _LATER_STEP_KEYS | {"budget"},
    "tool": _LATER_STEP_KEYS,
    "python": _LATER_STEP_KEYS | {"isolation"},
    "approve": _LATER_STEP_KEYS | {"on_reject", "for_each"} | ITEM_KEYS,
}
ALL_LATER_STEP_KEYS = frozenset().union(*LATER_KIND_KEYS.values()) - WORK_KEYS

EXPRESSION_KEYS = frozenset({"when", "for_each", "key", "show", "edit", "repeat_until"})
"""Their values are expressions; every other text is a template."""

RESERVED_STEPS = frozenset({"inputs", "item", "index", "previous", "feedback", "run", "secrets"})
RESERVED_FIELDS = frozenset({"status", "rows", "approved", "by", "because"})
LATER_NAMES = frozenset({"previous", "feedback"})
TEMPLATE_WORDS = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "for", "true", "false", "none"}
    | {"True", "False", "None", "loop", "range"}
)
"""Names that templates give a meaning of their own."""

ROW_FIELDS = ("index", "key", "item", "status", "output", "error")
"""The fields of each of a ``for_each`` step's ``rows``."""
RUN_FIELDS = ("id", "workflow")
"""What ``run`` tells about the run itself."""
DECISION_FIELDS = ("approved", "by", "because")

MEANT = {
    "prompt": "agent",
    "depends_on": "needs",
    "after": "needs",
    "if": "when",
    "foreach": "for_each",
    "loop": "for_each",
    "schema": "output",
    "outputs": "output",
    "arguments": "args",
    "with": "args",
    "max_turns": "turns",
    "description": "about",
    "nodes": "steps",
}
"""Keys of other languages, and what they are called here."""
