"""A delimited text file as records of cells, read as a stream.

Opening a table reads the file once to settle the encoding, the delimiter, the heading and the number of rows;
its rows are then read again one by one, so that memory does not grow with the file.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from myosotis.intake.encoding import Encoding, detect
from myosotis.intake.problems import Code, refuse_file
from myosotis.value_class import value_class

Source = Path | BinaryIO
"""A file on disk, or an open seekable binary file (an upload), which stays open."""

DELIMITERS = (";", ",", "\t", "|")
HEADER_WITHIN = 10
"""Exports put a title and a date above the heading; it is looked for in so many records."""
SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)
"""A first line by which Excel is told the delimiter; Excel does not count it as a row."""
FORMULA = re.compile(r'="(.*)"')
"""How exports keep Excel from eating leading zeros: ="0123"."""


@value_class
class Record:
    """The cells of one row; `broken` where its quotation marks do not match, up to `last_row`."""

    row: int
    cells: tuple[str, ...]
    last_row: int = 0
    broken: bool = False


@value_class
class Table:
    """A table file whose shape is known. `total` counts the rows below the heading that are not empty."""

    source: Source
    encoding: Encoding
    delimiter: str
    header: tuple[str, ...]
    header_row: int
    total: int

    def records(self) -> Iterator[Record]:
        """The rows below the heading, without empty ones."""
        with _text(self.source, self.encoding) as text:
            for record in _records(text, self.delimiter):
                if record.row > self.header_row and _counts(record):
                    yield record


def open_table(source: Source, recognised: Callable[[tuple[str, ...]], int], encoding: Encoding | None = None) -> Table:
    """The table in a file; `recognised` counts the headings that a row of cells holds.

    Raises FileRefusedError where the file is empty, no text, a calendar, or no row near its top is a heading.
    """
    with binary(source) as stream:
        taken = detect(stream) if encoding is None else encoding
    delimiter, head = _head(source, taken, recognised)
    table = Table(source=source, encoding=taken, delimiter=delimiter, header=head.cells, header_row=head.row, total=0)
    return replace(table, total=sum(1 for _ in table.records()))


def clean(cell: str) -> str:
    """The text of a cell: one form of each accented letter, no outer blanks, no Excel formula around it."""
    formula = FORMULA.fullmatch(cell) if cell.startswith("=") else None
    text = formula.group(1) if formula else cell
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("\u00a0", " ").replace("\u202f", " ").strip("\ufeff")
    return text.strip()


def _head(source: Source, encoding: Encoding, recognised: Callable[[tuple[str, ...]], int]) -> tuple[str, Record]:
    """The delimiter and the heading: those by which the most columns are recognised; the earlier wins a tie."""
    found: list[tuple[int, str, Record]] = []
    for delimiter in DELIMITERS:
        with _text(source, encoding) as text:
            top = islice(_records(text, delimiter), HEADER_WITHIN)
            found.extend((recognised(record.cells), delimiter, record) for record in top)
    if not any(_counts(record) for _, _, record in found):
        raise refuse_file(Code.EMPTY_FILE)
    if any(record.cells[:1] == ("BEGIN:VCALENDAR",) for _, _, record in found):
        raise refuse_file(Code.CALENDAR_NOT_TABLE, allowed=("CSV",))
    count, delimiter, head = max(found, key=lambda each: each[0])
    if count == 0:
        raise refuse_file(Code.NO_HEADER)
    return delimiter, head


def _records(text: io.TextIOBase, delimiter: str) -> Iterator[Record]:
    """Every record with its number; after a broken one reading goes on with the next line."""
    first = text.readline(16)
    if SEPARATOR_LINE.fullmatch(first) is None:
        text.seek(0)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    row = 0
    while True:
        row += 1
        line = reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            last = row + max(reader.line_num - line, 1) - 1
            yield Record(row=row, cells=(), last_row=last, broken=True)
            row = last
            continue
        yield Record(row=row, cells=tuple(map(clean, cells)))


def _counts(record: Record) -> bool:
    return record.broken or any(record.cells)


@contextmanager
def binary(source: Source) -> Iterator[BinaryIO]:
    """The bytes of a file, from its beginning."""
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    else:
        source.seek(0)
        yield source


@contextmanager
def _text(source: Source, encoding: Encoding) -> Iterator[io.TextIOBase]:
    with binary(source) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="")
        try:
            yield text
        finally:
            # The wrapper must not close a file that belongs to the caller.
            text.detach()
