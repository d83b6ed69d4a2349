"""Events from calendar files as Google Calendar and Outlook export them: every occurrence within a stretch of time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

from myosotis.intake.encoding import Encoding
from myosotis.intake.events import LONGEST, Event, EventReader, EventRefusedError
from myosotis.intake.ics import Block, Blocks, read_blocks
from myosotis.intake.problems import RowProblem, ValueRefusedError
from myosotis.intake.recurrence import Moment, Moments, occurrences
from myosotis.intake.table import Source
from myosotis.intake.values import EventRow, EventStatus, RowResult
from myosotis.intake.zones import Zones
from myosotis.value_class import value_class


@value_class
class CalendarFile:
    """An opened calendar file. Times without a zone, and whole days, are in `zone`."""

    blocks: Blocks
    zone: ZoneInfo
    since: datetime
    until: datetime
    region: str

    @property
    def name(self) -> str:
        """The calendar's name as the file gives it (X-WR-CALNAME)."""
        return _text_of(self.blocks.calendar, "X-WR-CALNAME")

    @property
    def product(self) -> str:
        """The program that wrote the file (PRODID)."""
        return _text_of(self.blocks.calendar, "PRODID")

    @property
    def encoding(self) -> Encoding:
        """The encoding taken."""
        return self.blocks.encoding

    @property
    def total(self) -> int:
        """How many events the file holds; `row` of a result goes up to this number, though not always in order."""
        return len(self.blocks.events)

    def rows(self) -> Iterator[RowResult[EventRow]]:
        """Every occurrence between `since` and `until`, and every event that was refused, series by series.

        An occurrence taken out of its series (EXDATE, a cancelled instance) comes as a cancelled one, so that what
        was imported before can be cancelled.
        """
        method = _text_of(self.blocks.calendar, "METHOD").upper()
        reader = EventReader(
            zones=Zones(self.blocks.zones), floating=self.zone, region=self.region, cancelled=method == "CANCEL"
        )
        groups: dict[str, Series] = {}
        for block in self.blocks.events:
            try:
                event = reader.read(block)
                groups.setdefault(event.uid, Series()).take(event)
            except EventRefusedError as refused:
                if refused.recurrence is not None:
                    groups.setdefault(refused.problem.uid, Series()).unreadable.append(refused.recurrence)
                yield RowResult(row=block.row, value=None, problems=(refused.problem,))
        for uid in list(groups):
            # Each series is let go when it is done, so that only its own occurrences are in memory.
            yield from groups.pop(uid).rows(self.since, self.until)


def open_calendar(
    source: Source, *, zone: ZoneInfo, since: datetime, until: datetime, region: str = "PL"
) -> CalendarFile:
    """A calendar file (.ics), of which `rows` gives the occurrences that lie between `since` and `until` (aware).

    `zone` is that of the calendar's address, `region` the country of numbers without a country code. Raises
    FileRefusedError where the file is no calendar, and ValueError for a stretch that is naive or empty.
    """
    if since.tzinfo is None or until.tzinfo is None or not since < until:
        raise ValueError("since and until are aware, and since comes first")
    data = source.read_bytes() if isinstance(source, Path) else _whole(source)
    return CalendarFile(
        blocks=read_blocks(data), zone=zone, since=since.astimezone(UTC), until=until.astimezone(UTC), region=region
    )


