"""What the documents list is what the code has."""

import ast
import re
from typing import Any, get_args

import pytest

from mn_notebook.domain.events import ATTEMPT_KINDS, KINDS
from mn_notebook.domain.statuses import RunStatus, StepStatus
from mn_notebook.language import parse_type
from mn_notebook.language.filters import filters
from mn_notebook.language.vocabulary import (
    JOIN_RULES,
    KIND_KEYS,
    LATER_STEP_KEYS,
    LATER_TOP_KEYS,
    RESERVED_FIELDS,
    RESERVED_STEPS,
    STEP_KEYS,
    WORK_KEYS,
)
from mn_notebook.verbs.catalogue import VERBS, summary_of
from tests.docs.pages import ROOT, coded, page, rows, section

ARCHITECTURE = page("docs/architecture.md")
GLOSSARY = page("docs/glossary.md")
LANGUAGE = page("docs/language.md")


def test_architecture_lists_the_events() -> None:
    """The page names each kind of event once, with who writes it."""
    by_owner, by_attempt = section(ARCHITECTURE, "## Events").split("An attempt writes")
    listed = re.compile(r"`(\w+\.\w+)`")
    assert sorted(listed.findall(by_owner)) == sorted(set(KINDS) - ATTEMPT_KINDS)
    assert sorted(listed.findall(by_attempt.split("\n\n")[0])) == sorted(ATTEMPT_KINDS)


def test_every_arrow_is_explained() -> None:
    """The diagram and the table below it have the same arrows."""
    states = section(ARCHITECTURE, "## States of a step")
    drawn = set(re.findall(r"--> \w+: (\w)", states))
    explained = [row[0] for row in rows(states)]
    assert sorted(drawn) == explained


def test_drawn_states_are_states() -> None:
    """The diagram uses the words of the code; a call in doubt is drawn as waiting."""
    drawn = set(re.findall(r"^    (\w+) --> ", section(ARCHITECTURE, "## States of a step"), re.M))
    drawn |= set(re.findall(r"--> (\w+):", section(ARCHITECTURE, "## States of a step")))
    assert drawn - {"interrupted"} == set(get_args(StepStatus)) - {"in_doubt"}


def sources() -> dict[str, str]:
    return {str(path): path.read_text() for path in (ROOT / "mn_notebook").rglob("*.py")}


def test_named_tests_exist() -> None:
    """Every promise is tested by a test that there is."""
    texts = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    named = [text for text in coded(ARCHITECTURE) if text.startswith("test_")]
    assert named
    assert [name for name in named if not any(f"def {name}(" in text for text in texts)] == []


def defined_names() -> set[str]:
    names: set[str] = set()
    for text in sources().values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
    return names


def test_named_functions_exist() -> None:
    """Every function or class that the page sends a reader to is in the code."""
    known = defined_names() | set(KINDS)
    modules = {path.rpartition("/")[2].removesuffix(".py") for path in sources()}
    mentioned = [
        text.partition("(")[0]
        for text in coded(ARCHITECTURE)
        if re.fullmatch(r"[A-Za-z_]+(\.[a-z_]+)?(\(.*\))?", text)
        and not text.endswith(".py")
        and not text.startswith("test_")
        and (re.match(r"[A-Z]", text) or "(" in text or text.split(".")[0] in modules)
    ]
    missing = [
        text
        for text in mentioned
        if not all(part in known | modules for part in text.split(".")) and text not in KINDS
    ]
    assert missing == []


def test_named_files_exist() -> None:
    """Every file or folder that the page sends a reader to is there."""
    paths = [text for text in coded(ARCHITECTURE) if re.fullmatch(r"[\w/.-]+(\.py|/)", text)]
    rooms = [ROOT, ROOT / "mn_notebook", *(ROOT / "mn_notebook").glob("*/")]
    missing = [path for path in paths if not any((room / path).exists() for room in rooms)]
    assert missing == []


def test_glossary_has_each_word_once() -> None:
    """A word has one meaning."""
    words = [row[0] for row in rows(GLOSSARY.partition("\n## ")[0])]
    assert len(words) == len(set(words)) > 20


def test_glossary_lists_the_states() -> None:
    """The states of runs and steps are those of the code, in its order."""
    text = " ".join(section(GLOSSARY, "## States").split())
    runs, steps = text.split(". Steps are ")
    said = [
        re.split(r", | or ", part.removesuffix("."))
        for part in (runs.removeprefix("Runs are "), steps.split(". ")[0])
    ]
    assert said == [list(get_args(RunStatus)), list(get_args(StepStatus))]


def test_glossary_lists_the_verbs() -> None:
    """The table of verbs is the list that `mn` shows."""
    listed = [(row[0].strip("`"), row[1]) for row in rows(section(GLOSSARY, "## Verbs"))]
    assert listed == [(verb, summary_of(verb)) for verb in VERBS]


def test_language_lists_the_filters() -> None:
    """A reader finds every filter, and only those that there are."""
    paragraph = re.search(r"^Filters: (.*?)\n\n", LANGUAGE, re.M | re.S)
    assert paragraph is not None
    assert coded(paragraph[1]) == sorted(filters())


def test_language_lists_the_keys_of_steps() -> None:
    """The table of kinds, and the one of all kinds, give every key that a step may have."""
    own = {row[0].strip("`"): set(coded(row[2])) for row in rows(section(LANGUAGE, "## Steps"))}
    works = ("agent", "tool", "python")
    assert own == {
        kind: keys - (WORK_KEYS if kind in works else STEP_KEYS) - {kind}
        for kind, keys in KIND_KEYS.items()
    }
    keys, _, joins = section(LANGUAGE, "## Keys of every kind").partition("\n\n| `join` |")
    common = {key for row in rows(keys) for key in coded(row[0])}
    assert common == WORK_KEYS
    assert [coded(row[0])[0] for row in rows(f"| `join` |{joins}")] == list(JOIN_RULES)


def test_language_says_what_is_not_there() -> None:
    """What the checker calls not available yet is what the page calls so, if anything."""
    heading = "## Not in this version"
    later = coded(section(LANGUAGE, heading)) if heading in LANGUAGE else []
    assert set(later) == LATER_TOP_KEYS | LATER_STEP_KEYS


@pytest.mark.parametrize(
    ("sentence", "words"),
    [("Reserved for steps", RESERVED_STEPS), ("for fields", RESERVED_FIELDS)],
    ids=["steps", "fields"],
)
def test_language_lists_the_reserved_names(sentence: str, words: Any) -> None:
    """A reader can look up which names are taken."""
    text = LANGUAGE[LANGUAGE.index(sentence) :]
    assert coded(text[: text.index(".")]) == sorted(words)


def test_listed_types_are_types() -> None:
    """Every type that the reference names is read."""
    types = coded(section(LANGUAGE, "## Types").partition("Behind")[0])
    for text in types:
        assert parse_type(text.replace("T", "str")) is not None
