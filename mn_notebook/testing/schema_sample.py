"""Makes a small instance of a JSON Schema, the same one for the same seed."""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from typing import TypeVar

from pydantic import JsonValue

Schema = dict[str, JsonValue]

_FORMATS = {
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "time": "03:04:05Z",
    "duration": "P1D",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com/",
}
_GUESSES = ("abc", "ABC", "123", "a1", "A1", "AAA-000", "a-b", "1.0")
_LONGEST_GUESS = 64
_DEEPEST = 12
_FINAL = ("final", "finish", "answer", "done")
"""Where a schema offers a choice, a branch of this name ends a conversation."""

_T = TypeVar("_T")


def sample_of(schema: Schema, *, seed: str = "") -> JsonValue:
    """Return a small valid instance: required properties, one item in each list.

    Where a schema leaves a choice, a branch that ends a conversation is preferred, then the seed
    decides.

    Raises:
        ValueError: the schema says something that is beyond this generator, such as a long pattern.

    >>> sample_of({"type": "object", "properties": {"n": {"const": 3}}, "required": ["n"]})
    {'n': 3}
    """
    return _Sampler(schema, seed).sample(schema, "", 0)


class _Sampler:
    def __init__(self, root: Schema, seed: str) -> None:
        self._root = root
        self._seed = seed

    def sample(self, schema: JsonValue, path: str, depth: int) -> JsonValue:
        if not isinstance(schema, dict):
            return f"value {self._digest(path)}"
        if depth > _DEEPEST:
            raise ValueError(f"the schema is nested too deeply at {path or 'its root'}")
        merged = self._resolve(schema)
        if "const" in merged:
            return merged["const"]
        if isinstance(values := merged.get("enum"), list):
            return self._pick(values, path)
        if choices := _choices(merged):
            return self._choice(merged, choices, path, depth)
        return self._typed(merged, path, depth)

    def _typed(self, schema: Schema, path: str, depth: int) -> JsonValue:
        match _type_of(schema):
            case "object":
                return self._object(schema, path, depth)
            case "array":
                return self._array(schema, path, depth)
            case "integer" | "number" as kind:
                return _number(schema, self._number(path), is_integer=kind == "integer")
            case "boolean":
                return self._number(path) % 2 == 0
            case "null":
                return None
            case _:
                return self._text(schema, path)

    def _object(self, schema: Schema, path: str, depth: int) -> JsonValue:
        properties = schema.get("properties")
        known = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        names = [str(name) for name in required] if isinstance(required, list) else []
        return {
            name: self.sample(known.get(name, True), f"{path}/{name}", depth + 1) for name in names
        }

    def _array(self, schema: Schema, path: str, depth: int) -> JsonValue:
        prefix = schema.get("prefixItems")
        items: list[JsonValue] = list(prefix) if isinstance(prefix, list) else []
        least = max(_whole(schema.get("minItems"), 0), len(items))
        most = _whole(schema.get("maxItems"), max(1, least))
        wanted = least if depth >= _DEEPEST // 2 else min(max(1, least), most)
        items += [schema.get("items", True)] * (wanted - len(items))
        return [self.sample(item, f"{path}/{index}", depth + 1) for index, item in enumerate(items)]

    def _choice(self, schema: Schema, choices: list[Schema], path: str, depth: int) -> JsonValue:
        outside = {name: part for name, part in schema.items() if name not in {"anyOf", "oneOf"}}
        shallow = [choice for choice in choices if choice.get("type") != "null"] or choices
        if depth >= _DEEPEST // 2:
            shallow = [choice for choice in choices if choice.get("type") == "null"] or choices
        ending = [choice for choice in shallow if _ends(choice)]
        chosen = ending[0] if ending else self._pick(shallow, path)
        return self.sample(_merge(outside, self._resolve(chosen)), path, depth + 1)

    def _text(self, schema: Schema, path: str) -> JsonValue:
        least = _whole(schema.get("minLength"), 0)
        most = _whole(schema.get("maxLength"), max(least, _LONGEST_GUESS))
        if isinstance(pattern := schema.get("pattern"), str):
            return _matching(pattern, least, most)
        if isinstance(kind := schema.get("format"), str) and kind in _FORMATS:
            return _FORMATS[kind]
        return f"value {self._digest(path)}".ljust(least, ".")[:most]

    def _resolve(self, schema: Schema) -> Schema:
        resolved = schema
        for _ in range(_DEEPEST):
            if not isinstance(reference := resolved.get("$ref"), str):
                break
            rest = {name: part for name, part in resolved.items() if name != "$ref"}
            resolved = _merge(_target(self._root, reference), rest)
        for part in _schemas(resolved.get("allOf")):
            resolved = _merge(resolved, self._resolve(part))
        return resolved

    def _pick(self, values: "list[_T]", path: str) -> _T:
        return values[self._number(path) % len(values)]

    def _digest(self, path: str) -> str:
        return hashlib.sha256(f"{self._seed}{path}".encode()).hexdigest()[:6]

    def _number(self, path: str) -> int:
        return int(self._digest(path), 16)


