"""The reference page is what the cases are."""

from tests.conformance.case import all_cases
from tests.conformance.reference import PAGE, reference

CASES = all_cases()


def test_the_page_is_up_to_date() -> None:
    """``python -m tests.conformance.reference`` would change nothing."""
    assert PAGE.read_text() == reference(CASES)


def test_every_title_has_an_anchor_of_its_own() -> None:
    """A link of the contents leads to one place."""
    titles = [case.story.title for case in CASES]
    assert sorted(set(titles)) == sorted(titles)
