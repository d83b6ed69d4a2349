"""Preferences: in which language, by which channels and about what a practice writes to a patient (docs/rules.md 5).

One form, one POST. Only what the form showed is changed: an address or a kind that was not there to be ticked is left.
"""

from datetime import datetime
from typing import Final, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from myosotis import clock
from myosotis.content.context import HOME_ZONE
from myosotis.domain.values import Card
from myosotis.domain.words import ConsentBasis, ConsentPurpose, Language, OptOut
from myosotis.flows import actor, patient_changed
from myosotis.flows.errors import NotFound
from myosotis.flows.patient_changed import CardFields
from myosotis.store.cards import load_cards
from myosotis.store.models import Patient, Practice
from myosotis.value_class import value_class
from myosotis.web.reached import Reached, answer, back

LABELS: Final = {
    OptOut.EMAIL: gettext_noop("e-mail"),
    OptOut.SMS: gettext_noop("SMS"),
    OptOut.PUSH: gettext_noop("app notifications"),
    OptOut.REVIEW: gettext_noop("opinions"),
    OptOut.REBOOK: gettext_noop("invitations"),
    OptOut.OFFER: gettext_noop("earlier times"),
}
KINDS: Final = (OptOut.REVIEW, OptOut.REBOOK, OptOut.OFFER)
COMMERCIAL: Final = frozenset({OptOut.REVIEW, OptOut.REBOOK})
"""What needs a consent where the practice asks each patient for one (docs/rules.md 6)."""
HOW: Final = "preferences"
"""As it stands in the record of a consent."""
WORDING: Final = gettext_noop(
    "By ticking them you agree that the practice may write to you about this. You can take it back here at any time."
)
"""What whoever ticks opinions or invitations agrees to."""


@value_class
class Row:
    """A line to tick."""

    name: str
    label: str
    on: bool
    hidden_address: str = ""
    """Enough of an address to know it again, too little to learn it."""
    stopped: bool = False
    """STOP came from this number: ticking would not help."""


@value_class
class Preferences:
    """How things stand for a card."""

    language: Language
    channels: tuple[Row, ...]
    kinds: tuple[Row, ...]
    asks_consent: bool
    """The practice needs the patient's own consent for opinions and invitations, and there is none yet."""

    @property
    def on(self) -> str:
        """What is switched on, in words."""
        return ", ".join(row.label for row in (*self.channels, *self.kinds) if row.on)

    @property
    def off(self) -> str:
        return ", ".join(row.label for row in (*self.channels, *self.kinds) if not row.on)

    @property
    def unreachable(self) -> bool:
        """No message can come, whatever happens."""
        return not any(row.on for row in self.channels)


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, at: Reached) -> HttpResponse:
    """The form as things stand; a POST saves it whole."""
    now = clock.now()
    if at.patient is None or not at.lasts(now) or not at.speaks_for_patient(now):
        return back(request, at)
    now_set = _set_now(at, at.patient)
    if request.method == "POST":
        return _save(request, at, at.patient, now_set)
    context = {"now_set": now_set, "wording": gettext(WORDING), "done": request.GET.get("done") == "saved"}
    return answer(request, at, "patient/preferences.html", context)


def _set_now(at: Reached, patient: Patient) -> Preferences:
    zone = at.visit.calendar.address.zone if at.visit else HOME_ZONE
    today = clock.now().astimezone(zone).date()
    row = load_cards([patient.pk]).get(patient.pk)
    if row is None:
        raise NotFound("patient")
    card = row.on(today, at.practice.language)
    consented = at.practice.consent_basis == ConsentBasis.PRACTICE or ConsentPurpose.COMMERCIAL in card.consents
    contact = card.contact_on(today)
    channels = []
    if contact.email:
        channels.append(_row(card, OptOut.EMAIL, hidden_address=hidden_email(contact.email)))
    if contact.phone and contact.phone_is_mobile:
        number = hidden_phone(contact.phone)
        channels.append(_row(card, OptOut.SMS, hidden_address=number, stopped=card.sms_stopped))
    if card.subscriptions:
        channels.append(_row(card, OptOut.PUSH))
    return Preferences(
        language=card.language,
        channels=tuple(channels),
        kinds=tuple(_row(card, kind, possible=consented or kind not in COMMERCIAL) for kind in KINDS),
        asks_consent=not consented,
    )


def _row(card: Card, name: OptOut, *, possible: bool = True, hidden_address: str = "", stopped: bool = False) -> Row:
    on = possible and not stopped and name not in card.opt_outs
    return Row(name=name, label=gettext(LABELS[name]), on=on, hidden_address=hidden_address, stopped=stopped)


def _save(request: HttpRequest, at: Reached, patient: Patient, before: Preferences) -> HttpResponse:
    shown = {row.name for row in (*before.channels, *before.kinds) if not row.stopped}
    asked = shown.intersection(request.POST.getlist("asked"))
    ticked = asked.intersection(request.POST.getlist("on"))
    if before.asks_consent and not ticked & COMMERCIAL:
        asked -= COMMERCIAL  # left as it was: no consent yet, which refuses none that is given later
    card = cast("CardFields", {f"no_{name}": name not in ticked for name in asked})
    language = request.POST.get("language", "")
    if language in set(Language):
        card["language"] = Language(language)
    who, now = actor.patient(patient.pk), clock.now()
    patient_changed.update(practice=at.practice, patient_id=patient.pk, card=card, actor=who, now=now)
    if asked >= COMMERCIAL and at.practice.consent_basis == ConsentBasis.CARD:
        _follow_consent(at.practice, patient, given=bool(ticked & COMMERCIAL), now=now)
    return HttpResponseRedirect(f"{at.base}/preferences?done=saved")


def _follow_consent(practice: Practice, patient: Patient, *, given: bool, now: datetime) -> None:
    """Ticking opinions or invitations agrees to them, in the words of the page; ticking neither takes that back."""
    who, purpose = actor.patient(patient.pk), ConsentPurpose.COMMERCIAL
    if not given:
        patient_changed.withdraw_consent(practice=practice, patient_id=patient.pk, purpose=purpose, actor=who, now=now)
        return
    patient_changed.give_consent(
        practice=practice, patient_id=patient.pk, purpose=purpose, how=HOW, wording=gettext(WORDING), actor=who, now=now
    )


def hidden_phone(number: str) -> str:
    """••• ••• 789"""
    return f"••• ••• {number[-3:]}"


def hidden_email(address: str) -> str:
    """m•••@e•••.org"""
    name, _, host = address.rpartition("@")
    domain, _, ending = host.rpartition(".")
    return f"{name[:1]}•••@{domain[:1]}•••.{ending}"
