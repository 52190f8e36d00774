"""Which names a piece of source takes from the namespace around it."""

import ast
import symtable
from collections.abc import Iterator
from functools import lru_cache

from typing_extensions import override


@lru_cache(maxsize=4096)
def names_used(source: str, *, lazily: bool = False) -> tuple[str, ...]:
    """Return the global names that a definition reads, those of builtins too, sorted.

    ``lazily``: nobody evaluates its annotations.

    >>> names_used("def area(r: Metres) -> 'float': return math.pi * r ** 2")
    ('Metres', 'math')

    Raises:
        SyntaxError: it is no Python.
    """
    tree = ast.parse(source)
    own = {name for statement in tree.body for name in bound_by(statement)}
    text = ast.unparse(_Unannotated().visit(tree)) if lazily else source
    return tuple(sorted(set(_read(symtable.symtable(text, "<source>", "exec"))) - own))


@lru_cache(maxsize=4096)
def names_annotated(source: str) -> tuple[str, ...]:
    """Return the names in annotations, also in those that are text: schemas are made from them.

    >>> names_annotated("def area(r: Metres) -> 'float': return math.pi * r ** 2")
    ('Metres', 'float')
    """
    return tuple(sorted(set(_annotated(ast.parse(source)))))


class _Unannotated(ast.NodeTransformer):
    """Takes the annotations out of a tree."""

    @override
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    @override
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    @override
    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    @override
    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_global() and symbol.is_referenced():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _read(child)


def _annotated(tree: ast.Module) -> Iterator[str]:
    """Yield the names of annotations that stand outside of any function's body."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            for argument in (*plain, arguments.vararg, arguments.kwarg):
                yield from _names_in(None if argument is None else argument.annotation)
            yield from _names_in(node.returns)
        elif isinstance(node, ast.ClassDef):
            for statement in node.body:
                if isinstance(statement, ast.AnnAssign):
                    yield from _names_in(statement.annotation)


def _names_in(annotation: ast.expr | None) -> Iterator[str]:
    if annotation is None:
        return
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _names_in(_parsed(node.value))


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:  # such as a word of a Literal
        return None


def bound_by(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement at the top of a cell or module binds, wherever in it."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            for alias in statement.names:
                yield alias.asname or alias.name.partition(".")[0]
        case _:
            yield from _stored(statement)


def _stored(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.stmt) and node is not statement:
            yield from bound_by(node) if not _stores_by_name(node) else ()


def _stores_by_name(node: ast.stmt) -> bool:
    """Tell whether the walk through its parent meets all that a statement binds."""
    return not isinstance(
        node,
        ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom,
    )
