"""What a model is shown of a tool's result that is too long, by a rule that the workflow says.

What was done is a fact of the journal, so that an agent that goes on after a crash, or with a newer
program, is shown what it was shown before.
"""

from dataclasses import dataclass

from mn_notebook.domain.workflow import LongResults

_BEGINNING = 3
"""Quarters of what is kept that come from the beginning; the rest is the end, where a log or a
traceback says what went wrong."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a model is shown of a text of ``characters``: its ends, or a summary."""

    characters: int
    first: int = 0
    last: int = 0
    summary: str | None = None
    because: str = ""
    """Why it was cut though it was to be summarised."""


def is_too_long(rule: LongResults, text: str) -> bool:
    """Tell whether a result is one that the rule is about."""
    return len(text) > rule.over


def cut(rule: LongResults, text: str, because: str = "") -> Shown:
    """Keep the two ends of a text, together as long as the rule allows."""
    first = rule.over * _BEGINNING // 4
    return Shown(len(text), first=first, last=rule.over - first, because=because)


def shown_text(text: str, shown: Shown) -> str:
    r"""Return what a model is shown; what is left out is said in it.

    >>> shown_text("abcdefghij", Shown(10, first=3, last=1))
    'abc\n… (cut: 6 of 10 characters are left out here) …\nj'
    """
    if shown.summary is not None:
        return f"(a summary of {shown.characters:,} characters) {shown.summary}"
    left_out = shown.characters - shown.first - shown.last
    why = f"; {shown.because}" if shown.because else ""
    said = f"… (cut: {left_out:,} of {shown.characters:,} characters are left out here{why}) …"
    end = text[len(text) - shown.last :] if shown.last else ""
    return f"{text[: shown.first]}\n{said}\n{end}"
