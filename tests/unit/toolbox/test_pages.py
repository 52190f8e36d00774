"""Pages become the text that a person sees."""

import pytest

from mn_notebook.toolbox.pages import text_of_page


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("", ""),
        ("plain & simple", "plain & simple"),
        ("a &lt; b &amp;amp; c &nope; &#65;", "a < b &amp; c &nope; A"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<p>one  two\n three</p>four<br>five", "one two\nthree\nfour\nfive"),
        ("<P CLASS='a > b' title=\"it's\">seen</P>", "seen"),
        ("a<!-- <p>no</p> -->b<!DOCTYPE html><?php no ?>c", "abc"),
        ("a<script>if (1 < 2) { '</p>' }</script>b<style>p > a {}</style>c", "abc"),
        ("a<SCRIPT>no</ScRiPt >b", "ab"),
        ("<head><meta x><body>seen</body>", "seen"),
        ("<noscript>no</noscript><template>no</template><svg><title>no</title>x</svg>yes", "yes"),
        ("a</svg>b</nothing>c", "abc"),
        ("seen<script>never closed", "seen"),
        ("seen<!-- never closed", "seen"),
        ("seen<a href='never closed>too", "seentoo"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
    ],
)
def test_text_of_a_page(page: str, text: str) -> None:
    """Tags go, blocks begin lines, and what is not shown is not read."""
    assert text_of_page(page)[1] == text


def test_title_of_a_page() -> None:
    """It is said apart, wherever it stands."""
    page = "<html><head><title>A &amp;\n B</title></head><body>text"
    assert text_of_page(page) == ("A & B", "text")


@pytest.mark.parametrize(
    "part", ["<", "<a ", "<!--", "<a href='", '<a "', "</", "<svg>", "&", "<script>"]
)
def test_no_page_takes_for_ever(part: str) -> None:
    """A parser that goes back would not end within the test's time."""
    text_of_page(part * (400_000 // len(part)))
    text_of_page(part * (400_000 // len(part)) + "'\">")
