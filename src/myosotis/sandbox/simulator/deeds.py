"""What people do in a simulation, done by the flows that the pages, the desk and the providers' callbacks use."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Concatenate, Final, ParamSpec

from myosotis.domain.words import AbsenceWay, Channel, Kind, Party, ReadSignal, Via, VisitStatus
from myosotis.flows import (
    actor,
    doctor_absent,
    message_read,
    offer_answered,
    patient_changed,
    receipt_arrived,
    sms_arrived,
    visit_booked,
    visit_cancelled,
    visit_marked,
    visit_moved,
)
from myosotis.flows.doctor_absent import Plan
from myosotis.flows.errors import FlowError
from myosotis.flows.patient_changed import CardFields
from myosotis.flows.visit_marked import Mark
from myosotis.sandbox.simulator.diary import Diary
from myosotis.sandbox.simulator.evidence import Noted
from myosotis.sandbox.simulator.gateways import Reported
from myosotis.sandbox.simulator.script import ZONE, Act, Booking, Deed, Script
from myosotis.sandbox.simulator.town import Surgery
from myosotis.store import calls, free_times
from myosotis.store.absences import Times
from myosotis.store.models import Message, Visit
from myosotis.store.question import Question

WORDS: Final = {Deed.YES: "TAK", Deed.NO: "NIE", Deed.OTHER: "Proszę o telefon", Deed.STOP: "STOP"}
OPT_OUTS: Final[dict[Kind, CardFields]] = {
    Kind.REVIEW: {"no_review": True},
    Kind.REBOOK: {"no_rebook": True},
    Kind.OFFER: {"no_offer": True},
}
PARTY: Final = {True: Party.PATIENT, False: Party.PRACTICE}
DOOR: Final = {True: Via.PORTAL, False: Via.DESK}
"""By whether it is the patient who acts."""
LIVE: Final = (VisitStatus.BOOKED, VisitStatus.CONFIRMED)
NEXT_IN: Final = timedelta(days=7)
"""Who comes again looks for a time from then on."""

_WAITED_FOR: Final = Question(
    lambda ids, now: Visit.objects.filter(id__in=[ids], start=now, status__in=LIVE).values_list(
        "practice_id", "patient__deceased"
    ),
    instants=1,
)
"""Of a visit that begins at an instant: its practice, and whether its patient has died."""
_INFORMED: Final = Question(
    lambda ids: Message.objects.filter(visit_id__in=[ids], read_at__isnull=False).values_list("id")[:1]
)
"""Whether anything about a visit was read."""

P = ParamSpec("P")


@dataclass(kw_only=True, slots=True)
class Came:
    """One message as it came to a patient."""

    message_id: int
    practice: int
    patient_id: int | None
    kind: Kind
    channel: Channel
    visit_id: int | None
    candidate_id: int | None
    address: str


@dataclass(slots=True)
class Tally:
    """What was done, and what the product did not let anybody do, by the code of its refusal."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    to_call: int = 0
    """How many visits stood on call lists, added up over all mornings and practices."""
    mornings: int = 0


@contextmanager
def _told_in_errors(what: str, now: datetime) -> Iterator[None]:
    """Whatever goes wrong within says what was done, to which visit, and when."""
    try:
        yield
    except Exception as error:
        error.add_note(f"{now:%F %T}: {what}")
        raise


