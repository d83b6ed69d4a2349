"""What a column "Gabinet" holds: in one export the place where the doctor receives, in another the number of a room."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Final

from myosotis.intake.columns import Column, Columns, Field, heading_key
from myosotis.intake.names import fold
from myosotis.intake.problems import Code, RowProblem
from myosotis.intake.table import Record

DOUBTFUL: Final = frozenset({"gabinet", "office"})
LOOKED_AT: Final = 200
"""Rows from which it is told; a file does not change its mind later."""
ROOM: Final = re.compile(
    r"(?:(?:gabinet|gab|pokoj|pok|sala|room|office|numer|nr|no)\b[ .:]*)*(?:\d{1,4} ?[a-z]?|[a-z] ?\d{0,3}|[ivx]{1,5})"
)


def settled(columns: Columns, records: Iterable[Record]) -> Columns:
    """The columns with "Gabinet" taken for the address or for a room, and a warning that says for which.

    Beside a column of addresses it is a room. Without one it is what its cells look like: numbers are rooms.
    """
    doubtful = next((column for column in columns.of(Field.ROOM) if heading_key(column.heading) in DOUBTFUL), None)
    if doubtful is None:
        return columns
    if columns.have(Field.ADDRESS) or _are_rooms(doubtful, records):
        return _with(columns, doubtful, Field.ROOM, Code.COLUMN_AS_ROOM)
    return _with(columns, doubtful, Field.ADDRESS, Code.COLUMN_AS_ADDRESS)


def _are_rooms(column: Column, records: Iterable[Record]) -> bool:
    """Whether everything that stands there is the number of a room; nothing at all is no address either."""
    cells = (record.cells for record in islice(records, LOOKED_AT) if not record.broken)
    said = (row[column.index] for row in cells if column.index < len(row))
    return all(looks_like_room(text) for text in said if text)


def looks_like_room(text: str) -> bool:
    """ "3", "12a", "gab. 3", "pokój nr 7", "B 12", "IV"; not "Długa 5" nor "Gabinet Krowodrza"."""
    return ROOM.fullmatch(" ".join(fold(text).split())) is not None


def _with(columns: Columns, column: Column, taken_as: Field, code: Code) -> Columns:
    taken: dict[Field, tuple[Column, ...]] = {
        field: kept for field, kept in columns.taken.items() if field is not Field.ROOM
    }
    taken[taken_as] = (replace(column, field=taken_as),)
    warning = RowProblem(row=0, field=taken_as, code=code, column=column.heading)
    return Columns(taken=taken, ignored=(*columns.ignored, warning))
