"""What can go wrong, as one tree.

::

    MnError
    ├── UsageError            a verb was called wrongly; shown without a traceback
    ├── DefinitionError       a workflow cannot be right; raised before anything runs
    ├── RunError              a run could not do what was asked of it
    │   ├── TransientError    trying again may help
    │   ├── PermanentError    trying again cannot help
    │   │   ├── ModelMissing  no model is configured for a step that needs one
    │   │   ├── SecretMissing a secret is nowhere, or too short to be kept secret
    │   │   └── OutputInvalid a model's answer stayed malformed after its re-asks
    │   ├── BudgetExceeded    the run may not spend more
    │   └── ApprovalRejected  a person said no
    └── StoreError            the journal could not be read or written
        ├── Fenced            somebody else owns the run now; this owner's write was refused
        ├── StoreBusy         another program held the store for too long
        ├── StoreUnwritable   disk full, read-only or gone
        ├── StoreTooNew       a newer program wrote what this one cannot read
        ├── StoreDamaged      a part of the store is not as it was written
        ├── UnknownRun        no such run in this store
        └── AlreadyDecided    an approval, or a call in doubt, has its decision already

Every message says what was expected, what was found and what to do next.
"""

from dataclasses import dataclass
from typing import Any

from typing_extensions import override


class MnError(Exception):
    """Anything that this package raises on purpose."""


class UsageError(MnError):
    """A verb was called wrongly; the message says how to call it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a workflow's text."""

    message: str
    """What was expected, what was found and what would be right."""

    line: int
    """Counted from 1 in the text that the user wrote."""

    column: int
    """Counted from 1."""

    @override
    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class DefinitionError(MnError):
    """A workflow cannot be right; carries every problem found, in the order of the text."""

    def __init__(self, problems: tuple[Problem, ...], *, name: str = "") -> None:
        self.problems = problems
        self.name = name
        where = f"workflow {name!r}: " if name else ""
        super().__init__(where + "\n".join(str(problem) for problem in problems))


class RunError(MnError):
    """A run could not do what was asked of it."""


class TransientError(RunError):
    """Trying again may help; ``retry_after_seconds`` is how long the other side asked to wait.

    ``too_fast``: it refused the call, undone, because calls come too fast for it. ``later``: it
    refused it, undone, and asked for it later, for whatever reason. ``paid``: it may have done the
    work all the same, and take its price.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float | None = None,
        paid: bool = False,
        too_fast: bool = False,
        later: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.asked_to_wait_seconds = retry_after_seconds
        """As the other side said it; a retry may have to wait longer for other reasons."""
        self.paid = paid
        self.too_fast = too_fast
        self.later = later or too_fast


class PermanentError(RunError):
    """Trying again cannot help."""


class ModelMissing(PermanentError):
    """No model is configured for a step that needs one."""


class SecretMissing(PermanentError):
    """A secret is nowhere where it is looked for, or too short to be kept out of texts."""


class OutputInvalid(PermanentError):
    """A model's answer stayed malformed after its bounded re-asks."""


class BudgetExceeded(RunError):
    """The run may not spend more than its budget; ``reached`` is the event that says so."""

    def __init__(self, message: str, *, reached: Any = None) -> None:
        super().__init__(message)
        self.reached = reached


class ApprovalRejected(RunError):
    """A person said no."""


class StoreError(MnError):
    """The journal could not be read or written."""


class Fenced(StoreError):
    """Somebody else owns the run now; nothing of this owner's group was written."""


class StoreBusy(StoreError):
    """Another program held the store for too long; nothing was written."""


class StoreUnwritable(StoreError):
    """The store cannot be written: disk full, read-only or gone; nothing was written."""


class StoreTooNew(StoreError):
    """A newer program wrote what this one cannot read."""


class StoreDamaged(StoreError):
    """A part of the store is not as it was written; nothing of it is guessed at."""


class UnknownRun(StoreError):
    """No run of this store answers to that name."""


class AlreadyDecided(StoreError):
    """An approval, or a call in doubt, has its decision; the message says whose and when."""
