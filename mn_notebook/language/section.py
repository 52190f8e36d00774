"""Reads the keys of one mapping, and says what is wrong with each."""

from collections.abc import Collection, Mapping, Sequence

from mn_notebook.domain.durations import parse_duration
from mn_notebook.language.findings import Findings
from mn_notebook.language.mistakes import quoted
from mn_notebook.language.tree import Fields, Items, Mark, Node, Scalar, described
from mn_notebook.language.vocabulary import MEANT, MEANT_BESIDE, MEANT_WORDS
from mn_notebook.language.words import either, hint


class Section:
    """A mapping of the text; ``what`` names it in messages, such as ``an agent step``."""

    def __init__(self, node: Fields, what: str, findings: Findings) -> None:
        self.node = node
        self.what = what
        self.findings = findings

    def check_keys(
        self,
        known: Collection[str],
        later: Collection[str] = (),
        reasons: Mapping[str, str] | None = None,
    ) -> None:
        """Report every key that is not known.

        Those that come later are told apart, and so are those for which there is a reason.
        """
        for key, _ in self.node:
            if key.text in known:
                continue
            if reasons and key.text in reasons:
                message = f"{self.what} has no {key.text!r}: {reasons[key.text]}"
            elif key.text in later:
                message = f"{key.text!r} is not available yet in {self.what}; remove it"
            else:
                absent = [one for one in known if self.node.get(one) is None]
                near = _meant(key.text, absent) or hint(key.text, absent, nouns="keys")
                message = f"unknown key {key.text!r} in {self.what}{near}"
            self.findings.problem(key.mark, message)

    def value(self, key: str) -> Node | None:
        """Return the value of a key, or None when the key is absent."""
        entry = self.node.get(key)
        return entry.value if entry else None

    def mark(self, key: str) -> Mark:
        """Return the place of a key, or of the whole when the key is absent."""
        entry = self.node.get(key)
        return entry.key.mark if entry else self.node.mark

    def text(self, key: str, expected: str) -> Scalar | None:
        """Return the text of a key; report anything that is no text, or empty."""
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.text.strip():
            return value
        fix = ""
        if isinstance(value, Scalar) and not isinstance(value.value, str | None):
            fix = f"; a text that looks otherwise is quoted: {quoted(value.text)}"
        self._unexpected(key, expected, value, fix)
        return None

    def word(self, key: str, choices: Sequence[str]) -> str | None:
        """Return a text that must be one of a few words."""
        scalar = self.text(key, either(choices))
        if scalar is None:
            return None
        if scalar.text in choices:
            return scalar.text
        meant = MEANT_WORDS.get(scalar.text)
        near = f"; did you mean {meant!r}?" if meant in choices else hint(scalar.text, choices)
        message = f"expected {either(choices)} for {key!r}, found {scalar.text!r}{near}"
        self.findings.problem(scalar.mark, message)
        return None

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number between bounds."""
        value = self.value(key)
        if value is None:
            return None
        number = value.value if isinstance(value, Scalar) else None
        if isinstance(number, int) and not isinstance(number, bool) and low <= number <= high:
            return number
        self._unexpected(key, f"a whole number from {low} to {high}", value)
        return None

    def share(self, key: str) -> float | None:
        """Return a number above 0 and up to 1."""
        value = self.value(key)
        number = value.value if isinstance(value, Scalar) else None
        if isinstance(number, int | float) and not isinstance(number, bool) and 0 < number <= 1:
            return float(number)
        if value is not None:
            fix = ""
            if isinstance(number, int) and 1 < number <= 100:  # as many think of a share
                fix = f"; write {number / 100}"
            self._unexpected(key, "a share above 0 and up to 1, such as 0.8,", value, fix)
        return None

    def duration(self, key: str, *, zero: bool = False) -> float | None:
        """Return the seconds of a duration such as ``5m``; ``zero`` says whether 0s is one."""
        value = self.value(key)
        if value is None:
            return None
        if not isinstance(value, Scalar):
            self._unexpected(key, "a duration such as 5m", value)
            return None
        try:
            seconds = parse_duration(value.text)
        except ValueError as wrong:
            expected, _, fix = str(wrong).partition("; ")
            message = f"{expected} for {key!r}, found {described(value)}"
            self.findings.problem(value.mark, f"{message}; {fix}" if fix else message)
            return None
        if seconds == 0 and not zero:
            self.findings.problem(value.mark, f"expected more than no time for {key!r}")
            return None
        return seconds

    def section(self, key: str, what: str, expected: str) -> "Section | None":
        """Return the mapping below a key."""
        value = self.value(key)
        if value is None:
            return None
        if isinstance(value, Fields):
            return Section(value, what, self.findings)
        self._unexpected(key, expected, value)
        return None

    def items(self, key: str, expected: str) -> tuple[Node, ...]:
        """Return the values of a list."""
        value = self.value(key)
        match value:
            case None:
                return ()
            case Items():
                return value.items
            case Scalar(value=str()):
                self._unexpected(key, expected, value, f"; write: {key}: [{value.text}]")
            case _:
                self._unexpected(key, expected, value)
        return ()

    def texts(self, key: str, expected: str) -> list[Scalar]:
        """Return the texts of a list."""
        found = []
        for item in self.items(key, expected):
            if isinstance(item, Scalar) and isinstance(item.value, str) and item.text.strip():
                found.append(item)
            else:
                self.findings.problem(
                    item.mark, f"expected a text in {key!r}, found {described(item)}"
                )
        return found

    def _unexpected(self, key: str, expected: str, value: Node, fix: str = "") -> None:
        message = f"expected {expected} for {key!r}, found {described(value)}{fix}"
        nothing = isinstance(value, Scalar) and value.value is None and not value.text
        self.findings.problem(self.mark(key) if nothing else value.mark, message)


def _meant(key: str, absent: Collection[str]) -> str:
    """Name the key that somebody means by one of another language, if it is not there as well."""
    meant = (MEANT.get(key), MEANT_BESIDE.get(key))
    right = next((one for one in meant if one in absent), None)
    return f"; did you mean {right!r}?" if right else ""
