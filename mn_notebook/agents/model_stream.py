"""Puts a streamed answer together: what has arrived in pieces is the completion it adds up to."""

import codecs
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from mn_notebook.agents.model_errors import Asked, garbage_error
from mn_notebook.agents.model_wire import KEPT_EXTRAS, error_inside

DONE = "[DONE]"
"""What the last event of a whole stream says."""


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _FunctionPiece(_Read):
    name: str | None = None
    arguments: str | dict[str, JsonValue] | None = None


class _CallPiece(_Read):
    index: int | None = None
    id: str | None = None
    function: _FunctionPiece = _FunctionPiece()


class _Delta(_Read):
    content: str | None = None
    refusal: str | None = None
    tool_calls: tuple[_CallPiece, ...] | None = None


class _ChoicePiece(_Read):
    index: int = 0
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(_Read):
    choices: tuple[_ChoicePiece, ...]
    model: str | None = None
    usage: JsonValue = None


class EventReader:
    r"""Cuts bytes into the data of server-sent events, wherever the bytes were cut before.

    >>> reader = EventReader()
    >>> reader.read(b": a comment\n\ndata: on"), reader.read(b"e\r\n\r\ndata: two\n\nda")
    ([], ['one', 'two'])
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._data: list[str] = []

    def read(self, piece: bytes) -> list[str]:
        """Return the data of the events that this piece completes."""
        *lines, self._rest = (self._rest + self._decoder.decode(piece)).split("\n")
        return [data for line in lines if (data := self._end_of_event(line.rstrip("\r")))]

    def _end_of_event(self, line: str) -> str | None:
        if not line:
            data, self._data = "\n".join(self._data), []
            return data
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        return None


@dataclass(slots=True)
class _Call:
    """A tool call as far as it has arrived."""

    index: int | None
    id: str | None = None
    name: str = ""
    arguments: list[str] = field(default_factory=list)

    def add(self, piece: _CallPiece) -> None:
        self.id = self.id or piece.id
        said, arguments = piece.function.name or "", piece.function.arguments or ""
        if said != self.name:  # Some servers repeat the name with every piece.
            self.name += said
        self.arguments.append(arguments if isinstance(arguments, str) else json.dumps(arguments))

    def whole(self) -> JsonValue:
        function: JsonValue = {"name": self.name, "arguments": "".join(self.arguments)}
        return {"id": self.id, "function": function}


class StreamedCompletion:
    """Hears a stream, hands its text on at once, and in the end is what a whole answer would be.

    Nothing is believed that has not been checked; that it is complete is not checked here but where
    completions are read.
    """

    def __init__(
        self,
        asked: Asked,
        *,
        now: datetime,
        headers: Mapping[str, str],
        on_text: Callable[[str], None],
    ) -> None:
        self.is_done = False
        """The server said that this was all."""
        self._asked = asked
        self._now = now
        self._headers = headers
        self._on_text = on_text
        self._events = EventReader()
        self._heard_choice = False
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: list[_Call] = []
        self._finish_reason: str | None = None
        self._rest: dict[str, JsonValue] = {}

    def hear(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            TransientError: they are no part of an answer, or the server has a passing trouble.
            PermanentError: the server refuses to go on.
        """
        for data in self._events.read(piece):
            if data == DONE:
                self.is_done = True
            elif not self.is_done:
                self._take(data)

    def completion(self) -> dict[str, JsonValue]:
        """Return what has arrived as one chat completion."""
        message: dict[str, JsonValue] = {
            "content": "".join(self._text) or None,
            "refusal": "".join(self._refusal) or None,
            "tool_calls": [call.whole() for call in self._calls] or None,
        }
        choice: JsonValue = {"message": message, "finish_reason": self._finish_reason}
        return {**self._rest, "choices": [choice] if self._heard_choice else []}

    def _take(self, data: str) -> None:
        chunk = self._read(data)
        if chunk.model:
            self._rest["model"] = chunk.model
        if chunk.usage is not None:
            self._rest["usage"] = chunk.usage  # Where it comes more than once, the last one counts.
        for choice in chunk.choices:
            if choice.index == 0:
                self._take_choice(choice)

    def _read(self, data: str) -> _Chunk:
        try:
            value: JsonValue = json.loads(data)
        except (ValueError, RecursionError) as error:
            found = f"a malformed piece of a stream ({error}), {self._asked.quote(data)}"
            raise garbage_error(self._asked, found) from error
        if isinstance(value, dict):
            if value.get("error"):
                raise error_inside(
                    self._asked, value["error"], self._headers, data.encode(), now=self._now
                )
            kept = {name: value[name] for name in KEPT_EXTRAS if value.get(name) is not None}
            self._rest.update(kept)
        try:
            return _Chunk.model_validate(value)
        except ValidationError:
            found = f"a piece of a stream that is none of an answer, {self._asked.quote(data)}"
            # Unchained: what a server said may repeat the key, and such an error quotes it.
            raise garbage_error(self._asked, found) from None

    def _take_choice(self, choice: _ChoicePiece) -> None:
        self._heard_choice = True
        self._finish_reason = choice.finish_reason or self._finish_reason
        delta = choice.delta or _Delta()
        self._text.append(delta.content or "")
        self._refusal.append(delta.refusal or "")
        for piece in delta.tool_calls or ():
            self._call_of(piece).add(piece)
        if delta.content:
            self._on_text(delta.content)

    def _call_of(self, piece: _CallPiece) -> _Call:
        """Find the call that a piece belongs to; servers number them well, badly or not at all."""
        same = [call for call in self._calls if call.index == piece.index]
        if same and not (piece.id and same[-1].id and piece.id != same[-1].id):
            return same[-1]
        self._calls.append(_Call(piece.index))
        return self._calls[-1]
