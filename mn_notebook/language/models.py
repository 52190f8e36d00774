"""Reads which models a step asks, and what it takes over or leaves out to save money."""

from mn_notebook.domain.durations import parse_duration
from mn_notebook.domain.workflow import Cache, LongResults, Schema
from mn_notebook.language.drafts import Draft, expression_uses
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Items, Scalar, described
from mn_notebook.language.vocabulary import LONG_RESULTS_KEYS, LONG_RESULTS_THEN
from mn_notebook.language.words import hint

_MOST_MODELS = 5
_LEAST_SHOWN, _MOST_SHOWN = 200, 1_000_000
_MODEL = "a model's name, or a list of them such as [small, large]"


def read_ladder(section: Section) -> tuple[str | None, tuple[str, ...]]:
    """Return the ``model`` that is asked first, and those above it."""
    if not isinstance(section.value("model"), Items):
        model = section.text("model", _MODEL)
        return (None, ()) if model is None else (model.text, ())
    found: dict[str, None] = {}
    models = section.texts("model", _MODEL)
    for model in models:
        if model.text in found:
            section.findings.problem(
                model.mark, f"the model {model.text!r} is on the ladder twice; remove one"
            )
        found[model.text] = None
    names = tuple(found)
    if not models and section.items("model", _MODEL):
        return None, ()  # Each of them is no model, which is reported.
    if not models or len(names) > _MOST_MODELS:
        section.findings.problem(
            section.mark("model"),
            f"expected 1 to {_MOST_MODELS} models in 'model', found {len(models)}",
        )
        return None, ()
    return names[0], names[1:]


def read_unsure(section: Section, output: Schema | None, *, has_ladder: bool) -> str | None:
    """Return when an answer is not to be trusted; ``output`` is the type of the answer."""
    unsure = section.text("unsure", "an expression such as output.confidence < 0.8")
    if unsure is None:
        return None
    properties = output.get("properties") if output else None
    for use in expression_uses(unsure, "unsure", section.findings):
        if use.path[0] != "output":
            section.findings.problem(
                use.mark,
                f"unknown name {use.path[0]!r} in 'unsure'; it knows the step's `output` alone"
                f"{hint(use.path[0], ('output',))}",
            )
        elif len(use.path) > 1 and isinstance(properties, dict) and use.path[1] not in properties:
            near = hint(use.path[1], properties, nouns="they")
            section.findings.problem(use.mark, f"the output has no {use.path[1]!r}{near}")
        elif len(use.path) > 1 and output is None:
            section.findings.problem(
                use.mark,
                f"the output is a text and has no {use.path[1]!r}; say what is in it, such as "
                f"output: {{answer: str, {use.path[1]}: float}}",
            )
    if not has_ladder:
        section.findings.problem(
            section.mark("unsure"),
            "'unsure' says when the next model is asked, and there is one alone; write: "
            "model: [small, large]",
        )
    return unsure.text.strip()


def read_cache(section: Section) -> Cache | None:
    """Return whose answers a step takes over; None: it does not say."""
    value = section.value("cache")
    if value is None:
        return None
    expected = "off, run or how old an answer of another run may be, such as 7d,"
    if isinstance(value, Scalar) and value.value is False:
        return Cache(scope="off")
    if isinstance(value, Scalar) and isinstance(value.value, str):
        if value.text == "off":
            return Cache(scope="off")
        if value.text == "run":
            return Cache(scope="run")
        try:
            seconds = parse_duration(value.text)
        except ValueError:
            seconds = 0.0
        if seconds > 0:
            return Cache(scope="store", max_age_seconds=seconds)
    fix = ""
    if isinstance(value, Scalar) and type(value.value) is int and value.value > 0:
        fix = f"; write: cache: {value.value}d"
    message = f"expected {expected} for 'cache', found {described(value)}{fix}"
    section.findings.problem(value.mark, message)
    return None


def read_long_results(section: Section) -> LongResults:
    """Return what is done with long results of tools."""
    value = section.value("long_results")
    if isinstance(value, Scalar) and type(value.value) is int:
        message = f"expected how long and what then; write: long_results: {{over: {value.value}}}"
        section.findings.problem(value.mark, message)
        return LongResults()
    example = "a mapping such as {over: 20000, then: summarise}"
    inner = section.section("long_results", "long_results", example)
    if inner is None:
        return LongResults()
    inner.check_keys(LONG_RESULTS_KEYS)
    over = inner.whole("over", _LEAST_SHOWN, _MOST_SHOWN)
    then = inner.word("then", LONG_RESULTS_THEN)
    model = inner.text("model", "a model's name")
    if model is not None and then != "summarise":
        inner.findings.problem(
            inner.mark("model"), "a model is asked only to summarise; write: then: summarise"
        )
    rule: dict[str, object] = {} if over is None else {"over": over}
    if then is not None:
        rule["then"] = then
    if model is not None:
        rule["model"] = model.text
    return LongResults.model_validate(rule)


def names_item(draft: Draft) -> bool:
    """Tell whether what an agent is told differs from item to item."""
    if draft.item_name is None:
        return False
    names = (draft.item_name, "index")
    return any(use.key in ("agent", "tools") and use.path[0] in names for use in draft.uses)
