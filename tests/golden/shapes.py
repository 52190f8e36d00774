"""The shape of each event, by kind and version: ``python -m tests.golden.shapes`` records it.

A stored event is read by its version. So the shape of a version may only grow, by fields that have
defaults; whatever else changes is another version, with a function in `UPGRADES` that reads the
older one.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.events import KINDS, UPGRADES

FOLDER = Path(__file__).parent / "events"
_FOR_PEOPLE = ("title", "description")

Shape = dict[str, JsonValue]


def shape_of(cls: Any) -> Shape:
    """Return what a class reads: its fields, their types, and what may be left out."""
    plain: Shape = _bare(cls.model_json_schema(mode="validation"), names=False)
    return plain


def _bare(schema: Any, *, names: bool) -> Any:
    """Leave out what is meant for people; below ``properties`` a title is a field of that name."""
    match schema:
        case dict():
            return {
                key: _bare(value, names=not names and key in ("properties", "$defs"))
                for key, value in schema.items()
                if names or key not in _FOR_PEOPLE
            }
        case list():
            return [_bare(one, names=False) for one in schema]
        case _:
            return schema


def recorded() -> dict[str, dict[int, Shape]]:
    """Return the shapes that were recorded, by kind and version."""
    found: dict[str, dict[int, Shape]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        kind, version = path.stem.rsplit(".", 1)
        found.setdefault(kind, {})[int(version)] = json.loads(path.read_text("utf-8"))
    return found


def wrongs(kinds: Mapping[str, Any], known: Mapping[str, Mapping[int, Shape]]) -> list[str]:
    """Return, for each event whose shape is not the recorded one, what to do."""
    gone = sorted(known.keys() - kinds.keys())
    found = [f"{kind} is gone: what was written by it is unreadable" for kind in gone]
    for kind, cls in sorted(kinds.items()):
        versions = known.get(kind, {})
        found += [
            f"{kind}: version {n} has no function in UPGRADES that reads it"
            for n in range(1, cls.VERSION)
            if (kind, n) not in UPGRADES
        ]
        before, now = versions.get(cls.VERSION), shape_of(cls)
        if max(versions, default=0) > cls.VERSION:
            found.append(f"{kind}: its VERSION went back from {max(versions)} to {cls.VERSION}")
        elif before is None:
            found.append(f"{kind} of version {cls.VERSION} is new: record it")
        elif before != now and may_grow_to(before, now):
            found.append(f"{kind} of version {cls.VERSION} has more fields: record it")
        elif before != now:
            found.append(
                f"{kind} of version {cls.VERSION} has another shape: leave this version as it was, "
                f"or raise VERSION to {cls.VERSION + 1} and read the older one in UPGRADES"
            )
    return found


def may_grow_to(before: Any, now: Any) -> bool:
    """Tell whether everything that the one shape reads is read alike by the other."""
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return bool(before == now)
    for key in before.keys() | now.keys():
        old, new = before.get(key), now.get(key)
        if key in ("properties", "$defs"):
            old, new = old or {}, new or {}
            if any(name not in new or not may_grow_to(one, new[name]) for name, one in old.items()):
                return False
        elif not may_grow_to(old, new):
            return False  # also when more is required than before
    return True


def main() -> None:
    """Record what is new or has grown; refuse what has changed.

    Raises:
        SystemExit: something is not as its version was.
    """
    FOLDER.mkdir(exist_ok=True)
    found = [one for one in wrongs(KINDS, recorded()) if not one.endswith("record it")]
    if found:
        sys.exit("\n".join(found))
    for kind, cls in KINDS.items():
        text = json.dumps(shape_of(cls), indent=1, sort_keys=True) + "\n"
        (FOLDER / f"{kind}.{cls.VERSION}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
