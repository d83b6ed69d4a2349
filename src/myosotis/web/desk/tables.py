"""Tables as files that a spreadsheet opens."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.http import HttpResponse

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take a cell for that begins so; a text must not run as one."""


class _Echo:
    """Gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def table_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV file as Excel expects it here: UTF-8 with its mark, semicolons."""
    response = HttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
