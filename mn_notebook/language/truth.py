"""Says what is written for yes and no."""

from mn_notebook.domain.workflow import Schema
from mn_notebook.language.tree import Node, Scalar

_TRUTHS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


def truth_hint(node: Node, schema: Schema) -> str:
    """Return the tail of a message where a word of older YAML stands for true or false."""
    text = node.text.casefold() if isinstance(node, Scalar) else ""
    wanted = _TRUTHS.get(text, text)
    is_truth = "boolean" in str(schema.get("type", schema.get("anyOf")))
    return f"; write {wanted}" if is_truth and wanted in ("true", "false") else ""
