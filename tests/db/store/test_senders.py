"""On an account that all practices share, whose is what comes in?"""

from datetime import datetime, timedelta

from myosotis.domain.words import Channel, Kind
from myosotis.flows import sms_arrived
from myosotis.store.models import MessageText, Practice
from myosotis.store.senders import practice_that_asked, practice_that_wrote_to
from tests.db.make import NEXT_WEEK, book, hours, make_calendar, make_patient, make_practice, messages, sent

PHONE = "+48600999888"
AT = NEXT_WEEK - hours(47)


def remind(practice: Practice, count: int, at: datetime) -> None:
    """So many visits of people who share a number were reminded of."""
    calendar = make_calendar(practice)
    for number in range(count):
        visit = book(calendar, make_patient(practice, phone=PHONE), NEXT_WEEK + hours(number))
        sms = sent(messages(visit, kind=Kind.REMINDER, channel=Channel.SMS)[0], at)
        MessageText.objects.create(message=sms, practice=practice, address=PHONE, body="...")


def test_it_belongs_to_the_practice_that_wrote_last_and_a_code_to_the_one_that_asked(db: None) -> None:
    asking, other = make_practice(), make_practice("Inny gabinet")
    remind(asking, 2, AT)
    assert practice_that_wrote_to(PHONE) == asking.pk
    assert practice_that_asked(PHONE, AT) is None
    sms_arrived.take(practice_id=asking.pk, sender=PHONE, text="TAK", now=AT)
    remind(other, 1, AT + timedelta(minutes=1))
    assert practice_that_wrote_to(PHONE) == other.pk
    assert practice_that_asked(PHONE, AT + timedelta(minutes=2)) == asking.pk
    assert practice_that_asked(PHONE, AT + hours(24)) is None


def test_a_number_that_two_practices_know_and_none_wrote_to_is_nobodys(db: None) -> None:
    for _ in range(2):
        make_patient(make_practice(), phone=PHONE)
    assert practice_that_wrote_to(PHONE) is None
