"""Which step comes after which."""

from collections.abc import Iterator, Mapping, Sequence

Needs = Mapping[str, Sequence[str]]


def cycles(needs: Needs) -> list[tuple[str, ...]]:
    """Return the circles of steps that wait for each other, each once.

    >>> cycles({"a": ["b"], "b": ["a"], "c": ["a"]})
    [('a', 'b')]
    """
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in needs:
        if start not in done:
            _follow(start, needs, done, found)
    return found


def _follow(start: str, needs: Needs, done: set[str], found: list[tuple[str, ...]]) -> None:
    path: dict[str, Iterator[str]] = {start: iter(needs.get(start, ()))}
    while path:
        here = next(reversed(path))
        onward = next(path[here], None)
        if onward is None:
            done.add(here)
            path.popitem()
        elif onward in path:
            names = list(path)
            found.append(tuple(names[names.index(onward) :]))
        elif onward in needs and onward not in done:
            path[onward] = iter(needs[onward])


def ancestors(name: str, needs: Needs) -> frozenset[str]:
    """Return every step that must end before a step starts."""
    found: set[str] = set()
    waiting = list(needs.get(name, ()))
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting.extend(needs.get(step, ()))
    return frozenset(found)
