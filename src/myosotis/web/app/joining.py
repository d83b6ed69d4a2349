"""Joining the app from a message's link: a code goes to the phone on the card, and lets its owner in (docs/rules.md 5)."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.domain.codes import Verdict
from myosotis.flows import app_joined, code_checked, code_sent
from myosotis.flows.code_sent import Purpose
from myosotis.flows.errors import Conflict
from myosotis.store import installations
from myosotis.store.apart import scope
from myosotis.store.cards import can_get_sms_on
from myosotis.store.models import Patient, PhoneVerification
from myosotis.web import openings
from myosotis.web.app import push_key
from myosotis.web.app.door import JOINED, STATE, keep_key, key_of, phone_of
from myosotis.web.pages import kept_query
from myosotis.web.patient import about_practice, page_with_form
from myosotis.web.phones import phone_of as telephone_of
from myosotis.web.reached import Reached, answer, language_of

SHOWN_DIGITS: Final = 3
LONGEST_CODE: Final = 20


@page_with_form
def start(request: HttpRequest, at: Reached) -> HttpResponse:
    """What the app is, and to which phone the code goes; a POST sends it."""
    if at.patient is None:
        return about_practice(request, at)
    number = _number(at.patient)
    if request.method != "POST" or not number:
        return _start(request, at, at.patient, request.GET.get("done", ""))
    try:
        code_sent.send(
            practice=at.practice,
            phone=number,
            purpose=Purpose.JOIN,
            language=language_of(request, at),
            now=clock.now(),
            patient=at.patient,
            place_hash=openings.place_hash(request, clock.now()),
        )
    except Conflict as conflict:
        return _start(request, at, at.patient, conflict.code)
    return HttpResponseRedirect(f"{at.base}/app/code{kept_query(request)}")


def _start(request: HttpRequest, at: Reached, patient: Patient, trouble: str) -> HttpResponse:
    phone = phone_of(request)
    return answer(
        request,
        at,
        "app/start.html",
        {
            "last_digits": _number(patient)[-SHOWN_DIGITS:],
            "trouble": trouble,
            "already": phone is not None and patient.pk in phone.patient_ids,
            "others": phone is not None and patient.pk not in phone.patient_ids,
            "desk": telephone_of(at.practice.phone),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, at: Reached) -> HttpResponse:
    """Asks for the code; the right one lets the patient in on this phone."""
    verification = _verification(at.patient) if at.patient else None
    if verification is None:
        return _again(request, at, "expired")
    if request.method != "POST":
        return _ask(request, at, verification, "")
    verdict = code_checked.check(verification, request.POST.get("code", "")[:LONGEST_CODE], clock.now())
    if verdict is Verdict.WRONG:
        return _ask(request, at, verification, verdict)
    if verdict is not Verdict.RIGHT:
        return _again(request, at, verdict)
    key = key_of(request)
    try:
        app_joined.join(verification=verification, key=key, now=clock.now(), share_push=_same_sender(request, at))
    except Conflict:
        return _again(request, at, "expired")
    response = HttpResponseRedirect(f"/app{kept_query(request, done='joined')}")
    response.headers[STATE] = JOINED
    keep_key(response, key)
    return response


def _same_sender(request: HttpRequest, at: Reached) -> bool:
    """Whether pushes of this practice come from whom this phone's browser expects them."""
    phone = phone_of(request)
    if phone is None:
        return True
    with scope.of_practices({*phone.practice_ids, at.practice.pk}):
        return push_key.key_for(phone)[0] == push_key.key_of(at.practice)


def _ask(request: HttpRequest, at: Reached, verification: PhoneVerification, trouble: str) -> HttpResponse:
    return answer(
        request,
        at,
        "app/code.html",
        {
            "last_digits": verification.phone[-SHOWN_DIGITS:],
            "trouble": trouble,
            "reached": code_sent.reached(verification),
        },
        status=422 if trouble else 200,
    )


def _again(request: HttpRequest, at: Reached, why: str) -> HttpResponse:
    return HttpResponseRedirect(f"{at.base}/app{kept_query(request, done=why)}")


def _number(patient: Patient) -> str:
    """The phone to which a code can go: the one in force today; empty where there is none."""
    if patient.deceased or patient.erased_at is not None:
        return ""
    return can_get_sms_on(installations.local_day(clock.now()), patient)


def _verification(patient: Patient) -> PhoneVerification | None:
    """The newest that is still good, entered already or not: a form sent twice finds it again."""
    good = patient.verifications.filter(purpose=Purpose.JOIN, phone=_number(patient), expires_at__gt=clock.now())
    return good.order_by("-id").first()
