"""The user's own policy: a file of rules that hold for all runs of a process."""

import logging
from pathlib import Path

from mn_notebook.domain.workflow import Rule
from mn_notebook.errors import MnError, UsageError

_log = logging.getLogger(__name__)


class PolicyFile:
    """The user's own policy, in a file that holds for all runs of this process.

    It is read again when it has changed; while what it says cannot be read, the rules before hold.
    """

    def __init__(self, path: Path | None) -> None:
        """Read the rules of a file; None: there are none.

        Raises:
            UsageError: the file is not there, or holds no policy. Nothing runs without it.
        """
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._rules: tuple[Rule, ...] = ()
        if path is not None:
            self._stamp = _stamp(path)
            self._rules = _read(path)

    def rules(self) -> tuple[Rule, ...]:
        """Return the rules as the file says them now."""
        if self._path is None:
            return ()
        try:
            stamp = _stamp(self._path)
            if stamp != self._stamp:
                self._rules, self._stamp = _read(self._path), stamp
        except MnError as fault:
            if self._stamp is not None:
                _log.warning("the policy before holds on: %s", fault)
            self._stamp = None
        return self._rules


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as fault:
        message = (
            f"the policy {str(path)!r} cannot be read ({fault.strerror}); MN_POLICY names a file "
            "with rules, such as: policy: [{effect: write, approvals: 1}]"
        )
        raise UsageError(message) from fault
    return found.st_mtime_ns, found.st_size


def _read(path: Path) -> tuple[Rule, ...]:
    # Only who has such a file waits for what reads it.
    from mn_notebook.language.policy import parse_policy

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        message = f"the policy {str(path)!r} cannot be read: {fault}"
        raise UsageError(message) from fault
    return parse_policy(text, name=str(path))
