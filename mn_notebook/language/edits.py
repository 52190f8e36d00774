"""Changes one step in a text, and leaves every other character alone."""

import json
from collections.abc import Callable, Mapping

from pydantic import JsonValue

from mn_notebook.errors import DefinitionError, UsageError
from mn_notebook.language.findings import Findings
from mn_notebook.language.text import normalised, read_text
from mn_notebook.language.tree import Entry, Fields, Scalar, entry_end, plain
from mn_notebook.language.words import hint
from mn_notebook.language.written import key_lines, step_lines
from mn_notebook.language.yaml_lines import Writable, block_lines

_Lines = list[str]
_Edit = Callable[[_Lines, Fields], None]
"""Changes the lines of a text, given its tree."""


def tree_of(text: str) -> Fields:
    """Return the tree of a workflow's text.

    Raises:
        DefinitionError: it cannot be read.
    """
    findings = Findings()
    root = read_text(text, findings)
    if root is None or findings.problems:
        raise DefinitionError(findings.problems)
    return root


def steps_of(root: Fields) -> dict[str, Entry]:
    """Return the steps of a text by name."""
    steps = root.get("steps")
    inside = steps.value if steps is not None else None
    return {entry.key.text: entry for entry in inside} if isinstance(inside, Fields) else {}


def add_step(text: str, name: str, fields: Mapping[str, Writable]) -> str:
    """Return the text with a further step below its steps.

    Raises:
        UsageError: it has a step of that name.
        DefinitionError: the text cannot be read.
    """
    if name in steps_of(tree_of(text)):
        raise taken(name)

    def edit(lines: _Lines, root: Fields) -> None:
        at, indent, spaced = _end_of_steps(lines, root)
        lines[at:at] = [*([""] if spaced else []), *step_lines(name, dict(fields), indent)]

    return _edited(text, {name: _json(fields)}, edit)


def append_step(text: str, name: str, fields: Mapping[str, Writable]) -> str:
    """Return a text that ends with its steps, with one more; nothing is read, so it is fast."""
    gap = "" if text.endswith("steps:\n") else "\n"
    return text + gap + "\n".join(step_lines(name, dict(fields), 2)) + "\n"


def taken(name: str) -> UsageError:
    """Return what to say of a step's name that is used already."""
    return UsageError(
        f"there is a step {name!r} already; change it with .change({name!r}, …), or take it away "
        f"first with .remove({name!r})"
    )


def change_step(text: str, name: str, fields: Mapping[str, Writable]) -> str:
    """Return the text with other values for some keys of a step; None takes a key away.

    Raises:
        UsageError: there is no such step, or it cannot be changed alone.
        DefinitionError: the text cannot be read.
    """
    entry = _step(text, name)
    former = plain(entry.value)
    wanted = {**(former if isinstance(former, dict) else {}), **fields}
    wanted = {key: value for key, value in wanted.items() if value is not None}

    def edit(lines: _Lines, root: Fields) -> None:
        entry = steps_of(root)[name]
        if not isinstance(entry.value, Fields) or entry.value.flow:
            lines[_span(entry)] = step_lines(name, wanted, entry.key.mark.column - 1)
            return
        for key, value in _from_below(entry.value, fields):
            _change_key(lines, entry.value, key, value)

    return _edited(text, {name: _json(wanted)}, edit)


def remove_step(text: str, name: str) -> str:
    """Return the text without a step.

    Raises:
        UsageError: there is no such step.
        DefinitionError: the text cannot be read.
    """
    _step(text, name)

    def edit(lines: _Lines, root: Fields) -> None:
        del lines[_span(steps_of(root)[name])]

    return _edited(text, {name: None}, edit)


def _step(text: str, name: str) -> Entry:
    known = steps_of(tree_of(text))
    if name not in known:
        raise UsageError(f"there is no step {name!r}{hint(name, known, nouns='steps')}")
    return known[name]


def _edited(text: str, changes: Mapping[str, JsonValue], edit: _Edit) -> str:
    """Apply an edit, and see that it changed what it was to change and nothing else."""
    root = tree_of(text)
    expected = _expected(root, changes)
    steps = root.get("steps")
    if root.flow or (steps is not None and isinstance(steps.value, Fields) and steps.value.flow):
        result = "\n".join(block_lines(expected)) + "\n"  # braces leave no lines to change alone
    else:
        lines = normalised(text).removesuffix("\n").split("\n")
        edit(lines, root)
        result = "\n".join(lines) + "\n"
    if not _reads_as(result, expected):
        raise UsageError(
            f"{', '.join(changes)} cannot be changed alone, for other places repeat a part of it; "
            "change the text itself"
        )
    return result.replace("\n", "\r\n") if "\r\n" in text else result


def _expected(root: Fields, changes: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    before = {entry.key.text: plain(entry.value) for entry in root}
    steps: dict[str, JsonValue] = {
        name: plain(entry.value) for name, entry in steps_of(root).items()
    }
    kept: dict[str, JsonValue] = {
        name: step for name, step in {**steps, **changes}.items() if step is not None
    }
    before["steps"] = kept or None
    return before


def _reads_as(text: str, expected: Mapping[str, JsonValue]) -> bool:
    try:
        return plain(tree_of(text)) == expected
    except DefinitionError:
        return False


def _end_of_steps(lines: _Lines, root: Fields) -> tuple[int, int, bool]:
    """Return where a further step goes, how far it is indented, and whether after a space."""
    entries = list(steps_of(root).values())
    if entries:
        last = entries[-1].key.mark
        spaced = len(entries) == 1 or any(
            not line.strip() for line in lines[entry_end(entries[-2]) : last.line - 1]
        )
        return entry_end(entries[-1]), last.column - 1, spaced
    steps = root.get("steps")
    if steps is None:
        lines += ["steps:"]
        return len(lines), 2, False
    indent = steps.key.mark.column - 1
    lines[_span(steps)] = [f"{' ' * indent}steps:"]
    return steps.key.mark.line, indent + 2, False


def _span(entry: Entry) -> slice:
    return slice(entry.key.mark.line - 1, entry_end(entry))


def _from_below(step: Fields, fields: Mapping[str, Writable]) -> list[tuple[str, Writable]]:
    """Order the keys so that changing one does not move the lines of the next."""
    order = [entry.key.text for entry in step]
    new = [(key, value) for key, value in fields.items() if key not in order]
    known = [(key, fields[key]) for key in reversed(order) if key in fields]
    return [*reversed(new), *known]


def _change_key(lines: _Lines, step: Fields, key: str, value: Writable) -> None:
    indent = step.mark.column - 1
    new = [] if value is None else key_lines(key, value, indent)
    entry = step.get(key)
    if entry is None:  # it goes to the end, before those that went there already
        at = entry_end(step.entries[-1])
        lines[at:at] = new
        return
    old = entry.value
    if len(new) == 1 and isinstance(old, Scalar) and old.style not in ("|", ">"):
        new = [new[0] + old.after.rstrip()]
    lines[_span(entry)] = new


def _json(value: Mapping[str, Writable]) -> JsonValue:
    decoded: JsonValue = json.loads(json.dumps(value))
    return decoded
