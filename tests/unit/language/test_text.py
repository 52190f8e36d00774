"""Text that is no YAML is answered with the line as it should be."""

import pytest

from mn_notebook.language.findings import Findings
from mn_notebook.language.text import read_text
from mn_notebook.language.tree import Fields, Scalar, described, plain


def read(text: str) -> tuple[Fields | None, list[str]]:
    findings = Findings()
    root = read_text(text, findings)
    return root, [str(problem) for problem in findings.problems]


def scalar(text: str, key: str) -> Scalar:
    root, problems = read(text)
    assert root is not None, problems
    entry = root.get(key)
    assert entry is not None
    assert isinstance(entry.value, Scalar)
    return entry.value


MISTAKES = {
    "braces alone": (
        "agent: {{ inputs.x }}\n",
        "line 1, column 8: a text that begins with {{ must be quoted; write: "
        '`agent: "{{ inputs.x }}"`',
    ),
    "braces and more": (
        "a: 1\nagent: {{ inputs.x }} is what?\n",
        "line 2, column 8: a text that begins with {{ must be quoted; write: "
        '`agent: "{{ inputs.x }} is what?"`',
    ),
    "braces with quotes": (
        "agent: {{ x | join(\", \") }} 'a'\n",
        "line 1, column 8: a text that begins with {{ must be quoted; write: "
        "`agent: '{{ x | join(\", \") }} ''a'''`",
    ),
    "tag first": (
        "agent: {% if x %}y{% endif %}\n",
        "line 1, column 8: a text that begins with {% must be quoted; write: "
        '`agent: "{% if x %}y{% endif %}"`',
    ),
    "braces in an expression": (
        "for_each: {{ gather.facts }}\n",
        "line 1, column 11: an expression stands without braces; write: `for_each: gather.facts`",
    ),
    "braces in a list": (
        "a:\n  - {{ x }}\n",
        'line 2, column 5: a text that begins with {{ must be quoted; write: `- "{{ x }}"`',
    ),
    "braces in a mapping": (
        "args: {name: {{ item.name }}, to: {{ item.to }}}\n",
        "line 1, column 14: a text with {{ }} must be quoted here; write: "
        '`args: {name: "{{ item.name }}", to: "{{ item.to }}"}`',
    ),
    "brackets in a mapping": (
        "output: {facts: list[str], more: dict[str, list[int]], n: int}\n",
        "line 1, column 17: a type with brackets must be quoted inside { }; write: "
        '`output: {facts: "list[str]", more: "dict[str, list[int]]", n: int}`',
    ),
    "colon": (
        "agent: Note: be careful\n",
        "line 1, column 8: a text with a colon and a space must be quoted; write: "
        '`agent: "Note: be careful"`',
    ),
    "at sign": (
        "agent: @everyone, look\n",
        'line 1, column 8: a text that begins with @ must be quoted; write: `agent: "@everyone, '
        'look"`',
    ),
    "star": (
        "agent: *important* text\n",
        "line 1, column 8: `*important*` is YAML's sign for a repeated value, and no value is "
        "marked `&important*` before it; quote a text that begins with *",
    ),
    "exclamation": (
        "agent: !now x\n",
        "line 1, column 8: tags such as '!now' are not part of the language; remove it, or quote a "
        "text that begins with !",
    ),
    "quote and more": (
        'agent: "Hello" she said\n',
        'line 1, column 8: a text that begins with " must be quoted; write: '
        "`agent: '\"Hello\" she said'`",
    ),
    "open quote": (
        "agent: 'Hello\nb: 1\n",
        "line 1, column 8: a quote is opened here and never closed",
    ),
    "tab": (
        "steps:\n\ta: 1\n",
        "line 2, column 1: indent with spaces, not with a tab; write: `  a: 1`",
    ),
    "indentation": (
        "steps:\n  a: 1\n b: 2\n",
        "line 3, column 2: this line does not fit the ones above it; align it with the keys beside "
        "it",
    ),
    "missing colon": (
        "steps:\n  a: 1\n  b\n",
        "line 4, column 1: expected `key: value`; a colon is missing",
    ),
    "open bracket": (
        "a: [1, 2\nb: 3\n",
        "line 1, column 4: a bracket is opened here and not closed",
    ),
    "control character": (
        "a: 1\nb: \x01\n",
        "line 2, column 4: the character U+0001 is not allowed; remove it",
    ),
    "two documents": (
        "a: 1\n---\nb: 2\n",
        "line 2, column 1: expected one document; remove the line `---`",
    ),
    "list as key": ("? [a]\n: 1\n", "line 1, column 3: expected a word as a key"),
    "value that holds itself": (
        "a: &x [*x]\n",
        "line 1, column 8: `*x` is YAML's sign for a repeated value, and no value is marked `&x` "
        "before it; quote a text that begins with *",
    ),
    "duplicate": (
        "a: 1\nb: 2\na: 3\n",
        "line 3, column 1: duplicate key 'a'; it stands in line 1 already",
    ),
    "deep": (
        "a: " + "[" * 60 + "]" * 60,
        "line 1, column 44: expected at most 40 levels of nesting",
    ),
    "text": (
        "hello\n",
        "line 1, column 1: expected a workflow: keys such as `inputs:` and `steps:`",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_wrong_yaml_is_explained(text: str, expected: str) -> None:
    """One clear problem stands at the place of the mistake, with the line as it should be."""
    assert read(text)[1] == [expected]


def test_repeated_values_cannot_explode() -> None:
    """Values that repeat values are counted before they are used."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "expected at most 200000 values" in read("\n".join(lines))[1][0]


VALUES = {
    "yes": "yes",
    "on": "on",
    "true": True,
    "False": False,
    "~": None,
    "12": 12,
    "0o17": 15,
    "0x1F": 31,
    "010": 10,
    "1.5": 1.5,
    "1e3": 1000.0,
    ".inf": ".inf",
    "1_000": "1_000",
    "2026-01-31": "2026-01-31",
    "12:30:45": "12:30:45",
    "'12'": "12",
    "!!str 12": "12",
    "9" * 400: "9" * 400,
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=[key[:12] for key in VALUES])
def test_core_schema(text: str, value: object) -> None:
    """Scalars mean what YAML 1.2 says, and nothing of what 1.1 said."""
    found = scalar(f"a: {text}\n", "a").value
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: one two\n", (1, 8)),
        ("a: 'one two'\n", (1, 9)),
        ("a: |\n  one\n    two\n", (3, 5)),
        ("a: |-\n\n  one two\n", (3, 7)),
        ("a: >\n  one\n  two\n", (3, 3)),
        ("a: one\n   two\n", (2, 4)),
    ],
    ids=["plain", "quoted", "literal", "blank first", "folded", "plain over lines"],
)
def test_places_inside_of_a_text(text: str, place: tuple[int, int]) -> None:
    """A word is found in the source however its text was written."""
    found = scalar(text, "a")
    assert tuple(found.locate(found.text.index("two"))) == place


def test_second_of_equal_words_is_found() -> None:
    """Equal words are told apart by their order."""
    found = scalar("a: |\n  two\n  and two\n", "a")
    assert tuple(found.locate(found.text.rindex("two"))) == (3, 7)


def test_keys_know_their_place() -> None:
    """Keys and values have line and column."""
    root, _ = read("a:\n  bc: [1, x]\n")
    assert root is not None
    inner = root.entries[0].value
    assert isinstance(inner, Fields)
    assert inner.entries[0].key.mark == (2, 3)
    assert inner.entries[0].value.mark == (2, 7)
    assert plain(root) == {"a": {"bc": [1, "x"]}}


def test_line_ends_of_other_systems() -> None:
    """A text from another system reads the same."""
    assert scalar("\ufeffa: |\r\n  one\r\n  two", "a").text == "one\ntwo\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1]", "a list"),
        ("a: {b: 1}", "a mapping"),
        ("a:", "nothing"),
        ("a: true", "true"),
        ("a: 5", "the number 5"),
        ("a: x", "'x'"),
        ("a: " + "x" * 99, repr("x" * 59 + "…")),
    ],
    ids=["list", "mapping", "nothing", "bool", "number", "text", "long"],
)
def test_values_are_described(text: str, words: str) -> None:
    """Messages say what was found in words."""
    root, _ = read(text)
    assert root is not None
    assert described(root.entries[0].value) == words
