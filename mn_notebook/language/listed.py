"""A list that is written out where an expression may stand, as the expression that it is."""

import json
import re

from mn_notebook.language.findings import Findings
from mn_notebook.language.tree import Fields, Items, Node, Scalar

_LONE = re.compile(r"\s*\{\{(?P<inner>(?:(?!\{\{|\}\}|\{%).)*)\}\}\s*", re.DOTALL)
_WORDS = {None: "none", True: "true", False: "false"}


def listed(node: Items, findings: Findings) -> Scalar:
    """Return the expression that gives a list; its values are plain, or each a lone ``{{ … }}``.

    What cannot stand in it is added to the findings, and null stands for it.
    """
    text = _written(node, findings)
    return Scalar(mark=node.mark, value=text, text=text, style='"')


def _written(node: Node, findings: Findings) -> str:
    match node:
        case Items():
            return f"[{', '.join(_written(item, findings) for item in node.items)}]"
        case Fields():
            pairs = (f"{_quoted(key.text)}: {_written(value, findings)}" for key, value in node)
            return f"{{{', '.join(pairs)}}}"
        case Scalar():
            return _scalar(node, findings)


def _scalar(node: Scalar, findings: Findings) -> str:
    value = node.value
    if isinstance(value, str):
        return _text(node, findings)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    return repr(value)


def _text(node: Scalar, findings: Findings) -> str:
    if "{{" not in node.text and "{%" not in node.text:
        return _quoted(node.text)
    lone = _LONE.fullmatch(node.text)
    if lone is None or not lone["inner"].strip():
        findings.problem(
            node.mark,
            "expected a plain value in a list, or a lone {{ … }}; a text with more in it is put "
            "together in an expression, such as \"['Dear ' ~ inputs.name]\"",
        )
        return "none"
    return f"({lone['inner'].strip()})"


def _quoted(text: str) -> str:
    """Write a text as Jinja reads it, with the escapes of JSON but for characters beyond ASCII."""
    return json.dumps(text, ensure_ascii=False)
