"""Says what somebody meant who typed something that is no verb, no option or not all of it."""

from collections.abc import Mapping, Sequence

from mn_notebook.language.words import hint, nearest
from mn_notebook.verbs.text_files import SUFFIXES

SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("list", "ls", "ps", "history", "jobs"), "runs"),
    **dict.fromkeys(("status", "get", "inspect", "describe", "cat"), "show RUN"),
    **dict.fromkeys(("start", "exec", "execute", "launch", "submit"), "run FILE"),
    **dict.fromkeys(("stop", "kill", "abort", "terminate"), "cancel RUN"),
    **dict.fromkeys(("logs", "events", "tail"), "log RUN"),
    **dict.fromkeys(("explain", "debug"), "why RUN"),
    **dict.fromkeys(("validate", "lint", "verify"), "check FILE"),
    **dict.fromkeys(("test", "dry-run", "dryrun"), "try FILE STEP"),
    **dict.fromkeys(("continue", "unpause", "recover", "restart"), "resume RUN"),
    **dict.fromkeys(("replay", "again"), "rerun RUN"),
    **dict.fromkeys(("inbox", "pending", "waiting", "todo"), "approvals"),
    **dict.fromkeys(("accept", "confirm", "allow", "yes"), "approve RUN"),
    **dict.fromkeys(("deny", "refuse", "no"), "reject RUN"),
    **dict.fromkeys(("rollback", "revert", "compensate"), "undo RUN"),
    **dict.fromkeys(("delete", "rm", "remove", "clean", "gc"), "prune"),
    **dict.fromkeys(("cost", "spend", "usage", "limit"), "budget RUN"),
    **dict.fromkeys(("install", "pull", "download"), "models install NAME"),
    **dict.fromkeys(("tools", "mcp"), "servers"),
    **dict.fromkeys(("repair", "health", "config", "settings", "info"), "doctor"),
    **dict.fromkeys(("save", "dump"), "export RUN FILE"),
}
"""What other programs call it, and what it is called here."""


def unknown_verb(word: str, verbs: Sequence[str], program: str) -> str:
    """Say that there is no such verb, and which one is meant, as far as that can be told."""
    lists = f"`{program}` alone lists them"
    if word.lower().endswith(SUFFIXES):
        return f"{word!r} is no verb: `{program} run {word}` runs the workflow of a file"
    if word.startswith("-"):
        near = nearest(word, ["--version", "--help", "--json"])
        return f"there is no option {word!r}" + (f"; did you mean {near!r}?" if near else "")
    meant = SYNONYMS.get(word.lower())
    near = hint(word, verbs)
    if meant is not None and not near:
        return f"there is no verb {word!r}; did you mean `{program} {meant}`?"
    return f"there is no verb {word!r}{near or f'; {lists}'}"


def unknown_option(word: str, options: Sequence[str], *, takes_values: bool) -> str:
    """Return what is meant by an option that a verb does not have, or ''.

    >>> unknown_option("-w", ["--wait"], takes_values=True)
    'did you mean --wait?'
    >>> unknown_option("--who", ["--wait"], takes_values=True)
    'values are typed as name=value: who=…'
    """
    name = word.lstrip("-").partition("=")[0]
    if len(name) == 1:
        fitting = [option for option in options if option[2:3] == name]
        return f"did you mean {' or '.join(fitting)}?" if fitting else ""
    near = nearest(word.partition("=")[0], options)
    if near is not None:
        return f"did you mean {near}?"
    return f"values are typed as name=value: {name}=…" if takes_values else ""
