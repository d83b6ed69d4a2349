"""What will be sent about a visit, in words, before it is booked."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from myosotis.content.reasons import KINDS, REASONS, WAITING_FOR, channel_name, date_and_time
from myosotis.domain.told import UNDO
from myosotis.domain.values import PlannedMessage
from myosotis.domain.words import Channel, Kind, Language, MessageStatus
from myosotis.value_class import value_class

SHOWN: Final = (Kind.DETAILS, Kind.REMINDER, Kind.REVIEW, Kind.REBOOK)


@value_class
class Line:
    """One kind of message: what goes when, or why nothing does."""

    kind: str
    parts: Sequence[str]
    nothing: bool = False


@value_class
class Foreteller:
    """Words planned messages for whoever books; `now` is UTC."""

    zone: ZoneInfo
    language: Language
    now: datetime

    def lines(self, planned: Iterable[PlannedMessage]) -> list[Line]:
        """A line for each kind, in the order of their times."""
        rows = {kind: [row for row in planned if row.key.kind is kind] for kind in SHOWN}
        return [self._line(kind, rows[kind]) for kind in SHOWN if rows[kind]]

    def _line(self, kind: Kind, rows: Sequence[PlannedMessage]) -> Line:
        name = KINDS[kind][self.language]
        parts = [*self._going(rows), *self._waiting(rows)]
        if parts:
            return Line(kind=name, parts=[*parts, *self._without(rows)])
        return Line(kind=name, parts=list(self._without(rows)), nothing=True)

    def _going(self, rows: Sequence[PlannedMessage]) -> Iterator[str]:
        going = [row for row in rows if row.status is MessageStatus.PLANNED and row.due_at is not None]
        for due, some in groupby(sorted(going, key=_due), key=_due):
            channels = ", ".join(channel_name(row.key.channel, self.language) for row in some)
            yield f"{channels}: {self._when(due)}"

    def _when(self, due: datetime) -> str:
        if due <= self.now + UNDO:
            return _("in a minute, unless you undo it")
        return date_and_time(due, self.zone, self.language)

    def _waiting(self, rows: Sequence[PlannedMessage]) -> Iterator[str]:
        for row in rows:
            if row.status is MessageStatus.WAITING and row.fallback is not None:
                yield f"{channel_name(row.key.channel, self.language)}: {WAITING_FOR[row.fallback][self.language]}"

    def _without(self, rows: Sequence[PlannedMessage]) -> Iterator[str]:
        for row in rows:
            if row.status is MessageStatus.SKIPPED and row.reason is not None:
                why = REASONS[row.reason][self.language]
                whole = row.key.channel is Channel.NONE
                yield why if whole else f"{channel_name(row.key.channel, self.language)}: {why}"


def _due(row: PlannedMessage) -> datetime:
    assert row.due_at is not None  # noqa: S101 - those without were left out
    return row.due_at
