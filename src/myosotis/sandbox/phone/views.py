"""The pages of the bench."""

from contextlib import closing
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from myosotis import clock
from myosotis.sandbox.demo.people import PEOPLE
from myosotis.sandbox.peers.faults import Fault, Peer
from myosotis.sandbox.peers.ledger import Received, connect, received
from myosotis.sandbox.phone import hands, plans
from myosotis.sandbox.phone.inbox import files_of, html_of, numbers_of, parsed, phone_of, sms_to_others, text_of
from myosotis.sandbox.phone.words import TRAITS, fault_rows
from myosotis.sandbox.place import Place
from myosotis.sandbox.time import ClockError
from myosotis.store.models import Doctor, Patient

SCREENS: Final = ("lock", "sms", "mail")
LONGEST_ANSWER: Final = 480
ZONE: Final = ZoneInfo("Europe/Warsaw")
MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; form-action 'none'; "
    "base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""An e-mail brings its own styles and may do nothing else; its links open outside of the frame."""


@require_GET
def bench(request: HttpRequest, patient_id: int | None = None) -> HttpResponse:
    """The bench with one patient's phone: the one asked for, else the one that rang last."""
    return _page(request, _chosen(patient_id))


def _chosen(patient_id: int | None) -> Patient:
    if patient_id is not None:
        return get_object_or_404(Patient, pk=patient_id)
    patient = _rang_last() or Patient.objects.order_by("pk").first()
    if patient is None:
        raise Http404
    return patient


def _rang_last() -> Patient | None:
    with closing(connect(Place.of_this_process().ledger)) as database:
        row = database.execute(
            "SELECT address FROM received WHERE channel = 'email' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    return Patient.objects.filter(email=row[0]).first() if row else None


def _page(request: HttpRequest, patient: Patient, *, problem: str = "", status: int = 200) -> HttpResponse:
    language = get_language()
    now = clock.now()
    screen = request.GET.get("screen", SCREENS[0])
    with closing(connect(Place.of_this_process().ledger)) as database:
        phone, others = phone_of(database, patient), sms_to_others(database)
    kept = clock.read_virtual(Place.of_this_process().clock_file)
    context = {
        "patient": patient,
        "patients": _patients(),
        "phone": phone,
        "screen": screen if screen in SCREENS else SCREENS[0],
        "mail": next((mail for mail in phone.mails if str(mail.id) == request.GET.get("mail")), None),
        "now": now,
        "local_now": now.astimezone(ZONE),
        "zone": ZONE,
        "frozen": kept is not None and kept.frozen,
        "next": plans.next_messages(language),
        "visits": plans.visits_of(patient, language),
        "peers": fault_rows(hands.faults()),
        "doctors": Doctor.objects.exclude(slug="").order_by("pk"),
        "numbers": numbers_of(patient),
        "others": others,
        "can_answer": bool(numbers_of(patient)) and patient.phone_is_mobile,
        "longest_answer": LONGEST_ANSWER,
        "problem": problem,
        "language": language,
    }
    return render(request, "sandbox/bench.html", context, status=status)


def _patients() -> list[dict[str, Any]]:
    traits = {f"demo-{person.number:02d}": sorted(str(TRAITS[trait]) for trait in person.traits) for person in PEOPLE}
    return [
        {"id": patient.pk, "name": patient.full_name, "traits": traits.get(patient.external_id, [])}
        for patient in Patient.objects.order_by("pk")
    ]


@require_POST
def clock_hand(request: HttpRequest) -> HttpResponse:
    """The buttons of the clock bar."""
    patient = _chosen(_number(request.POST.get("patient", "")))
    try:
        hands.turn(request.POST.get("turn", ""))
    except (ClockError, ValueError) as error:
        return _page(request, patient, problem=str(error), status=409)
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return HttpResponseRedirect(back)
    return _back(patient, request.POST.get("screen", ""))


@require_POST
def faults(request: HttpRequest) -> HttpResponse:
    """The switches of the faults: what is ticked is on, what is not is off."""
    patient = _chosen(_number(request.POST.get("patient", "")))
    try:
        for peer in Peer:
            hands.switch(peer, frozenset(Fault(value) for value in request.POST.getlist(peer.value)))
    except ValueError as error:
        return _page(request, patient, problem=str(error), status=409)
    return _back(patient, request.POST.get("screen", ""))


@require_POST
def answer(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The patient writes an SMS to the practice."""
    patient = _chosen(patient_id)
    text = request.POST.get("text", "").strip()[:LONGEST_ANSWER]
    if text and numbers_of(patient):
        hands.answer(numbers_of(patient)[0], text, patient.practice.sms_sender)
    return _back(patient, "sms")


def _back(patient: Patient, screen: str) -> HttpResponse:
    query = "?" + urlencode({"screen": screen}) if screen in SCREENS else ""
    return HttpResponseRedirect(reverse("sandbox:phone", args=[patient.pk]) + query)


@require_GET
@xframe_options_sameorigin
def mail(_request: HttpRequest, received_id: int) -> HttpResponse:
    """An e-mail as its HTML part shows it, to be framed."""
    parts = parsed(_mail_row(received_id))
    html = html_of(parts) or f"<pre>{escape(text_of(parts))}</pre>"
    framed = html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(framed, headers={"Content-Security-Policy": MAIL_POLICY})


@require_GET
def mail_source(_request: HttpRequest, received_id: int) -> HttpResponse:
    """An e-mail as it came: headers, parts and all."""
    return HttpResponse(_mail_row(received_id).raw, content_type="text/plain; charset=utf-8")


@require_GET
def mail_file(_request: HttpRequest, received_id: int, name: str) -> HttpResponse:
    """A file that came with an e-mail."""
    files = files_of(parsed(_mail_row(received_id)))
    if name not in files:
        raise Http404
    kind = "text/calendar; charset=utf-8" if name.endswith(".ics") else "application/octet-stream"
    return HttpResponse(
        files[name], content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _mail_row(received_id: int) -> Received:
    with closing(connect(Place.of_this_process().ledger)) as database:
        rows = received(database, "id = ? AND channel = 'email'", (received_id,))
    if not rows:
        raise Http404
    return rows[0]


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Polish or English, kept in a cookie."""
    patient = _chosen(_number(request.POST.get("patient", "")))
    response = _back(patient, request.POST.get("screen", ""))
    wanted = request.POST.get("language", "")
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, samesite="Lax")
    return response


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - what the database can hold
