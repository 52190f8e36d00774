"""Foretells what becomes of the effects of a run when it is retried, or run once more."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mn_notebook.domain.events import RunReopened
from mn_notebook.domain.fold import apply_event
from mn_notebook.domain.ids import StepName, StepPath, step_of
from mn_notebook.domain.ledger import Entry
from mn_notebook.domain.state import Call, RunState
from mn_notebook.domain.words import one_line, plural

EffectFate = Literal["reused", "repeated", "once_more", "checked", "asked"]
_SAID: Mapping[EffectFate, str] = {
    "reused": "Not made again",
    "repeated": "Repeated, with the same key if it is the same call",
    "once_more": "Made once more, with another key, if the step is done anew",
    "checked": "Checked first whether it happened, and made only if not",
    "asked": "Asked about before it is made, or made once more",
}
_SHOWN = 8
Named = Callable[[Entry], str]
"""Writes a call in a few words."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """The effects by what will become of them."""

    fates: tuple[tuple[EffectFate, Entry], ...]

    def of(self, fate: EffectFate) -> tuple[Entry, ...]:
        """Return the effects with one fate."""
        return tuple(entry for found, entry in self.fates if found == fate)

    def text(self, named: Named) -> str:
        """Say it in a sentence for each fate; '' where there is no effect."""
        return " ".join(
            f"{said}: {_names(found, named)}."
            for fate, said in _SAID.items()
            if (found := self.of(fate))
        )


def of_retry(
    state: RunState,
    entries: Iterable[Entry],
    paths: tuple[StepPath, ...] | None,
    now: datetime,
    checks: Callable[[Entry], bool],
) -> Foretold:
    """Foretell the effects of what a retry tries afresh; what has succeeded is not touched.

    ``paths`` are the failed steps and items that are tried; None: all. ``checks`` tells whether
    the tool of a call can say now whether it happened.
    """
    reopened = RunReopened(by="", paths=paths)
    after = apply_event(state, reopened, state.head + 1, now)
    fates = []
    for entry in entries:
        if entry.path not in after.due or entry.state == "not_happened":
            continue
        calls = after.instances[entry.path].calls
        call = next((known for known in calls if known.id == entry.call_id), None)
        fate = _again(entry) if call is None else _goes_on(call, entry, checks)
        if fate is not None:
            fates.append((fate, entry))
    return Foretold(tuple(fates))


def _again(entry: Entry) -> EffectFate | None:
    """Say what becomes of a call of a step that begins from its first call again."""
    return "asked" if entry.effect == "write" else "repeated"


def _goes_on(call: Call, entry: Entry, checks: Callable[[Entry], bool]) -> EffectFate | None:
    """Say what becomes of a call of a step that goes on with what was said and done."""
    doubtful = call.doubtful or (call.status == "in_doubt" and not call.not_happened)
    if call.status in ("succeeded", "settled"):
        return "reused"
    if call.status == "open" and call.effect != "write":
        return "repeated"
    if doubtful or call.status == "open":
        return "checked" if checks(entry) else "asked"
    if call.status in ("asked", "in_doubt") and not call.approved:
        return "asked"
    return None  # It has failed, or was refused, and that stays so.


def of_rerun(
    entries: Iterable[Entry], fates: Mapping[StepName, Literal["reused", "anew", "open"]]
) -> Foretold:
    """Foretell the effects of the steps of a run that is run once more.

    Keys are those of a run: the outside cannot tell a repetition of another run's call.
    """
    found: list[tuple[EffectFate, Entry]] = []
    for entry in entries:
        fate = fates.get(StepName(step_of(entry.path)))
        if fate is None or not entry.may_stand:
            continue
        if fate == "reused":
            found.append(("reused", entry))
        elif entry.effect == "write":
            found.append(("asked", entry))
        else:
            found.append(("once_more", entry))
    return Foretold(tuple(found))


def _names(entries: tuple[Entry, ...], named: Named) -> str:
    shown = ", ".join(one_line(named(entry), 120) for entry in entries[:_SHOWN])
    more = len(entries) - _SHOWN
    return f"{shown} and {plural(more, 'more', 'more')}" if more > 0 else shown
