"""Log records without secrets, whoever writes them: clients of services like to log addresses."""

import logging
from typing import Any

from mn_notebook.secrecy.known import may_hold, needles, redact_text

_FORMATTER = logging.Formatter()


def redact_logs() -> None:
    """Let every log record of this process be made without secrets. May be called again."""
    before = logging.getLogRecordFactory()
    if getattr(before, "redacts", False):
        return

    def make(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        if needles():
            _clean(record)
        return record

    make.redacts = True  # type: ignore[attr-defined]  # a mark for the next call
    logging.setLogRecordFactory(make)


def _clean(record: logging.LogRecord) -> None:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - arguments that do not fit are told by the handler
        return
    if may_hold(text):
        record.msg, record.args = redact_text(text), ()
    if record.exc_info and record.exc_info[0] is not None:
        told = _FORMATTER.formatException(record.exc_info)
        if may_hold(told):
            record.exc_text = redact_text(told)