@dataclass(kw_only=True, slots=True)
class Series:
    """All events of one UID: the event itself, and what single occurrences became."""

    master: Event | None = None
    changes: dict[str, Event] = field(default_factory=dict)
    unreadable: list[Moment] = field(default_factory=list)
    """Occurrences whose change could not be read: the series' own time would be wrong for them."""

    def take(self, event: Event) -> None:
        """Add an event; of two versions of the same the newer stays."""
        if event.recurrence is None:
            if self.master is None or event.rank > self.master.rank:
                self.master = event
            return
        key = event.recurrence.identity
        if key not in self.changes or event.rank > self.changes[key].rank:
            self.changes[key] = event

    def rows(self, since: datetime, until: datetime) -> Iterator[RowResult[EventRow]]:
        """Every occurrence of the series that touches the stretch, or did before it was changed."""
        stretch = _Stretch(since=since, until=until)
        master = self.master
        if master is None:
            own: Iterator[RowResult[EventRow]] = iter(())
        elif not (master.rules or master.added or self.changes or master.excluded):
            own = _within(stretch, _row(master, master.start, ""))
        else:
            own = self._of_series(master, stretch)
        return chain(own, self._changed(stretch))

    def _of_series(self, master: Event, stretch: "_Stretch") -> Iterator[RowResult[EventRow]]:
        try:
            starts = occurrences(
                master.start, master.rules, master.added, self._earliest(master, stretch), stretch.until
            )
        except ValueRefusedError as refusal:
            problem = RowProblem(
                row=master.row, field="RRULE", code=refusal.code, allowed=refusal.allowed, uid=master.uid
            )
            yield RowResult(row=master.row, value=None, problems=(problem,))
            return
        elsewhere, excluded = Moments(self._changed_starts()), Moments(master.excluded)
        for start in starts:
            if start.identity not in self.changes and start not in elsewhere:
                yield from _within(stretch, self._occurrence(master, start, excluded=start in excluded))

    def _changed_starts(self) -> Iterator[Moment]:
        """Starts that a change stands for: unreadable ones, and those given as a day alone."""
        yield from self.unreadable
        for event in self.changes.values():
            if event.recurrence is not None and event.recurrence.all_day:
                yield event.recurrence

    def _earliest(self, master: Event, stretch: "_Stretch") -> datetime:
        """From when on an occurrence may still touch the stretch; a change of all following may have moved it far."""
        moved = any(event.and_later for event in self.changes.values())
        return stretch.since - (LONGEST if moved else master.length + timedelta(days=1))

    def _occurrence(self, master: Event, start: Moment, *, excluded: bool) -> EventRow:
        base, moved = self._base(master, start)
        return _row(base, moved, start.identity, cancelled=excluded or master.status is EventStatus.CANCELLED)

    def _base(self, master: Event, start: Moment) -> tuple[Event, Moment]:
        """What the occurrence is made of: the series, or the last change "of this and all following"."""
        earlier = [
            event
            for event in self.changes.values()
            if event.and_later and event.recurrence is not None and event.recurrence.utc <= start.utc
        ]
        base = max(earlier, key=lambda event: event.start.utc, default=None)
        if base is None or base.recurrence is None:
            return master, start
        return base, start.later(base.start.utc - base.recurrence.utc)

    def _changed(self, stretch: "_Stretch") -> Iterator[RowResult[EventRow]]:
        for event in self.changes.values():
            if event.recurrence is not None:
                row = _row(event, event.start, event.recurrence.identity)
                if stretch.touches(row) or stretch.since <= event.recurrence.utc < stretch.until:
                    yield RowResult(row=row.row, value=row)


@value_class
class _Stretch:
    since: datetime
    until: datetime

    def touches(self, row: EventRow) -> bool:
        """Whether an event overlaps the stretch, or without any length lies in it."""
        return row.start < self.until and (row.end > self.since or row.start >= self.since)


def _within(stretch: _Stretch, row: EventRow) -> Iterator[RowResult[EventRow]]:
    if stretch.touches(row):
        yield RowResult(row=row.row, value=row)


def _row(event: Event, start: Moment, recurrence_id: str, *, cancelled: bool = False) -> EventRow:
    end = Moment(at=start.at + event.length).utc if event.by_clock else start.utc + event.length
    texts = event.texts
    return EventRow(
        row=event.row,
        uid=event.uid,
        recurrence_id=recurrence_id,
        start=start.utc,
        # An end that the clock change throws before the start: the elapsed length is what remains.
        end=end if end >= start.utc else start.utc + max(event.length, timedelta(0)),
        all_day=start.all_day,
        busy=event.busy,
        status=EventStatus.CANCELLED if cancelled else event.status,
        sequence=event.sequence,
        summary=texts.summary,
        description=texts.description,
        location=texts.location,
        attendees=texts.attendees,
        emails=texts.emails,
        phones=texts.phones,
    )


def _text_of(block: Block, name: str) -> str:
    try:
        return block.text(name)
    except ValueRefusedError:
        return ""


def _whole(source: Source) -> bytes:
    if isinstance(source, Path):
        return source.read_bytes()
    source.seek(0)
    return source.read()
