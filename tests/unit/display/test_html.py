"""HTML that a notebook keeps: true, complete without its styles, and harmless."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from mn_notebook.display import definition_html, run_html, runs_html
from mn_notebook.display.svg import COLOURS
from mn_notebook.domain.picture import PictureEdge, RunPicture
from tests.unit.display import pictures
from tests.unit.display.hostile import HOSTILE, tainted

TAGS = set(
    re.findall(
        r"\w+",
        "div h4 h5 p b i br span code pre blockquote table thead tbody tr th td ul li "
        "svg g title path rect text tspan",
    )
)
SAFE_ATTRIBUTES = set(
    re.findall(
        r"[\w-]+",
        "class style align valign xmlns width height viewbox role aria-label fill fill-opacity d "
        "x y rx stroke stroke-width stroke-dasharray opacity font-family font-size font-weight "
        "text-anchor",
    )
)


class Reader(HTMLParser):
    """Reads what a browser would: tags, attributes and the text without the drawing."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if "svg" not in self.open:
            self.words += data


RUNS = [
    pytest.param(pictures.a_run(), id="succeeded"),
    pytest.param(pictures.a_waiting_run(), id="waiting"),
    pytest.param(pictures.a_failed_run(), id="failed"),
    pytest.param(pictures.a_run_in_doubt(), id="in-doubt"),
    pytest.param(pictures.an_empty_run(), id="empty"),
    pytest.param(pictures.a_huge_run(), id="huge"),
]


@pytest.mark.parametrize("picture", RUNS)
def test_a_run_is_well_formed_and_known_markup(picture: RunPicture) -> None:
    """Only harmless tags and attributes are written, each one closed."""
    reader = Reader(run_html(picture))
    assert not reader.open
    assert set(reader.tags) <= TAGS
    assert reader.attributes <= SAFE_ATTRIBUTES


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_of_a_run_stay_text(hostile: str) -> None:
    """No text of a run, in any place, becomes markup or an attribute."""
    for picture in (pictures.a_waiting_run(), pictures.a_failed_run(), pictures.a_run_in_doubt()):
        reader = Reader(run_html(tainted(picture, hostile)))
        assert not reader.open
        assert set(reader.tags) <= TAGS
        assert reader.attributes <= SAFE_ATTRIBUTES


@given(st.text(max_size=30))
def test_any_text_of_a_list_or_an_outline_stays_text(text: str) -> None:
    """Lists and definitions are as harmless as runs."""
    lines = [tainted(line, text) for line in pictures.some_lines()]
    for html in (runs_html(lines), definition_html(tainted(pictures.an_outline(), text))):
        reader = Reader(html)
        assert not reader.open
        assert set(reader.tags) <= TAGS
        assert reader.attributes <= SAFE_ATTRIBUTES


def test_no_dollar_can_open_a_formula() -> None:
    """A notebook that typesets formulas leaves amounts and texts alone."""
    html = run_html(pictures.a_waiting_run(title="$x$ and \\(y\\)"))
    outside = re.sub(r"<(pre|code|svg).*?</\1>", "", html, flags=re.DOTALL)
    assert not re.search(r"[$\\](?!</span>)", outside)


def test_the_table_tells_all_without_the_drawing() -> None:
    """A viewer that drops SVG and styles still shows state, order, cost, call and command."""
    told = " ".join(Reader(run_html(pictures.a_waiting_run())).words.split())
    for fact in (
        "◆ waiting for a person",
        "3 of 5 steps",
        "Cost $0.0712 of a budget of $0.50",
        "check, gather",
        "gpt-5.4-mini",
        "Publish this brief?",
        "publish_brief · write · idempotency key 7f3a90c1",
        "Two of three facts hold.",
        "draft.text (may be edited)",
        "expires 2026-07-05 14:02 UTC, then: reject",
        "%mn approve 4k2f review",
        "As it stood at event 31 of its journal.",
    ):
        assert fact in told


def test_a_call_to_approve_is_never_cut() -> None:
    """What a person authorises is shown to its last letter."""
    body = "x" * 50_000 + " end"
    approval = pictures.an_approval(calls=(pictures.a_call(args={"body": body}),))
    assert body in run_html(pictures.a_waiting_run(approvals=(approval,)))


def test_an_unknown_cost_is_said_as_a_floor() -> None:
    """A run never claims to cost less than is known."""
    told = Reader(run_html(pictures.a_failed_run())).words
    assert "Cost unknown: at least $0.0012; budget $0.50" in told


def test_a_run_without_calls_has_no_unknown_cost() -> None:
    """Where nothing was called nothing is unknown."""
    told = Reader(run_html(pictures.an_empty_run())).words
    assert "No call was made" in told
    assert "unknown" not in told


def test_a_scripted_run_bears_a_stamp() -> None:
    """Nobody takes a scripted run for a live one."""
    assert "Scripted model" in run_html(pictures.a_run(scripted=True))
    assert "Scripted model" not in run_html(pictures.a_run())


