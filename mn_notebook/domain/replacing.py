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
        before = value.__dict__
        fields = before | changes
        if len(fields) != len(before):
            unknown = sorted(changes.keys() - before.keys())
            message = f"{value.__class__.__name__} has no field {unknown[0]!r}"
            raise TypeError(message)
        copied = object.__new__(value.__class__)
        object.__setattr__(copied, "__dict__", fields)  # all at once, and past what is frozen
        return copied
