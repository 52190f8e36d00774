"""Reads the steps that wait for time to pass or for a signal."""

import re
from datetime import datetime

from mn_notebook.domain.durations import parse_duration
from mn_notebook.language.drafts import template_uses
from mn_notebook.language.reading import Reading
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Fields, Scalar, described
from mn_notebook.language.vocabulary import WAIT_FORMS

_SIGNAL = re.compile(r"[^\W\d][\w.-]*")
_BRACES = re.compile(r"\{[{%]")
_FORMS = "`wait: 24h`, `until: 2026-12-01` or `signal: NAME`"


def read_wait(reading: Reading) -> None:
    """Read a wait in its long or in one of its short forms."""
    section = reading.section
    given = [key for key, _ in section.node if key.text in WAIT_FORMS]
    if len(given) > 1:
        section.findings.problem(
            given[1].mark, f"a step waits for one thing; write only one of {_FORMS}"
        )
        return
    if isinstance(section.value("wait"), Fields):
        inner = section.section("wait", "a wait", "")
        if inner is None or not _has_one(inner):
            return
        section = inner
    _read_duration(section, reading)
    _read_until(section, reading)
    _read_signal(section, reading)


def _has_one(inner: Section) -> bool:
    keys = [key for key, _ in inner.node]
    wrong = next((key for key in keys if key.text not in ("until", "signal")), None)
    if wrong is not None:
        message = f"unknown key {wrong.text!r} in a wait; write one of {_FORMS}"
        inner.findings.problem(wrong.mark, message)
    elif len(keys) != 1:
        message = f"a step waits for one thing; write only one of {_FORMS}"
        inner.findings.problem(inner.node.mark, message)
    return wrong is None and len(keys) == 1


def _read_duration(section: Section, reading: Reading) -> None:
    value = section.value("wait")
    if value is None:
        return
    findings = section.findings
    if not isinstance(value, Scalar) or value.value is None:
        findings.problem(value.mark, f"expected {_FORMS}, found {described(value)}")
        return
    reading.draft.values["duration"] = value.text.strip()
    if _BRACES.search(value.text):
        reading.draft.uses += template_uses(value, "wait", findings)
        return
    try:
        seconds = parse_duration(value.text.strip())
    except ValueError as wrong:
        expected, _, fix = str(wrong).partition("; ")
        fix = f"; {fix}" if fix else _meant(value.text)
        message = f"{expected} for 'wait', found {described(value)}{fix}"
        findings.problem(value.mark, message)
        return
    if seconds == 0:
        findings.problem(value.mark, "expected more than no time for 'wait'")


def _meant(text: str) -> str:
    if _is_time(text):
        return f"; write: until: {text}"
    return f"; for a signal write: signal: {text}" if _SIGNAL.fullmatch(text) else ""


def _read_until(section: Section, reading: Reading) -> None:
    until = section.text("until", "a date or a time such as 2026-12-01T09:00:00Z")
    if until is None:
        return
    reading.draft.values["until"] = until.text.strip()
    if _BRACES.search(until.text):
        reading.draft.uses += template_uses(until, "until", section.findings)
    elif not _is_time(until.text.strip()):
        section.findings.problem(
            until.mark,
            "expected a date such as 2026-12-01, a time such as 2026-12-01T09:00:00Z, or a "
            f"template that gives one, for 'until', found {until.text!r}{_not_until(until.text)}",
        )


def _not_until(text: str) -> str:
    try:
        parse_duration(text.strip())
    except ValueError:
        return ""
    return f"; write: wait: {text.strip()}"


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _read_signal(section: Section, reading: Reading) -> None:
    signal = section.text("signal", "the name of a signal")
    if signal is None:
        return
    reading.draft.values["signal"] = signal.text
    if not _SIGNAL.fullmatch(signal.text):
        section.findings.problem(
            signal.mark,
            "expected the name of a signal of letters, digits, _, - and ., found "
            f"{signal.text!r}; it is no template",
        )