def test_a_finished_run_needs_no_moment() -> None:
    """A finished run stays as it is; only an unfinished one is dated by its journal."""
    assert "As it stood" not in run_html(pictures.a_run())


def test_a_huge_run_stays_small() -> None:
    """A thousand items and approvals do not make a notebook heavy."""
    html = run_html(pictures.a_huge_run())
    assert len(html) < 200_000
    assert "975 more approvals: %mn approvals" in html
    assert "more characters" in html
    assert "Cut for display" in html


def test_an_output_by_name_is_shown_by_name() -> None:
    """A text is read as text, another value as JSON."""
    html = run_html(pictures.a_run(output={"text": "a\nb", "right": True, "number": "12"}))
    assert "a\nb</pre>" in html
    assert "true</pre>" in html
    assert "&quot;12&quot;</pre>" in html


def test_a_wide_graph_scrolls_and_a_small_one_shrinks() -> None:
    """A graph is never shrunk until it cannot be read."""
    assert "max-width:100%" in run_html(pictures.a_waiting_run())
    assert "max-width:none" in run_html(pictures.a_huge_run())


def test_an_edge_without_a_way_is_left_out() -> None:
    """An arrow that was not laid out is told by the table alone."""
    edge = PictureEdge(source="gather", target="gather", points=())
    assert "<path" not in run_html(pictures.a_run(edges=(edge,)))


def test_no_runs_say_how_to_begin() -> None:
    """An empty list ends with what to type."""
    assert "%mn run WORKFLOW name=value" in runs_html([])


def test_a_definition_tells_what_it_may_do() -> None:
    """A preview names inputs, tools, people, ceilings and warnings."""
    told = Reader(definition_html(pictures.an_outline())).words
    for fact in (
        "version 3f9ac1",
        "at most 14 model calls",
        "must be given",
        "publish_brief (write)",
        "Warning: Step check has no ceiling on its items.",
        "calls 1 write tool: publish_brief, after your approval",
        "%mn run earnings_brief ticker=VALUE",
    ):
        assert fact in told


def test_a_definition_marks_what_writes_and_says_a_kind_once() -> None:
    """A box that is full still says of its step that it writes; a table has no word twice."""
    outline = pictures.an_outline()
    nodes = tuple(
        node.model_copy(update={"detail": "tool · a_tool_with_quite_a_long_name"})
        if node.kind == "tool"
        else node
        for node in outline.nodes
    )
    shown = definition_html(outline.model_copy(update={"nodes": nodes}))
    box = re.search(r"<g><title>publish: .*?</g>", shown)
    assert box is not None
    assert ">write</text>" in box.group()
    assert ">a_tool_w" in box.group()
    for kind in ("agent", "tool"):
        assert f">{kind}</td>" in shown
    assert "tool · a_tool" not in Reader(shown).words
    assert "agent agent" not in Reader(shown).words


def test_what_it_costs_is_told_and_never_markup() -> None:
    """Its figures stand in the head, its sentences in a list; what a workflow wrote is text."""
    preview = pictures.a_preview(
        so_far="3 runs: $0.02 to $0.05", told=("Expected: $0.03.", "1 for each of <img src=x>.")
    )
    shown = definition_html(pictures.an_outline(preview=preview, max_model_calls=None))
    told = Reader(shown).words
    assert "steps · 3 runs: $0.02 to $0.05" in told
    assert "no ceiling on model calls" not in told
    assert "What it costs" in told
    assert "1 for each of <img src=x>." in told
    assert "<img" not in shown
    assert "What it costs" not in definition_html(pictures.an_outline())


def test_a_bare_definition_is_shown_too() -> None:
    """A workflow of nothing is no error."""
    bare = pictures.an_outline(
        nodes=(), edges=(), inputs=(), warnings=(), may_do=(), about="", max_model_calls=None
    )
    told = Reader(definition_html(bare)).words
    assert "no ceiling on model calls" in told
    assert "No steps yet." in told


@pytest.mark.parametrize("page", ["#ffffff", "#111111"], ids=["light", "dark"])
@pytest.mark.parametrize("tone", COLOURS)
def test_colours_read_on_light_and_on_dark(tone: str, page: str) -> None:
    """One colour serves both pages, for a saved notebook does not know its theme."""
    low, high = sorted((light(COLOURS[tone]), light(page)))  # type: ignore[index]  # a tone
    assert (high + 0.05) / (low + 0.05) >= 4


def light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_step_that_called_at_an_unknown_price_says_so() -> None:
    """A step's cost is a dash only if there was nothing to pay."""
    dear = pictures.a_node(cost_usd=None)
    free = pictures.an_idle_node("wait")
    told = Reader(run_html(pictures.a_run(nodes=(dear, free), cost_usd=Decimal(1)))).words
    assert told.count("unknown") == 1
