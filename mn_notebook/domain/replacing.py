"""Changed copies of frozen dataclasses, made quickly.

A fold makes some dozens of them for each step of a run, of classes with some dozens of fields;
`dataclasses.replace` calls their ``__init__`` with every field by name and took most of its time.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy of a frozen dataclass without slots, with some fields changed.

        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Point:
        ...     x: int
        ...     y: int
        >>> changed = replace(Point(1, 2), y=3)
        >>> (changed.x, changed.y)
        (1, 3)
        """
        kind = value.__class__
        if not changes.keys() <= kind.__dataclass_fields__.keys():
            unknown = sorted(changes.keys() - kind.__dataclass_fields__.keys())
            message = f"{kind.__name__} has no field {unknown[0]!r}"
            raise TypeError(message)
        copied = object.__new__(kind)
        fields = copied.__dict__
        fields.update(value.__dict__)
        fields.update(changes)
        return copied
