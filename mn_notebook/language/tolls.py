"""Where a text pays for its work: the nodes that repeat or grow are wrapped in tolls."""

from typing import cast

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from mn_notebook.language.parsing import walk
from mn_notebook.language.sandbox import TOLL_JOIN, TOLL_LOOP, TOLL_SLICE, TOLL_WEIGH


def with_tolls(root: nodes.Template) -> nodes.Template:
    """Return the template with its tolls; the given nodes are changed."""
    changed = _Tolls().visit(root)
    if not isinstance(changed, nodes.Template):
        raise TypeError("a template became something else")
    return changed


class _Tolls(NodeTransformer):
    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - Jinja finds it by this name
        weight = 1 + sum(1 for part in node.body for _ in walk(part))
        self.generic_visit(node)
        node.iter = _toll(TOLL_LOOP, cast("nodes.Expr", node.iter), nodes.Const(weight))
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Compare:  # noqa: N802 - see above
        self.generic_visit(node)
        node.expr = _toll(TOLL_WEIGH, node.expr)
        for operand in node.ops:
            operand.expr = _toll(TOLL_WEIGH, operand.expr)
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Getitem:  # noqa: N802 - see above
        self.generic_visit(node)
        if isinstance(node.arg, nodes.Slice):  # compiled to Python's own slice, past the sandbox
            node.node = _toll(TOLL_SLICE, node.node)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 - see above
        self.generic_visit(node)
        return _toll(TOLL_JOIN, nodes.List(node.nodes))

    def visit_List(self, node: nodes.List) -> nodes.Expr:  # noqa: N802 - see above
        return self._literal(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802 - see above
        return self._literal(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802 - see above
        if node.ctx != "load":
            return node
        return self._literal(node)

    def _literal(self, node: nodes.Expr) -> nodes.Expr:
        """A literal may hold one value many times, and so grow faster than the text does."""
        self.generic_visit(node)
        return _toll(TOLL_WEIGH, node)


def _toll(name: str, value: nodes.Expr, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None)
