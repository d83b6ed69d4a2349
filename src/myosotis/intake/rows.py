"""From the records of a table to results row by row: one bad row never stops the others (docs/rules.md 7.5)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from myosotis.intake.cells import Cells
from myosotis.intake.columns import Columns, Field
from myosotis.intake.encoding import Encoding
from myosotis.intake.problems import Code, RowProblem
from myosotis.intake.table import Record, Table
from myosotis.intake.values import RowResult
from myosotis.value_class import value_class

Value = TypeVar("Value")


@value_class
class TableFile:
    """An opened table file: what is known of it before its rows are read."""

    table: Table
    columns: Columns
    region: str
    """The country (ISO 3166) of numbers without a country code."""

    @property
    def total(self) -> int:
        """How many rows there are, for a progress bar."""
        return self.table.total

    @property
    def encoding(self) -> Encoding:
        """The encoding taken."""
        return self.table.encoding

    @property
    def delimiter(self) -> str:
        """What stands between the cells."""
        return self.table.delimiter

    @property
    def problems(self) -> tuple[RowProblem, ...]:
        """Warnings about the file as a whole: columns left out, or taken for what they may not be."""
        return self.columns.ignored


@dataclass(kw_only=True, slots=True)
class RowReader(Generic[Value]):
    """Reads each record by `read`; refuses a second row with an identifier (`id_field`) already seen."""

    table: Table
    columns: Columns
    region: str
    read: Callable[[Cells], Value | None]
    id_field: Field
    seen: set[str] = field(default_factory=set)

    def results(self, after: int = 0) -> Iterator[RowResult[Value]]:
        """One result for each record that is not empty, but for the first `after`: they only count for repetitions."""
        for place, record in enumerate(self.table.records()):
            if place >= after:
                yield self._result(record)
            else:
                self.seen.update(text for _, text in self._identifiers(record) if text)

    def _result(self, record: Record) -> RowResult[Value]:
        if record.broken:
            problem = RowProblem(row=record.row, field="", code=Code.ROW_BROKEN, last_row=record.last_row)
            return RowResult(row=record.row, value=None, problems=(problem,))
        cells = Cells(record=record, columns=self.columns, region=self.region)
        # Cells beyond the heading mean a stray delimiter: every column after it would be taken for its neighbour.
        if any(record.cells[len(self.table.header) :]):
            cells.say(Code.TOO_MANY_CELLS)
        for heading, text in self._identifiers(record):
            if text and text in self.seen:
                cells.say(Code.ID_REPEATED, self.id_field, column=heading)
            self.seen.add(text)
        value = self.read(cells)
        return RowResult(row=record.row, value=None if cells.refused else value, problems=tuple(cells.problems))

    def _identifiers(self, record: Record) -> Iterator[tuple[str, str]]:
        """The headings and texts of the columns that identify a row."""
        for column in self.columns.of(self.id_field):
            yield column.heading, record.cells[column.index] if column.index < len(record.cells) else ""
