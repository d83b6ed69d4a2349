"""From the day of hand-over on, nothing goes to the guardian any more (docs/rules.md 3)."""

from datetime import timedelta

from myosotis.domain.words import Kind, Reason
from myosotis.store.models import PushSubscription
from tests.db.dispatch.conftest import Post
from tests.db.make import NEXT_WEEK, NOW, Scene, book, hours, make_subscription, messages

REMINDER_AT = NEXT_WEEK - hours(48)


def handed_over(scene: Scene, days: int) -> None:
    scene.patient.guardian_name, scene.patient.guardian_phone = "Anna Wiśniewska", "+48600999999"
    scene.patient.guardian_until = (REMINDER_AT - timedelta(days=days)).date()
    scene.patient.save()


def test_an_installation_from_the_guardians_time_gets_no_push_and_the_patient_an_sms(scene: Scene, post: Post) -> None:
    handed_over(scene, days=0)
    make_subscription(scene.patient)
    visit = book(scene.calendar, scene.patient)

    post.at(REMINDER_AT)

    push = messages(visit, kind=Kind.REMINDER, channel="push")[0]
    assert (push.status, push.reason) == ("cancelled", Reason.NO_APP)
    sms = messages(visit, kind=Kind.REMINDER, channel="sms")[0]
    assert sms.status == "sent"
    assert scene.patient.phone in {outgoing.address for outgoing in post.sms.taken}


def test_until_then_it_gets_them(scene: Scene, post: Post) -> None:
    handed_over(scene, days=-1)
    make_subscription(scene.patient)
    visit = book(scene.calendar, scene.patient)
    post.at(REMINDER_AT)
    assert messages(visit, kind=Kind.REMINDER, channel="push")[0].status == "sent"


def test_the_patients_own_later_one_gets_them_alone(scene: Scene, post: Post) -> None:
    handed_over(scene, days=2)
    old, own = make_subscription(scene.patient), make_subscription(scene.patient)
    PushSubscription.objects.filter(pk=own.pk).update(created_at=REMINDER_AT - timedelta(days=1))
    book(scene.calendar, scene.patient, now=NOW)

    post.at(REMINDER_AT)

    went = {outgoing.subscription.endpoint for outgoing in post.push.taken[-1:] if outgoing.subscription}
    assert went == {own.endpoint}
    assert old.endpoint not in {
        o.subscription.endpoint for o in post.push.taken if o.now == REMINDER_AT and o.subscription
    }
