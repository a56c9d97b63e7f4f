"""Texts that begin so, in the form that each database serves from an index."""

from sqlalchemy import Boolean, ColumnElement, and_, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement


class has_prefix(FunctionElement[bool]):  # noqa: N801 reads as the function it is
    """Whether a text begins with a prefix.

    SQLite's LIKE folds case and so uses no index: there it is a range. On Postgres it is LIKE, which an index made
    with `text_pattern_ops` serves, because a range follows the database's collation.
    """

    type = Boolean()
    inherit_cache = True
    name = "has_prefix"

    def __init__(self, expr: ColumnElement[object], prefix: str) -> None:
        pattern = prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        super().__init__(expr, literal(prefix), literal(f"{prefix}\U0010ffff"), literal(pattern))


@compiles(has_prefix)
def _prefix_by_range(element: has_prefix, compiler: SQLCompiler, **kw: object) -> str:
    expr, low, high, _ = element.clauses
    return compiler.process(and_(expr >= low, expr < high), **kw)


@compiles(has_prefix, "postgresql")
def _prefix_by_like(element: has_prefix, compiler: SQLCompiler, **kw: object) -> str:
    expr, _, _, pattern = element.clauses
    return compiler.process(expr.like(pattern, escape="\\"), **kw)
