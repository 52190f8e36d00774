"""What ``scale.py`` holds its measurements against."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["ratio", "bytes", "seconds of processor time", "milliseconds of processor time"]


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that a measurement may be."""

    most: float
    kind: Kind
    why: str


_INTERACTIVE = Bound(0.5, "seconds of processor time", "somebody waits for it")
_LONG = Bound(
    2.5,
    "seconds of processor time",
    "the first look at the longest journal; the next ones are short",
)
_LOADED = Bound(1.0, "seconds of processor time", "it is the first thing that a notebook does")
_HTML = Bound(200_000, "bytes", "a notebook stays a file that opens")
_PICTURE = Bound(150_000, "bytes", "it goes to the browser some times a second")
_TEXT = Bound(100_000, "bytes", "it is read by a person")
_FLAT = Bound(1.5, "ratio", "a step costs the same in a large run as in a small one")
_LOOK = Bound(2.0, "milliseconds of processor time", "a worker looks every two seconds: 0.1 %")

BOUNDS: dict[str, Bound] = {
    "chain.step_ratio": _FLAT,
    "wide.step_ratio": _FLAT,
    "each.step_ratio": _FLAT,
    "flight.step_ratio": _FLAT,
    "check.step_ratio": _FLAT,
    "flight.bytes_per_run": Bound(100_000, "bytes", "a thousand runs fit in 100 MB"),
    "waiting.bytes_of_store_per_run": Bound(
        4_096, "bytes", "its seven events, its rows and what the indexes hold of them"
    ),
    "waiting.bytes_of_memory_per_run": Bound(1_024, "bytes", "a run that waits is not loaded"),
    "waiting.idle_look": _LOOK,
    "store.idle_look": _LOOK,
    "events.state": _LONG,
    "events.why": _LONG,
    "events.claim": _LONG,
    "chain.state": _LONG,
    "wide.state": _LONG,
    **{
        f"{subject}.{look}": _INTERACTIVE
        for subject in ("chain", "wide", "each", "events", "waiting", "store")
        for look in ("runs", "show_again", "why_again", "log", "approvals", "define", "frame")
    },
    **{f"{subject}.load_ext": _LOADED for subject in ("waiting", "store", "chain", "events")},
    **{
        f"{subject}.{form}": bound
        for subject in ("chain", "wide", "each", "events", "waiting", "store")
        for form, bound in (
            ("html", _HTML),
            ("markdown", _TEXT),
            ("text", _TEXT),
            ("widget", _PICTURE),
            ("definition_html", _HTML),
            ("runs_html", _HTML),
            ("approvals_text", _TEXT),
            ("log_text", _TEXT),
            ("why_text", _TEXT),
        )
    },
}
"""By subject and measurement."""


def judged(measured: dict[str, float]) -> dict[str, dict[str, object]]:
    """Say of each measurement that has a bound whether it is met."""
    return {
        name: {
            "measured": value,
            "at_most": bound.most,
            "unit": bound.kind,
            "verdict": "met" if value <= bound.most else "missed",
            "because": bound.why,
        }
        for name, value in measured.items()
        for bound in [BOUNDS.get(name)]
        if bound is not None
    }
