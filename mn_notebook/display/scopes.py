"""Says which subworkflows a display shows, in which order and by which name."""

from collections.abc import Iterator, Sequence

from mn_notebook.display.facts import MAX_LINE, marked
from mn_notebook.domain import words
from mn_notebook.domain.picture import PictureScope, RunPicture

MAX_SCOPES = 12
"""How many subworkflows a display shows; the rest is counted."""


def scopes(picture: RunPicture) -> list[tuple[int, PictureScope]]:
    """List the subworkflows that are shown, each after the one that it lies in, with its depth."""
    return list(_ordered(picture.scopes))[:MAX_SCOPES]


def _ordered(known: Sequence[PictureScope]) -> Iterator[tuple[int, PictureScope]]:
    inside: dict[str, list[PictureScope]] = {}
    for scope in known:
        inside.setdefault(_outer(scope, known), []).append(scope)
    left = [(0, scope) for scope in reversed(inside.get("", []))]
    while left:
        depth, scope = left.pop()
        yield depth, scope
        left += [(depth + 1, inner) for inner in reversed(inside.get(scope.path, []))]


def _outer(scope: PictureScope, known: Sequence[PictureScope]) -> str:
    holders = [other.path for other in known if scope.path.startswith(f"{other.path}/")]
    return max(holders, key=len, default="")


def scope_title(scope: PictureScope) -> str:
    """Name a subworkflow by the step that runs it."""
    said = (f"inside {scope.path}", f"workflow {scope.workflow}", marked(scope.status))
    return " · ".join(words.one_line(part, MAX_LINE) for part in said)


def scopes_left(picture: RunPicture) -> str:
    """Count the subworkflows that are not shown; empty if all are."""
    left = max(len(picture.scopes) - MAX_SCOPES, 0) + picture.scopes_cut
    if not left:
        return ""
    return f"{words.plural(left, 'more subworkflow')}: %mn show {words.one_line(picture.short_id)}"
