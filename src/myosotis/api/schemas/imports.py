"""Imports: what became of a file's rows, and which were refused or flagged."""

from datetime import datetime
from typing import Any, Self

from ninja import Schema
from pydantic import Field

from myosotis.api.schemas.values import utc
from myosotis.domain.words import Language
from myosotis.importing.report import Report
from myosotis.intake import RowProblem, problem_text
from myosotis.store.models import ImportBatch

SHOWN = 1000


class ProblemOut(Schema):
    """What is wrong with a row, or the file (row 0); never the value itself."""

    row: int
    field: str
    column: str = Field(description="As the file heads it.")
    code: str
    refused: bool = Field(description="false: taken all the same, and flagged.")
    text: str
    allowed: list[str]

    @classmethod
    def of(cls, one: RowProblem, language: Language) -> Self:
        return cls(
            row=one.row,
            field=one.field,
            column=one.column,
            code=one.code.value,
            refused=one.is_error,
            text=problem_text(one, language),
            allowed=list(one.allowed),
        )


class TakenOut(Schema):
    """What a file did, or would do."""

    id: str | None = Field(description="Of the import, to look at it or undo it; null: a dry run.")
    rows: int
    added: int
    changed: int
    unchanged: int
    blocked: int = Field(description="Events that became blocked time.")
    refused: int
    problems: list[ProblemOut] = Field(description=f"At most {SHOWN}.")

    @classmethod
    def of(cls, report: Report, batch: str | None) -> Self:
        return cls(
            id=batch,
            rows=report.total,
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            blocked=report.blocked,
            refused=report.refused,
            problems=[ProblemOut.of(one, report.language) for one in report.problems[:SHOWN]],
        )


class ImportOut(Schema):
    """An import as it stands; a file of visits has one for its patients beside its own."""

    id: str
    what: str
    announce: bool
    started_at: datetime
    finished_at: datetime | None = Field(description="null: it broke off; the same file again goes on from there.")
    undone_at: datetime | None
    rows_done: int
    added: int
    changed: int
    unchanged: int
    problems: list[dict[str, Any]] = Field(description="Rows that were refused: number, field, code, what is allowed.")

    @classmethod
    def of(cls, batch: ImportBatch) -> Self:
        names = ("what", "announce", "rows_done", "added", "changed", "unchanged", "problems")
        times = {name: utc(getattr(batch, name)) for name in ("started_at", "finished_at", "undone_at")}
        return cls.model_validate({"id": str(batch.uuid), **times, **{name: getattr(batch, name) for name in names}})


class UndoneOut(Schema):
    """What undoing one part of an import did."""

    what: str
    removed: int
    cancelled: int = Field(description="Visits of which their patients knew.")
    brought_back: int
    left: int = Field(description="Changed since, and left as they are.")
