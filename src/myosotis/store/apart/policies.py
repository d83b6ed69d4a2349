"""Row-level security of every table that has a practice, made from the models: nobody keeps a list of them.

The owner of the tables is not bound (no FORCE): migrations, the operator's commands, and an installation with one role for
everything. For every other role a row is there only while its practice is in reach.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.apps.registry import Apps

from myosotis.store.apart.words import ACROSS, DISPATCHER, IN_REACH, SEVERAL
from myosotis.value_class import value_class

OF_PRACTICE: Final = "of_practice"
PRACTICE: Final = ("store", "practice")


def columns(apps: Apps) -> dict[str, str]:
    """Of each table with a practice, the column that says which: of the practices themselves, their key."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if (meta.app_label, meta.model_name) == PRACTICE:
            found[meta.db_table] = "id"
        elif any(field.column == "practice_id" for field in meta.concrete_fields):
            found[meta.db_table] = "practice_id"
    return found


@value_class(kw_only=False)
class Policy:
    """For reading and writing alike: no row can be written that could not be read."""

    table: str
    name: str
    role: str
    condition: str

    @property
    def statement(self) -> str:
        return (
            f'CREATE POLICY {self.name} ON "{self.table}" TO {self.role}'
            f" USING ({self.condition}) WITH CHECK ({self.condition})"
        )


def of_everybody(tables: Mapping[str, str]) -> Iterator[Policy]:
    """What binds every role but the owner: rows of the one practice in reach.

    The comparison is a plain equation: beside the queryset's own `practice_id = 7` the planner merges the two, and then
    neither a row is looked at twice nor the number of rows guessed too low.
    """
    for table, column in tables.items():
        yield Policy(table, OF_PRACTICE, "PUBLIC", f"{column} = ({IN_REACH})[1]")


def of_roles(tables: Mapping[str, str]) -> Iterator[Policy]:
    """What opens tables further to the roles that work in several practices, or in all."""
    for table, column in tables.items():
        yield Policy(table, SEVERAL, SEVERAL, f"{column} = ANY ({IN_REACH})")
        for role in (ACROSS, DISPATCHER):
            yield Policy(table, role, role, "true")


def lock(tables: Mapping[str, str]) -> Iterator[str]:
    """The statements that close tables to whoever is not their owner, but for the rows of one practice in reach."""
    for table in tables:
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
    for policy in of_everybody(tables):
        yield policy.statement


def unlock(tables: Mapping[str, str]) -> Iterator[str]:
    """The way back."""
    for table in tables:
        yield f'DROP POLICY {OF_PRACTICE} ON "{table}"'
        yield f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY'


def run(statements: Iterator[str], schema_editor: Any) -> None:
    """In a migration; SQLite has one file and one user, and nothing to lock."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement)
