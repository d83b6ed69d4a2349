"""A doctor with a public profile, and somebody who books there with a browser."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from myosotis.domain import codes
from myosotis.store.models import Hold, OpeningHours, PhoneVerification, Service
from myosotis.store.sealing import derived_key
from myosotis.value_class import value_class
from tests.db.make import NEXT_WEEK, NOW, Scene, make_service
from tests.db.web.letters import Hand

START = f"{NEXT_WEEK:%Y-%m-%dT%H:%M:%SZ}"
TYPED = {
    "whom": "me",
    "first_name": "Łucja",
    "last_name": "Żak",
    "phone": "601 234 567",
    "email": "lucja@example.org",
    "language": "pl",
    "website": "",
}
PHONE = "+48601234567"


@value_class
class Portal:
    """A calendar open every day from eight to six, with one service of half an hour."""

    scene: Scene
    service: Service
    profile: str
    times: str


def open_portal(scene: Scene, **given: Any) -> Portal:
    doctor = scene.calendar.doctor
    doctor.slug = "anna-nowak"
    doctor.save()
    scene.calendar.opening_hours.all().delete()
    for weekday in range(7):
        OpeningHours.objects.create(
            practice=scene.practice, calendar=scene.calendar, weekday=weekday, opens=time(8), closes=time(18)
        )
    service = make_service(scene.calendar, minutes=30, **given)
    return Portal(scene=scene, service=service, profile="/d/anna-nowak", times=f"/d/anna-nowak/{scene.calendar.pk}")


@value_class
class Visitor:
    """A browser on its way through the booking, and the hand that moves the clock."""

    portal: Portal
    client: Client
    hand: Hand

    def text(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.content.decode()

    def take(self, start: str = START, now: datetime = NOW) -> str:
        """Take a time; the path of the form."""
        answer = self.client.post(self.portal.times, {"service": self.portal.service.pk, "start": start})
        assert answer.status_code == 302, answer.status_code
        self.hand.set(now + timedelta(seconds=30))  # somebody types
        return urlsplit(answer.headers["Location"]).path

    def fill_in(self, form: str, **given: str) -> Any:
        return self.client.post(form, {**TYPED, **given})

    def enter(self, form: str, code: str) -> Any:
        return self.client.post(f"{form}/code", {"code": code})

    def book(self, **given: str) -> str:
        """All the way; the path of the form."""
        form = self.take()
        assert self.fill_in(form, **given).headers["Location"] == f"{form}/code"
        assert self.enter(form, sent_code()).headers["Location"] == f"{form}/done"
        return form


def sent_code() -> str:
    """What the newest SMS with a code says."""
    return codes.code_of(derived_key("codes"), PhoneVerification.objects.order_by("-id")[0].uuid)


def wrong_code() -> str:
    return f"{(int(sent_code()) + 1) % 10**6:06d}"


def only_hold() -> Hold:
    return Hold.objects.get(released_at=None)