def _number(schema: Schema, seed: int, *, is_integer: bool) -> JsonValue:
    step = _real(schema.get("multipleOf")) or (1.0 if is_integer else 0.5)
    low = max(_bounds(schema, "minimum", "exclusiveMinimum", step), default=None)
    high = min(_bounds(schema, "maximum", "exclusiveMaximum", -step), default=None)
    if low is not None:
        value = math.ceil(low / step) * step
        if high is not None and value > high:
            value = (low + high) / 2
    elif high is not None:
        value = math.floor(high / step) * step
    else:
        value = seed % 10 * step
    return _as_number(value, is_integer=is_integer)


def _bounds(schema: Schema, inclusive: str, exclusive: str, step: float) -> Iterator[float]:
    bound = _real(schema.get(inclusive))
    if bound is not None:
        yield bound
    bound = _real(schema.get(exclusive))
    if bound is not None:
        yield bound + step


def _as_number(value: float, *, is_integer: bool) -> JsonValue:
    return int(value) if is_integer or value == int(value) else value


def _matching(pattern: str, least: int, most: int) -> str:
    guesses = [*_FORMATS.values(), *_GUESSES]
    guesses += [guess * times for guess in ("a", "A", "0") for times in range(1, _LONGEST_GUESS)]
    for guess in guesses:
        if least <= len(guess) <= most and re.search(pattern, guess):
            return guess
    raise ValueError(f"no example of the pattern {pattern!r} is known here: script a reply")


def _type_of(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return str(next((each for each in kind if each != "null"), "null"))
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _choices(schema: Schema) -> list[Schema]:
    return _schemas(schema.get("anyOf")) or _schemas(schema.get("oneOf"))


def _schemas(value: JsonValue) -> list[Schema]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _ends(schema: Schema) -> bool:
    properties = schema.get("properties")
    names = properties if isinstance(properties, dict) else {}
    said = [str(schema.get("title", "")), *names]
    said += [json.dumps(part.get("const", "")) for part in names.values() if isinstance(part, dict)]
    return any(word in text.lower() for text in said for word in _FINAL)


def _target(root: Schema, reference: str) -> Schema:
    found: JsonValue = root
    for name in filter(None, reference.removeprefix("#").split("/")):
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, dict):
        return found
    raise ValueError(f"the schema refers to {reference!r}, which it does not define")


def _merge(first: Schema, second: Schema) -> Schema:
    merged = {**first, **second}
    for name in ("properties", "required"):
        ours, theirs = first.get(name), second.get(name)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            merged[name] = {**ours, **theirs}
        elif isinstance(ours, list) and isinstance(theirs, list):
            merged[name] = [*ours, *(each for each in theirs if each not in ours)]
    return merged


def _whole(value: JsonValue, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) else otherwise


def _real(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) else None
