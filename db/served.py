"""The workspaces that a process serves, as one parameter of a statement: their number has no limit and no new text."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _IsServed(FunctionElement[Any]):
    """Whether a column is in a JSON list of texts. A database is to find rows by what is due, and then ask whose.

    Not a Boolean to SQLAlchemy, which would compare one with 1 on SQLite.
    """

    name = "is_served"
    inherit_cache = True


@compiles(_IsServed, "sqlite")
def _on_sqlite(served: _IsServed, compiler: SQLCompiler, **given: Any) -> str:
    # The + keeps the planner from going through all rows of every workspace: https://sqlite.org/optoverview.html#uplus
    workspace, names = (compiler.process(clause, **given) for clause in served.clauses)
    return f"+{workspace} IN (SELECT value FROM json_each({names}))"  # noqa: S608  a column and a parameter of our own


@compiles(_IsServed, "postgresql")
def _on_postgresql(served: _IsServed, compiler: SQLCompiler, **given: Any) -> str:
    workspace, names = (compiler.process(clause, **given) for clause in served.clauses)
    return f"{workspace} = ANY (ARRAY(SELECT json_array_elements_text(CAST({names} AS json))))"


def is_served(workspace: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a row is of one of the workspaces in the parameter `workspaces`, which `as_list` makes."""
    return _IsServed(workspace, bindparam("workspaces", type_=String()))


def as_list(workspaces: Iterable[str]) -> str:
    """These workspaces as the parameter that `is_served` reads."""
    return json.dumps(list(workspaces))
