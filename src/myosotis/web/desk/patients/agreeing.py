"""What a patient agreed to: consents given and withdrawn, and the app ended on every phone."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from myosotis import clock
from myosotis.content.names import many_lines, one_line
from myosotis.domain.words import ConsentBasis, ConsentPurpose
from myosotis.flows import app_ended, found, patient_changed
from myosotis.store.models import Consent, Patient
from myosotis.value_class import value_class
from myosotis.web.desk.access import ANYBODY, Desk, staff
from myosotis.web.desk.frame import done, say, warn

PURPOSES: Final[dict[ConsentPurpose, "str | Promise"]] = {
    ConsentPurpose.COMMERCIAL: gettext_lazy("Requests for an opinion and invitations to the next visit"),
    ConsentPurpose.TRACKING_IMAGE: gettext_lazy("An image in e-mails that shows whether they were read"),
}
LONGEST_HOW: Final = 100
LONGEST_WORDING: Final = 5000


@value_class
class Asked:
    """One purpose for which consent is taken on the card, with its records, the newest first."""

    purpose: ConsentPurpose
    name: "str | Promise"
    in_force: Consent | None
    records: list[Consent]


def asked_of(desk: Desk, patient: Patient) -> list[Asked]:
    """The purposes that the practice asks each patient about, and those of which there is a record all the same."""
    practice = desk.practice
    wanted = {
        ConsentPurpose.COMMERCIAL: practice.consent_basis == ConsentBasis.CARD,
        ConsentPurpose.TRACKING_IMAGE: practice.tracking_image,
    }
    records = list(patient.consents.order_by("-given_at", "-id"))
    found = []
    for purpose, name in PURPOSES.items():
        own = [record for record in records if record.purpose == purpose]
        if wanted[purpose] or own:
            in_force = next((record for record in own if record.withdrawn_at is None), None)
            found.append(Asked(purpose=purpose, name=name, in_force=in_force, records=own))
    return found


@require_POST
@staff(*ANYBODY)
def give(request: HttpRequest, desk: Desk, patient_id: int, purpose: str) -> HttpResponse:
    """`/desk/patients/<id>/consents/<purpose>/give`: with how it was given, and in which words."""
    found.patient_of(desk.practice, patient_id)
    how = one_line(request.POST.get("how", ""))[:LONGEST_HOW]
    if purpose not in set(ConsentPurpose) or not how:
        warn(request, _("Say how the consent was given: on paper, by telephone, at the desk."))
        return _back(request, patient_id)
    patient_changed.give_consent(
        practice=desk.practice,
        patient_id=patient_id,
        purpose=ConsentPurpose(purpose),
        how=how,
        wording=many_lines(request.POST.get("wording", ""))[:LONGEST_WORDING],
        actor=desk.actor,
        now=clock.now(),
    )
    say(request, _("The consent was recorded."))
    return _back(request, patient_id)


@require_POST
@staff(*ANYBODY)
def withdraw(request: HttpRequest, desk: Desk, patient_id: int, purpose: str) -> HttpResponse:
    """`/desk/patients/<id>/consents/<purpose>/withdraw`: what it allowed stops at once; the record stays."""
    found.patient_of(desk.practice, patient_id)
    if purpose in set(ConsentPurpose):
        patient_changed.withdraw_consent(
            practice=desk.practice,
            patient_id=patient_id,
            purpose=ConsentPurpose(purpose),
            actor=desk.actor,
            now=clock.now(),
        )
        say(request, _("The consent was withdrawn; the record of it stays."))
    return _back(request, patient_id)


@require_POST
@staff(*ANYBODY)
def end_app(request: HttpRequest, desk: Desk, patient_id: int) -> HttpResponse:
    """`/desk/patients/<id>/app/end`: the app of this patient ends on every phone; joining again takes a code."""
    phones = app_ended.end(practice=desk.practice, patient_id=patient_id, actor=desk.actor, now=clock.now())
    said = ngettext("The app was ended on %(number)s phone.", "The app was ended on %(number)s phones.", phones)
    say(request, said % {"number": phones})
    return _back(request, patient_id)


def _back(request: HttpRequest, patient_id: int) -> HttpResponse:
    return done(request, reverse("desk:patient", args=[patient_id]))