def _tried(deed: Callable[Concatenate["Deeds", P], None]) -> Callable[Concatenate["Deeds", P], None]:
    """A refusal is an answer, not a fault: somebody was first, or too late."""

    name = deed.__name__.strip("_").replace("_", " ")

    def tried(self: "Deeds", /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            deed(self, *args, **kwargs)
        except FlowError as error:
            self.tally.refused[f"{name}: {error}"] += 1
        else:
            self.tally.done[name] += 1

    return tried


class Deeds:
    """The hands of everybody in a simulation."""

    def __init__(self, script: Script, town: list[Surgery], diary: Diary) -> None:
        self._script = script
        self._town = town
        self._diary = diary
        self._bookings: dict[int, Booking] = {}
        self.visits: dict[int, int] = {}
        """The visit's id by the number of its booking."""
        self.numbers: dict[int, int] = {}
        """And the other way round."""
        self._last: dict[int, Act] = {}
        self._ill: set[tuple[int, int, date]] = set()
        self.tally = Tally()
        self.noted: list[Noted] = []

    def plan(self, booking: Booking) -> None:
        """Write down what will happen to a visit."""
        self._bookings[booking.number] = booking
        for cue in self._script.cues(booking):
            self._diary.note(cue.at, partial(self._act, cue.number, cue.act))
        self._plan_illness(booking)

    def _plan_illness(self, booking: Booking) -> None:
        """A doctor who is ill calls at six in the morning."""
        day = booking.start.astimezone(ZONE).date()
        key = (booking.practice, booking.calendar, day)
        if key not in self._ill and self._script.is_ill(*key):
            self._ill.add(key)
            morning = datetime(day.year, day.month, day.day, 6, tzinfo=ZONE).astimezone(booking.start.tzinfo)
            self._diary.note(morning, partial(self._falls_ill, *key))

    def _act(self, number: int, act: Act, now: datetime) -> None:
        if act is not Act.BOOK and number not in self.visits:
            return  # it was refused, or it is not booked yet
        with _told_in_errors(f"{act.value}, booking {number}, visit {self.visits.get(number)}", now):
            self._do(number, act, now)

    def _do(self, number: int, act: Act, now: datetime) -> None:
        match act:
            case Act.BOOK:
                self._book(self._bookings[number], now)
            case Act.PRACTICE_MOVES | Act.PATIENT_MOVES:
                self._move(number, now, by_patient=act is Act.PATIENT_MOVES)
            case Act.PRACTICE_CANCELS | Act.PATIENT_CANCELS:
                self._cancel(number, now, by_patient=act is Act.PATIENT_CANCELS)
            case Act.UNDO:
                self._undo(number, now)
            case Act.BEGINS:
                self._begins(number, now)

    @_tried
    def _book(self, booking: Booking, now: datetime) -> None:
        surgery = self._town[booking.practice]
        patient = surgery.patients[booking.patient]
        self._booked(surgery, booking.calendar, patient.pk, booking.start, now, booking.number, online=booking.online)

    def _booked(
        self,
        surgery: Surgery,
        calendar: int,
        patient_id: int,
        start: datetime,
        now: datetime,
        number: int,
        *,
        online: bool,
    ) -> None:
        visit = visit_booked.book(
            practice=surgery.practice,
            calendar_id=surgery.calendars[calendar].pk,
            patient_id=patient_id,
            service_id=surgery.services[calendar].pk,
            start=start,
            by=Party.PATIENT if online else Party.PRACTICE,
            via=Via.PORTAL if online else Via.DESK,
            actor=actor.patient(patient_id) if online else actor.SYSTEM,
            now=now,
        ).visit
        self.visits[number], self.numbers[visit.pk] = visit.pk, number

    @_tried
    def _move(self, number: int, now: datetime, *, by_patient: bool) -> None:
        booking = self._bookings[number]
        visit_moved.move(
            practice=self._town[booking.practice].practice,
            visit_id=self.visits[number],
            start=booking.alternate,
            now=now,
            by=PARTY[by_patient],
            via=DOOR[by_patient],
            actor=actor.SYSTEM,
        )
        self._last[number] = Act.PRACTICE_MOVES

    @_tried
    def _cancel(self, number: int, now: datetime, *, by_patient: bool) -> None:
        booking = self._bookings[number]
        visit_cancelled.cancel(
            practice=self._town[booking.practice].practice,
            visit_id=self.visits[number],
            now=now,
            by=PARTY[by_patient],
            via=DOOR[by_patient],
            actor=actor.SYSTEM,
        )
        self._last[number] = Act.PRACTICE_CANCELS

    @_tried
    def _undo(self, number: int, now: datetime) -> None:
        practice = self._town[self._bookings[number].practice].practice
        undo = visit_moved.undo if self._last.get(number) is Act.PRACTICE_MOVES else visit_cancelled.restore
        undo(practice=practice, visit_id=self.visits[number], actor=actor.SYSTEM, now=now)

    def _begins(self, number: int, now: datetime) -> None:
        """Who does not come is noted half an hour later, by staff."""
        visit_id = self.visits[number]
        found = _WAITED_FOR.ask([visit_id], at=[now])
        if not found:
            return
        [(practice_id, deceased)] = found
        if deceased or self._script.stays_away(number, informed=bool(_INFORMED.ask([visit_id]))):
            self._diary.note(now + timedelta(minutes=30), partial(self._no_show, number, self.practice_of(practice_id)))

    def practice_of(self, practice_id: int) -> int:
        """The number of a practice: they were made one after the other."""
        return practice_id - self._town[0].practice.pk

    @_tried
    def _no_show(self, number: int, practice: int, now: datetime) -> None:
        visit_marked.mark(
            practice=self._town[practice].practice,
            visit_id=self.visits[number],
            mark=Mark.NO_SHOW,
            via=Via.DESK,
            actor=actor.SYSTEM,
            now=now,
        )

    @_tried
    def _falls_ill(self, practice: int, calendar: int, day: date, now: datetime) -> None:
        surgery = self._town[practice]
        plan = Plan(
            calendar_ids=(surgery.calendars[calendar].pk,),
            times=Times(first_day=day, last_day=day),
            way=AbsenceWay.CANCEL,
        )
        absence = doctor_absent.begin(practice=surgery.practice, plan=plan, otherwise={}, actor=actor.SYSTEM, now=now)
        while doctor_absent.go_on(practice=surgery.practice, absence_id=absence.pk, actor=actor.SYSTEM, now=now):
            pass

    @_tried
    def dies(self, practice: int, patient: int, now: datetime) -> None:
        """The family calls the practice."""
        surgery = self._town[practice]
        patient_changed.update(
            practice=surgery.practice,
            patient_id=surgery.patients[patient].pk,
            card={"deceased": True},
            actor=actor.SYSTEM,
            now=now,
        )
        self.noted.append(
            Noted(at=now, what="dies", practice_id=surgery.practice.pk, patient_id=surgery.patients[patient].pk)
        )

    def look_whom_to_call(self, now: datetime) -> None:
        """In the morning every practice looks at its call list."""
        for surgery in self._town:
            self.tally.to_call += len(calls.unreached(surgery.practice, now))
            self.tally.mornings += 1

    @_tried
    def report(self, said: Reported, now: datetime) -> None:
        """A provider calls back."""
        with _told_in_errors(f"report of message {said.key}", now):
            receipt_arrived.record(report=said.report, key=said.key, now=now, parts=said.parts)

    def react(self, came: Came, deed: Deed, now: datetime) -> None:
        """A patient does something about a message."""
        self.noted.append(
            Noted(
                at=now,
                what=deed.value,
                practice_id=self._town[came.practice].practice.pk,
                patient_id=came.patient_id,
                message_id=came.message_id,
                kind=came.kind.value,
            )
        )
        with _told_in_errors(f"{deed.value}, visit {came.visit_id}, message {came.message_id}", now):
            self._do_about(came, deed, now)

    def _do_about(self, came: Came, deed: Deed, now: datetime) -> None:
        match deed:
            case Deed.READ:
                self._read(came, now)
            case Deed.YES | Deed.NO | Deed.OTHER | Deed.STOP:
                self._write(came, WORDS[deed], now)
            case Deed.TAKE | Deed.DECLINE:
                self._answer_offer(came, now, takes=deed is Deed.TAKE)
            case Deed.UNSUBSCRIBE:
                self._unsubscribe(came, now)
            case Deed.COME_AGAIN:
                self._come_again(came, now)

    @_tried
    def _read(self, came: Came, now: datetime) -> None:
        message_read.report(message_id=came.message_id, signal=ReadSignal.PAGE, now=now)

    @_tried
    def _write(self, came: Came, text: str, now: datetime) -> None:
        practice = self._town[came.practice].practice
        sms_arrived.take(practice_id=practice.pk, sender=came.address, text=text, now=now)

    @_tried
    def _answer_offer(self, came: Came, now: datetime, *, takes: bool) -> None:
        if came.candidate_id is None:
            return
        do = partial(
            offer_answered.accept if takes else offer_answered.decline,
            practice=self._town[came.practice].practice,
            candidate_id=came.candidate_id,
            actor=actor.SYSTEM,
            via=Via.PORTAL,
            now=now,
        )
        done = do()
        if isinstance(done, offer_answered.Accepted) and done.changed:
            number = self.numbers[done.visit.pk]
            self._diary.note(done.visit.start, partial(self._act, number, Act.BEGINS))

    @_tried
    def _unsubscribe(self, came: Came, now: datetime) -> None:
        if came.patient_id is not None:
            patient_changed.update(
                practice=self._town[came.practice].practice,
                patient_id=came.patient_id,
                card=OPT_OUTS[came.kind],
                actor=actor.patient(came.patient_id),
                now=now,
            )

    @_tried
    def _come_again(self, came: Came, now: datetime) -> None:
        """Book the next visit at the doctor's free times, if there is one before the end."""
        message_read.report(message_id=came.message_id, signal=ReadSignal.PAGE, now=now)
        surgery = self._town[came.practice]
        visit = Message.objects.select_related("visit").get(id=came.message_id).visit
        assert visit is not None  # noqa: S101 - invitations are about visits
        calendar = next(number for number, one in enumerate(surgery.calendars) if one.pk == visit.calendar_id)
        start = self._free_time(surgery, calendar, now)
        if start is None:
            return
        number = len(self._bookings)
        self._booked(surgery, calendar, visit.patient_id, start, now, number, online=True)
        self._bookings[number] = Booking(
            number=number, practice=came.practice, calendar=calendar, patient=-1, start=start, alternate=start, at=now,
            online=True,
        )  # fmt: skip
        self._diary.note(start, partial(self._act, number, Act.BEGINS))

    def _free_time(self, surgery: Surgery, calendar: int, now: datetime) -> datetime | None:
        """At a full hour, so that the time beside it stays free for who has it to move to."""
        wanted = (now + NEXT_IN).astimezone(ZONE).date()
        scenario = self._script.scenario
        if wanted >= scenario.ends.astimezone(ZONE).date():
            return None
        one = surgery.calendars[calendar]
        (day,) = free_times.days(one, minutes=30, break_minutes=0, first_day=wanted, last_day=wanted, now=now)
        return next((start for start in day.starts if start.minute == 0 and start < scenario.ends), None)
