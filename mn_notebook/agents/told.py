"""What was said and done in an attempt and those before it, as the agent's loop looks at it."""

import json

from pydantic import JsonValue

from mn_notebook.domain.long_results import Shown
from mn_notebook.domain.messages import Message
from mn_notebook.domain.state import Call
from mn_notebook.domain.tables import Table, as_sketches, table_text
from mn_notebook.domain.transcripts import Answer, Result, Transcript
from mn_notebook.ports import Recorder, Work

MAX_SAID = 8_000
"""Characters of changed arguments, and of an error, that a model is told."""


def transcript_of(work: Work, recorder: Recorder) -> Transcript:
    """Return what was said and done, from the journal's calls."""
    answers: list[Answer] = []
    results: list[Result] = []
    for known in recorder.calls():
        if known.kind == "model" and known.status == "succeeded" and known.about is None:
            answers.append(answer_of(known, recorder))
        elif known.kind == "tool" and known.answers is not None:
            results.append(_result(known, recorder))
    return Transcript(tuple(answers), tuple(results), work.attempt)


def answer_of(call: Call, recorder: Recorder) -> Answer:
    """Return a model call that has succeeded, as one that says something."""
    message = Message.model_validate(recorder.load(call.result))
    return Answer(
        call.id, message, call.finish_reason, call.attempt, rung=call.rung, tool_mode=call.tool_mode
    )


def _result(call: Call, recorder: Recorder) -> Result:
    status = call.status
    return Result(
        answers=call.answers or "",
        index=call.index,
        call_id=call.id,
        status=status if status != "lost" else "open",
        text=_told(call, recorder),
        approved=call.approved,
        not_happened=call.not_happened,
        shown=_shown(call, recorder),
    )


def _shown(call: Call, recorder: Recorder) -> Shown | None:
    fact = call.shortened
    if fact is None:
        return None
    summary = None if fact.summary is None else str(recorder.load(fact.summary))
    return Shown(fact.characters, fact.first, fact.last, summary, fact.because)


def _told(call: Call, recorder: Recorder) -> str:
    if call.status == "answered":
        answer = told_of(recorder.load(call.result))
        return f"the tool was not called; {call.decided_by or 'a person'} answered: {answer}"
    if call.status in ("succeeded", "settled"):
        return f"{_edited(call, recorder)}{told_of(recorder.load(call.result))}"
    if call.status == "failed" and call.error is not None:
        return _bounded(f"error: {call.error.message}")
    return f"refused: {call.because}" if call.status == "refused" else ""


def _edited(call: Call, recorder: Recorder) -> str:
    """Tell the model that the call was made with other arguments than it gave."""
    if not call.decided_by:
        return ""
    args = _bounded(told_of(recorder.load(call.args)))
    return f"({call.decided_by} had it called with other arguments: {args}) "


def told_of(value: JsonValue) -> str:
    """Return a value as a model is told it; of a table, its columns and a sample."""
    if isinstance(value, Table):
        value = table_text(value)
    return value if isinstance(value, str) else json.dumps(as_sketches(value), ensure_ascii=False)


def _bounded(text: str) -> str:
    left_out = len(text) - MAX_SAID
    return text if left_out <= 0 else f"{text[:MAX_SAID]}… (cut: {left_out} characters more)"
