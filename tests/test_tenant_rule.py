"""The rule about workspaces bites: what is let through is listed, and what forgets its workspace is seen."""

import pytest
from sqlalchemy import text

from db import workspaces
from db.engine import Database
from tests import tenant_rule

pytestmark = pytest.mark.fault("S10")


@pytest.mark.parametrize(
    ("statement", "is_fine"),
    [
        ("SELECT * FROM card WHERE card.workspace = %(workspace)s AND card.id = %(id)s", True),
        ("SELECT * FROM card WHERE card.id = ?", False),
        ("SELECT card.workspace FROM card JOIN comparison ON comparison.id = card.comparison_id", False),
        ("UPDATE tool SET name = ? WHERE id = ?", False),
        ("DELETE FROM reaction", False),
        ("DELETE FROM ballot WHERE (workspace, person) IN (SELECT workspace, person FROM seat)", True),
        ("INSERT INTO ballot (workspace, comparison_id) VALUES (?, ?)", True),
        ("INSERT INTO ballot (comparison_id) VALUES (?)", False),
        ("SELECT * FROM workspace WHERE workspace.id = ?", True),
        ("SELECT name FROM workspace", False),
        ("SELECT workspace.id \nFROM workspace ORDER BY workspace.id", True),
        ("SELECT version_num FROM alembic_version", True),
    ],
)
def test_the_rule(statement: str, is_fine: bool) -> None:
    """It lets through what names a workspace, and nothing else."""
    assert tenant_rule.says_whose(statement) is is_fine


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_query_that_forgets_its_workspace_is_seen(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted in a query of db/: the test around it would fail."""
    monkeypatch.setattr(workspaces, "_VERSION", text("SELECT catalogue_version FROM workspace LIMIT 1"))

    await database.run(workspaces.catalogue_version, "T0EAST")

    assert tenant_rule.broken == ["SELECT catalogue_version FROM workspace LIMIT 1"]
    tenant_rule.broken.clear()
