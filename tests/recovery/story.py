"""What a workflow that is killed must come to, whatever people asked of it meanwhile."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Place = tuple[str, int | None]
"""An output's name, and the position in it where it is a list of items."""


@dataclass(frozen=True, slots=True)
class Told:
    """What people asked of a run, as far as it changes what comes out."""

    skips: Mapping[str, Any] = field(default_factory=dict)
    """The values that stand for skipped steps, by path; `NO_VALUE` where none was given."""
    signals: Sequence[Any] = ()
    """What was sent, in the order in which it came in."""


NO_VALUE = object()
"""A step was skipped and nothing stands for it."""


@dataclass(frozen=True, slots=True)
class Story:
    """A workflow over ``inputs.topic``, and its one right output for the topic ``T``.

    A text that is just ``~S0~`` stands for the first signal that came in, and so on.
    """

    text: str
    output: dict[str, Any]
    calls: tuple[str, ...] = ()
    """The stories that it runs as subworkflows."""
    takes_rows: bool = False
    """It takes a frame, besides."""
    optional: Mapping[str, Place | None] = field(default_factory=dict)
    """The paths that may be skipped, each with the output that it decides, if any."""
    signal: str = ""
    """What it waits for."""
    needs_repair: bool = False
    """It fails until a person tries a step again or says what it gives."""

    def right_output(self, topic: str, told: Told | None = None) -> Any:
        """Return what a run on ``topic`` must come to, however often it was killed."""
        right = json.loads(json.dumps(self.output).replace("~T~", topic))
        told = told or Told()
        for number, value in enumerate(told.signals):
            right = _with(right, f"~S{number}~", value)
        # From behind, so that what is left out of a list moves nothing that is still to come.
        for path in sorted(told.skips, reverse=True):
            place = self.optional[path]
            if place is not None:
                _put(right, place, told.skips[path])
        return right


def _with(right: Any, mark: str, value: Any) -> Any:
    if isinstance(right, dict):
        return {name: _with(one, mark, value) for name, one in right.items()}
    return value if right == mark else right


def _put(right: dict[str, Any], place: Place, value: Any) -> None:
    name, position = place
    if position is None:
        right[name] = None if value is NO_VALUE else value
    elif value is NO_VALUE:
        del right[name][position]
    else:
        right[name][position] = value
