"""What the calls of a run say of themselves, in words: what was spared, and why a model went up."""

from collections.abc import Iterable, Iterator

from mn_notebook.domain.state import Instance, Spared
from mn_notebook.domain.words import at_least, money, one_line, plural

_LONGEST = 160
_MOST_TOLD = 5


def spared_text(spared: Spared) -> str:
    """Say which calls were not made because identical ones had been; '' where all were.

    >>> from decimal import Decimal
    >>> spared_text(Spared(model_calls=3, tool_calls=1, cost_usd=Decimal("0.02")))
    '4 calls spared, $0.02 saved'
    """
    calls = spared.model_calls + spared.tool_calls
    if not calls:
        return ""
    said = f"{plural(calls, 'call')} spared"
    if not spared.model_calls or (spared.cost_known and not spared.cost_usd):
        return said
    saved = money(spared.cost_usd) if spared.cost_known else at_least(spared.cost_usd)
    return f"{said}, {saved} saved"


def about_calls(instances: Iterable[Instance]) -> Iterator[str]:
    """Say why further models were asked, and what was shown of long results; not without end."""
    said = [line for instance in instances for line in _about(instance)]
    yield from said[:_MOST_TOLD]
    more = len(said) - _MOST_TOLD
    if more > 0:
        yield f"There is more of the kind: {plural(more, 'further fact')} in the log."


def _about(instance: Instance) -> Iterator[str]:
    for call in instance.calls:
        name = one_line(call.name, 60)
        if call.climbed:
            because = one_line(call.climbed, _LONGEST)
            yield f"{instance.path} went up to the model {name}: {because}."
        if call.shortened is not None:
            how = "as a summary" if call.shortened.summary is not None else "without its middle"
            yield (
                f"{instance.path} was shown what {name} gave {how}: it has "
                f"{call.shortened.characters:,} characters, and the step allows "
                f"{call.shortened.over:,}."
            )
