"""What is told to people who are elsewhere: that something waits for them; and when it is not."""

import re
from dataclasses import dataclass
from datetime import datetime, time

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.domain.ids import ApprovalId, RunId, StepPath
from mn_notebook.domain.words import one_line, plural
from mn_notebook.errors import UsageError

ESCALATED = "!escalated"
"""Behind the id of an approval: what is told is that nobody has decided it in time."""
MOST_LISTED = 10
"""So many of the things that wait a text names."""
_LONGEST_QUESTION = 300
_LONGEST_DETAIL = 1_000
_HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of each day in which nobody is told; it may go over midnight."""

    begin: time
    end: time

    @classmethod
    def read(cls, text: str) -> "QuietHours | None":
        """Return the hours that a text such as ``22:00-07:00`` names; None for an empty one.

        Raises:
            UsageError: it names none.
        """
        if not text.strip():
            return None
        match = _HOURS.fullmatch(text.strip())
        try:
            if match is not None:
                numbers = [int(part) for part in match.groups()]
                hours = cls(time(numbers[0], numbers[1]), time(numbers[2], numbers[3]))
                if hours.begin != hours.end:
                    return hours
        except ValueError:  # such as 25:00
            pass
        message = f"expected quiet hours such as 22:00-07:00, found {text!r}"
        raise UsageError(message)

    def contain(self, local: datetime) -> bool:
        """Tell whether a time of a day is among them.

        >>> hours = QuietHours.read("22:00-07:00")
        >>> [hours.contain(datetime(2026, 1, 1, hour)) for hour in (21, 22, 3, 7)]
        [False, True, True, False]
        """
        now = local.time()
        if self.begin < self.end:
            return self.begin <= now < self.end
        return now >= self.begin or now < self.end

    @override
    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Waits:
    """One thing that waits for a person."""

    approval_id: ApprovalId
    run_id: RunId
    workflow: str
    title: str
    path: StepPath
    subject: str
    question: str
    requested_at: datetime
    expires_at: datetime | None = None
    escalated_at: datetime | None = None
    """When time was up and nobody had decided; None: it is not up, or that changes nothing."""
    escalated_to: str = ""
    details: tuple[str, ...] = ()
    """The calls that wait, with their arguments; empty where nobody asked for them."""

    @property
    def told_as(self) -> str:
        """Name what is told: that it waits, and that nobody has decided in time, are two things."""
        return f"{self.approval_id}{ESCALATED}" if self.escalated_at else self.approval_id

    @property
    def text(self) -> str:
        """What waits, in one line."""
        overdue = f"{_overdue(self)}: " if self.escalated_at else ""
        return f"{overdue}{self._what}"

    @property
    def _what(self) -> str:
        title = f" ({self.title})" if self.title else ""
        question = one_line(self.question, _LONGEST_QUESTION)
        return f"{self.workflow}{title}, run {self.run_id[:4]}, step {self.path}: {question}"

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as a program reads it."""
        expires_at, escalated_at = (
            None if at is None else at.isoformat(timespec="seconds")
            for at in (self.expires_at, self.escalated_at)
        )
        said: dict[str, JsonValue] = {
            "approval": self.approval_id,
            "run": self.run_id,
            "workflow": self.workflow,
            "title": self.title,
            "step": self.path,
            "kind": self.subject,
            "question": one_line(self.question, _LONGEST_QUESTION),
            "requested_at": self.requested_at.isoformat(timespec="seconds"),
            "expires_at": expires_at,
            "escalated_at": escalated_at,
            "escalated_to": self.escalated_to,
            "look": f"mn show {self.run_id[:4]}",
        }
        if self.details:
            said["details"] = [one_line(detail, _LONGEST_DETAIL) for detail in self.details]
        return said


def _overdue(waits: Waits) -> str:
    to = f" to {one_line(waits.escalated_to, _LONGEST_QUESTION)}" if waits.escalated_to else ""
    return f"nobody decided in time, escalated{to}"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told at once; who gets one twice knows it by its id."""

    id: str
    waits: tuple[Waits, ...]
    tries: int = 0
    """How often it could not be told."""

    @property
    def text(self) -> str:
        """The notice for a person."""
        if len(self.waits) == 1 and self.waits[0].escalated_at:
            text = self.waits[0].text
            return f"{text[:1].upper()}{text[1:]}"
        if len(self.waits) == 1:
            return f"A decision waits for you: {self.waits[0].text}"
        lines = [f"- {waits.text}" for waits in self.waits[:MOST_LISTED]]
        left = len(self.waits) - len(lines)
        more = [f"- and {left} more: mn approvals"] if left else []
        count = plural(len(self.waits), "decision waits", "decisions wait")
        return "\n".join([f"{count} for you:", *lines, *more])

    def as_json(self) -> dict[str, JsonValue]:
        """Return the notice as a program reads it."""
        return {
            "id": self.id,
            "text": self.text,
            "waiting": [waits.as_json() for waits in self.waits],
        }


__all__ = ["ESCALATED", "MOST_LISTED", "Notice", "QuietHours", "Waits"]
