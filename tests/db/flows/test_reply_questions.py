"""A reply that could mean several: the patient is asked which, and answers with a code (docs/rules.md 5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from myosotis.domain.sms_words import SmsWord
from myosotis.domain.values import VisitSwitches
from myosotis.domain.words import Answer, Kind, MessageStatus, Party, Via, VisitStatus
from myosotis.flows import sms_arrived, visit_cancelled, visit_moved
from myosotis.flows.sms_arrived import Taken
from myosotis.store.models import Candidate, IncomingMessage, Message, MessageText, Patient, ReplyQuestion, Visit
from tests.db.make import ACTOR, NEXT_WEEK, Scene, book, claim, hours, make_patient, make_practice, messages, sent
from tests.db.offers import MONDAY, SATURDAY, offered, waiting

MINUTE = timedelta(minutes=1)
PHONE = "+48600999888"
AT = NEXT_WEEK - hours(40)
"""Both visits of `family` were reminded of by then."""


def ring(message: Message, at: datetime, phone: str = PHONE) -> Message:
    """An SMS reached a phone."""
    MessageText.objects.create(message=sent(message, at), practice_id=message.practice_id, address=phone, body="...")
    return message


def reminded(visit: Visit, at: datetime) -> Message:
    return ring(messages(visit, kind=Kind.REMINDER, channel="sms")[0], at)


def writes(scene: Scene, text: str, now: datetime = AT, **given: Any) -> Taken:
    values: dict[str, Any] = {"practice_id": scene.practice.pk, "sender": PHONE} | given
    return sms_arrived.take(text=text, now=now, **values)


def status(*visits: Visit) -> list[str]:
    for visit in visits:
        visit.refresh_from_db()
    return [visit.status for visit in visits]


def choices() -> list[int]:
    """The messages of the last question, in the order of their codes."""
    return [choice["message"] for choice in ReplyQuestion.objects.latest("id").choices]


BOOKED, CONFIRMED, CANCELLED = VisitStatus.BOOKED, VisitStatus.CONFIRMED, VisitStatus.CANCELLED


@pytest.fixture
def family(scene: Scene) -> tuple[Visit, Visit]:
    """Two children of one guardian, reminded of an hour apart; the earlier visit comes first."""
    guarded: dict[str, Any] = {"guardian_name": "Ewa", "guardian_phone": PHONE, "phone": ""}
    children = [make_patient(scene.practice, first_name=name, **guarded) for name in ("Zosia", "Jan")]
    first, second = (book(scene.calendar, child, NEXT_WEEK + hours(n)) for n, child in enumerate(children))
    reminded(second, NEXT_WEEK - hours(48))
    reminded(first, NEXT_WEEK - hours(47))
    return first, second


@pytest.mark.parametrize("word", ["TAK", "NIE"])
def test_with_two_visits_nothing_is_done_on_a_guess(scene: Scene, family: tuple[Visit, Visit], word: str) -> None:
    taken = writes(scene, word)
    assert (taken.acted, taken.answer) == (False, Answer.WHICH)
    assert status(*family) == [BOOKED, BOOKED]
    assert choices() == [messages(visit, kind=Kind.REMINDER, channel="sms")[0].pk for visit in family]
    (answer,) = Message.objects.filter(kind=Kind.ANSWER)
    assert (answer.status, answer.channel, answer.due_at) == ("planned", "sms", AT)


@pytest.mark.parametrize(
    ("first", "code", "expected"),
    [
        ("TAK", "1", [CONFIRMED, BOOKED]),
        ("TAK", "2", [BOOKED, CONFIRMED]),
        ("NIE", "2", [BOOKED, CANCELLED]),
        ("NIE", "TAK 1", [CONFIRMED, BOOKED]),
        ("TAK", "2 nie", [BOOKED, CANCELLED]),
        ("no", " 1. ", [CANCELLED, BOOKED]),
    ],
)
def test_the_word_is_kept_so_that_the_code_alone_means_it(
    scene: Scene, family: tuple[Visit, Visit], first: str, code: str, expected: list[str]
) -> None:
    writes(scene, first)
    taken = writes(scene, code, AT + MINUTE)
    assert (taken.acted, taken.answer) == (True, None)
    assert status(*family) == expected
    assert not IncomingMessage.objects.filter(handled_at=None).exists(), "nobody need read either"


def test_only_the_visit_that_was_meant_counts_as_read(scene: Scene, family: tuple[Visit, Visit]) -> None:
    writes(scene, "TAK")
    reminders = [messages(visit, kind=Kind.REMINDER, channel="sms")[0] for visit in family]
    assert [row.read_at for row in reminders] == [None, None]
    writes(scene, "2", AT + MINUTE)
    for row in reminders:
        row.refresh_from_db()
    assert [row.read_at for row in reminders] == [None, AT + MINUTE]
    assert IncomingMessage.objects.latest("id").about == reminders[1]


def test_no_that_cancels_has_read_what_it_answered_too(scene: Scene, family: tuple[Visit, Visit]) -> None:
    writes(scene, "NIE")
    writes(scene, "1", AT + MINUTE)
    assert messages(family[0], kind=Kind.REMINDER, channel="sms")[0].read_at == AT + MINUTE


def test_each_code_of_a_question_can_be_answered(scene: Scene, family: tuple[Visit, Visit]) -> None:
    writes(scene, "TAK")
    writes(scene, "1", AT + MINUTE)
    assert writes(scene, "NIE 2", AT + 2 * MINUTE).acted
    assert status(*family) == [CONFIRMED, CANCELLED]


@pytest.mark.parametrize("code", ["3", "TAK 7", "0"])
def test_a_code_that_was_not_offered_does_nothing_and_the_right_one_still_can(
    scene: Scene, family: tuple[Visit, Visit], code: str
) -> None:
    writes(scene, "TAK")
    assert writes(scene, code, AT + MINUTE).answer is Answer.PHONE
    assert writes(scene, code, AT + 2 * MINUTE).answer is None, "answered once"
    assert status(*family) == [BOOKED, BOOKED]
    writes(scene, "2", AT + 3 * MINUTE)
    assert status(*family) == [BOOKED, CONFIRMED]


def test_a_code_without_a_question_is_any_other_text(scene: Scene, family: tuple[Visit, Visit]) -> None:
    assert writes(scene, "1").answer is Answer.PHONE
    assert status(*family) == [BOOKED, BOOKED]


def test_a_day_later_the_code_means_nothing(scene: Scene, family: tuple[Visit, Visit]) -> None:
    writes(scene, "NIE")
    assert writes(scene, "1", AT + hours(24) - MINUTE).acted
    assert writes(scene, "2", AT + hours(24)).answer is Answer.PHONE
    assert status(*family) == [CANCELLED, BOOKED]


def test_a_visit_moved_since_it_was_asked_about_is_for_a_person(scene: Scene, family: tuple[Visit, Visit]) -> None:
    writes(scene, "NIE")
    visit_moved.move(
        practice=scene.practice, visit_id=family[0].pk, start=NEXT_WEEK + hours(48), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=AT,
    )  # fmt: skip
    taken = writes(scene, "1", AT + MINUTE)
    assert (taken.acted, taken.answer) == (False, Answer.PHONE)
    assert status(*family) == [BOOKED, BOOKED]


def test_moved_before_the_question_the_patient_is_shown_the_new_time_and_can_choose_it(
    scene: Scene, family: tuple[Visit, Visit]
) -> None:
    visit_moved.move(
        practice=scene.practice, visit_id=family[1].pk, start=NEXT_WEEK - hours(1), by=Party.PRACTICE, via=Via.DESK,
        actor=ACTOR, now=AT - MINUTE,
    )  # fmt: skip
    writes(scene, "TAK")
    assert choices()[0] == messages(family[1], kind=Kind.REMINDER, channel="sms")[0].pk, "by the present start"
    assert writes(scene, "1", AT + MINUTE).acted
    assert status(*family) == [BOOKED, CONFIRMED]


def test_where_only_the_last_can_still_be_answered_nothing_is_asked(scene: Scene, family: tuple[Visit, Visit]) -> None:
    _cancelled(family[1])
    assert writes(scene, "TAK").acted
    assert status(*family) == [CONFIRMED, CANCELLED]


def test_where_only_another_than_the_last_can_be_answered_it_is_asked_for(
    scene: Scene, family: tuple[Visit, Visit]
) -> None:
    """NIE may come late, to the visit that is cancelled already: it must not cancel the other."""
    _cancelled(family[0])
    assert writes(scene, "NIE").answer is Answer.WHICH
    assert status(*family) == [CANCELLED, BOOKED]
    assert writes(scene, "1", AT + MINUTE).acted
    assert status(*family) == [CANCELLED, CANCELLED]


def _cancelled(visit: Visit) -> None:
    visit_cancelled.cancel(
        practice=visit.practice, visit_id=visit.pk, by=Party.PATIENT, via=Via.PORTAL, actor=ACTOR, now=AT - MINUTE
    )


def test_what_went_more_than_72_hours_before_is_not_meant(scene: Scene) -> None:
    patient = make_patient(scene.practice, phone=PHONE)
    late, soon = book(scene.calendar, patient, NEXT_WEEK + hours(24 * 7)), book(scene.calendar, patient)
    last = NEXT_WEEK - hours(48)
    ring(messages(late, kind=Kind.DETAILS, channel="sms")[0], last - hours(72) - MINUTE)
    reminded(soon, last)
    assert writes(scene, "TAK", last + hours(1)).acted
    assert status(late, soon) == [BOOKED, CONFIRMED]


def test_a_new_sms_meanwhile_takes_no_code_away(scene: Scene, family: tuple[Visit, Visit]) -> None:
    writes(scene, "NIE")
    third = book(scene.calendar, make_patient(scene.practice, phone=PHONE), NEXT_WEEK + hours(2))
    reminded(third, AT + MINUTE)
    writes(scene, "2", AT + 2 * MINUTE)
    assert status(*family, third) == [BOOKED, CANCELLED, BOOKED], "2 is what it was when it was asked"
    assert writes(scene, "TAK", AT + 3 * MINUTE).answer is Answer.WHICH
    assert len(choices()) == 2, "a new question names what can be meant now"
    writes(scene, "2", AT + 4 * MINUTE)
    assert status(*family, third) == [BOOKED, CANCELLED, CONFIRMED]


def test_words_without_a_code_are_asked_again_and_then_left_to_a_person(
    scene: Scene, family: tuple[Visit, Visit]
) -> None:
    said = [writes(scene, "TAK", AT + n * MINUTE).answer for n in range(5)]
    assert said == [Answer.WHICH] * 3 + [Answer.PHONE, None]
    assert status(*family) == [BOOKED, BOOKED]


def test_stop_ends_the_question_too(scene: Scene, family: tuple[Visit, Visit]) -> None:
    writes(scene, "NIE")
    assert writes(scene, "STOP", AT + MINUTE).answer is Answer.STOPPED
    assert writes(scene, "1", AT + 2 * MINUTE).answer is None, "no SMS goes to a stopped number"
    assert status(*family) == [BOOKED, BOOKED]
    assert IncomingMessage.objects.latest("id").handled_at is None, "a person reads it"


def test_after_the_cut_off_the_code_is_answered_like_the_word(scene: Scene, family: tuple[Visit, Visit]) -> None:
    scene.calendar.change_cutoff_minutes = 72 * 60
    scene.calendar.save()
    writes(scene, "NIE")
    assert writes(scene, "1", AT + MINUTE).answer is Answer.AFTER_CUTOFF
    assert status(*family) == [BOOKED, BOOKED]


def test_another_practice_knows_nothing_of_the_question(scene: Scene, family: tuple[Visit, Visit]) -> None:
    other = make_practice()
    Patient.objects.create(practice=other, last_name="Ta sama", phone=PHONE, created_at=AT)
    writes(scene, "NIE")
    assert writes(scene, "1", AT + MINUTE, practice_id=other.pk).answer is Answer.PHONE
    assert status(*family) == [BOOKED, BOOKED]
    assert writes(scene, "1", AT + 2 * MINUTE).acted


@pytest.mark.parametrize("state", ["no answer yet", "being handed over", "reported failed"])
def test_no_cancels_no_other_visit_than_the_one_whose_sms_is_not_settled(scene: Scene, state: str) -> None:
    """The phone showed an SMS of which we do not know whether it arrived; the one before it was about another visit."""
    patient = make_patient(scene.practice, phone=PHONE)
    first = book(scene.calendar, patient, NEXT_WEEK + hours(24 * 11))
    second = book(scene.calendar, patient, NEXT_WEEK + hours(24 * 18))
    reminded(first, AT - hours(24 * 7))
    unsettled = messages(second, kind=Kind.REMINDER, channel="sms")[0]
    if state == "being handed over":
        claim(unsettled, AT)
    else:
        ring(unsettled, AT)
        changed = MessageStatus.PLANNED if state == "no answer yet" else MessageStatus.FAILED
        Message.objects.filter(pk=unsettled.pk).update(status=changed)
    taken = writes(scene, "NIE", AT + timedelta(seconds=20))
    if state == "no answer yet":
        assert status(first, second) == [BOOKED, CANCELLED]
    else:
        assert (taken.answer, status(first, second)) == (Answer.WHICH, [BOOKED, BOOKED])
        assert len(choices()) == 2


# --- offers ---


@pytest.fixture
def asked(scene: Scene) -> Visit:
    """A visit whose patient was offered an earlier time by SMS on Saturday."""
    freed = book(scene.calendar, scene.patient, MONDAY)
    (visit,) = waiting(scene, 1)
    visit.patient.phone = PHONE
    visit.patient.save()
    offered(freed)
    ring(offer_of(visit), SATURDAY)
    return visit


def offer_of(visit: Visit) -> Message:
    return messages(visit, kind=Kind.OFFER, channel="sms")[0]


def test_yes_to_an_offer_moves_nothing_and_is_answered_with_its_link(scene: Scene, asked: Visit) -> None:
    taken = writes(scene, "TAK", SATURDAY + MINUTE)
    assert (taken.acted, taken.answer) == (True, Answer.OFFER)
    assert IncomingMessage.objects.get().about == offer_of(asked)
    start = asked.start
    assert (status(asked), asked.start) == ([BOOKED], start)
    assert writes(scene, "tak", SATURDAY + 2 * MINUTE).answer is None, "the link is there already"


def test_no_to_an_offer_declines_it_and_leaves_the_visit_alone(scene: Scene, asked: Visit) -> None:
    taken = writes(scene, "NIE", SATURDAY + MINUTE)
    assert (taken.acted, taken.answer) == (True, None)
    assert Candidate.objects.get(visit=asked).answer == "declined"
    assert status(asked) == [BOOKED]
    assert offer_of(asked).read_at == SATURDAY + MINUTE
    assert writes(scene, "NIE", SATURDAY + 2 * MINUTE).acted, "again nothing changes"
    assert status(asked) == [BOOKED]


def test_no_to_an_offer_that_is_over_needs_nobody(scene: Scene, asked: Visit) -> None:
    taken = writes(scene, "NIE", MONDAY)
    assert (taken.acted, taken.answer) == (True, None)
    assert status(asked) == [BOOKED]


@pytest.mark.parametrize(("text", "declined"), [("1", False), ("2", True)])
def test_a_reminder_and_an_offer_of_one_visit_are_two_things(
    scene: Scene, asked: Visit, text: str, declined: bool
) -> None:
    reminded(asked, SATURDAY + hours(2))
    at = SATURDAY + hours(3)
    assert writes(scene, "NIE", at).answer is Answer.WHICH
    assert choices() == [messages(asked, kind=Kind.REMINDER, channel="sms")[0].pk, offer_of(asked).pk]
    assert writes(scene, text, at + MINUTE).acted
    assert status(asked) == [BOOKED if declined else CANCELLED]
    assert (Candidate.objects.get(visit=asked).answer == "declined") is declined


def test_which_of_both_was_confirmed_is_asked_as_well(scene: Scene, asked: Visit) -> None:
    reminded(asked, SATURDAY + hours(2))
    at = SATURDAY + hours(3)
    assert writes(scene, "TAK", at).answer is Answer.WHICH
    assert writes(scene, "2", at + MINUTE).answer is Answer.OFFER
    assert status(asked) == [BOOKED]
    assert writes(scene, "1", at + 2 * MINUTE).acted
    assert status(asked) == [CONFIRMED]


def test_once_the_offer_is_declined_only_the_visit_is_meant(scene: Scene, asked: Visit) -> None:
    writes(scene, "NIE", SATURDAY + MINUTE)
    reminded(asked, SATURDAY + hours(2))
    assert writes(scene, "TAK", SATURDAY + hours(3)).acted
    assert status(asked) == [CONFIRMED]


def test_after_a_request_for_an_opinion_a_word_is_for_a_person(scene: Scene) -> None:
    visit = book(scene.calendar, make_patient(scene.practice, phone=PHONE), switches=VisitSwitches(reminder=False))
    request = messages(visit, kind=Kind.REVIEW, channel="sms")[0]
    ring(request, visit.end + hours(2))
    taken = writes(scene, "NIE", visit.end + hours(3))
    assert (taken.acted, taken.answer, taken.understood_as) == (False, Answer.PHONE, SmsWord.NO)
    request.refresh_from_db()
    assert request.read_at == visit.end + hours(3)
    assert status(visit) == [BOOKED]
