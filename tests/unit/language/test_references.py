"""References are the names that a text takes from outside, and only those."""

import pytest

from mn_notebook.language.parsing import TextError
from mn_notebook.language.references import find_references, references

TEMPLATES: dict[str, set[tuple[str, ...]]] = {
    "no names": set(),
    "{{ a }}": {("a",)},
    "{{ a.b.c }}": {("a", "b", "c")},
    "{{ a['b'].c }}": {("a", "b", "c")},
    "{{ a.b[0].c }}": {("a", "b")},
    "{{ a[x.y] }}": {("a",), ("x", "y")},
    "{{ a.items() }}": {("a",)},
    "{{ a | map(attribute='b') | join(c) }}": {("a",), ("c",)},
    "{% for p in plan.x %}{{ p.y }}{{ loop.index }}{% endfor %}{{ p }}": {("plan", "x"), ("p",)},
    "{% for a in a.b %}{{ a }}{% endfor %}": {("a", "b")},
    "{% for k, v in d | items if v > w %}{{ k }}{% else %}{{ e }}{% endfor %}": {
        ("d",),
        ("w",),
        ("e",),
    },
    "{% set a = b %}{{ a.c }}": {("b",)},
    "{% if x %}{% set a = 1 %}{% endif %}{{ a }}": {("x",)},
    "{% with a = b %}{{ a }}{{ c }}{% endwith %}{{ a }}": {("b",), ("c",), ("a",)},
    "{{ range(n) }}": {("n",)},
    "{{ {'k': v, w: 1} }}": {("v",), ("w",)},
    "{{ (a if b else c).d }}": {("a",), ("b",), ("c",)},
    "{% raw %}{{ a }}{% endraw %}": set(),
}


@pytest.mark.parametrize(("text", "paths"), TEMPLATES.items(), ids=TEMPLATES.keys())
def test_template_references(text: str, paths: set[tuple[str, ...]]) -> None:
    """Names that the text binds itself are not references."""
    assert references(text) == paths


def test_expression_references() -> None:
    """Expressions have references, too."""
    found = references("a.b > 3 and c in d.e", expression=True)
    assert found == {("a", "b"), ("c",), ("d", "e")}


def test_places_of_references() -> None:
    """Each reference stands where its name does, not where an equal word of the prose is."""
    found = find_references("gather\n{{ x.gather }} {{ gather.b }}", expression=False)
    assert [(ref.path, ref.offset) for ref in found] == [
        (("x", "gather"), 10),
        (("gather", "b"), 25),
    ]


def test_wrong_text_is_told() -> None:
    """A text that cannot be read says where."""
    with pytest.raises(TextError) as caught:
        references("one\n{{ a }} {{ b c }}")
    assert caught.value.offset == 12
