"""Makes ``docs/reference.md`` from the cases: ``python -m tests.conformance.reference``."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conformance.case import AREAS, Case, Expected, all_cases

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"
INTRODUCTION = """\
# The workflow language by example

Every construct of the [workflow language](language.md) as a small workflow, with what is in its
journal afterwards. The page is made from the files of `tests/conformance/cases`, which the tests
run: from the text, through the builder, and with a crash at every commit.
`python -m tests.conformance.reference` makes it anew; change the cases, not the page.

A journal is shown as one line for each fact. Lines that begin with `~` may come in any order. The
functions, tools and models are scripted; `ann` is the person who decides.
"""


def reference(cases: list[Case]) -> str:
    """Return the page of all cases."""
    by_area = {area: [case for case in cases if case.area == area] for area in AREAS}
    parts = [INTRODUCTION, *_contents(by_area)]
    for area, found in by_area.items():
        parts.append(f"## {AREAS[area]}\n")
        parts += [_section(case) for case in found]
    return "\n".join(parts)


def _contents(by_area: dict[str, list[Case]]) -> Iterator[str]:
    for area, cases in by_area.items():
        titles = " · ".join(_link(case.story.title) for case in cases)
        yield f"- **{_link(AREAS[area])}**: {titles}"
    yield ""


def _link(heading: str) -> str:
    return f"[{heading}](#{anchor(heading)})"


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading.

    >>> anchor("`for:` authorises exactly those calls")
    'for-authorises-exactly-those-calls'
    """
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _section(case: Case) -> str:
    story = case.story
    first, *others = case.texts
    parts = [f"### {story.title}\n", story.about, _code("yaml", first)]
    later = story.rerun is not None and story.rerun.version > 1
    parts += [f"{_what_follows(text, first, later)}\n\n{_code('yaml', text)}" for text in others]
    parts.append(_came(story.expect, _given(story.inputs)))
    if story.rerun is not None:
        given = _given(story.rerun.inputs or story.inputs)
        afresh = f", with {', '.join(story.rerun.afresh)} done anew" if story.rerun.afresh else ""
        parts.append(_came(story.rerun.expect, f"Run again{afresh}{given and ' ' + given}"))
    return "\n".join(parts)


def _what_follows(text: str, first: str, later: bool) -> str:
    name = _name(text)
    if later and name == _name(first):
        return "Later it is this:"
    return f"`{name}`:" if "is run again" not in text else f"`{name}`, later:"


def _name(text: str) -> str:
    found = re.search(r"^workflow: (\w+)", text, re.MULTILINE)
    return found[1] if found is not None else ""


def _given(inputs: Mapping[str, object]) -> str:
    if not inputs:
        return ""
    said = ", ".join(f"`{name}: {_json(value)}`" for name, value in inputs.items())
    return f"with {said}"


def _came(expected: Expected, given: str) -> str:
    said = (given[:1].upper() + given[1:] + ": " if given else "") + "the run"
    said = said[:1].upper() + said[1:]
    verb = {"succeeded": "succeeds", "failed": "fails", "cancelled": "is cancelled"}
    output = f" with `{_json(expected.output)}`" if expected.output is not None else ""
    return f"{said} {verb[expected.status]}{output}.\n\n{_code('text', expected.journal)}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _code(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(reference(all_cases()))
