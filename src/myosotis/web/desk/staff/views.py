"""The settings of staff: who works here, invitations, roles; for owners."""

from typing import Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.domain.words import Language, Role
from myosotis.flows import found, staff_changed, staff_invited, staff_letters
from myosotis.flows.errors import Conflict, Invalid
from myosotis.flows.staff_invited import Invited
from myosotis.links import Purpose
from myosotis.store.home import home_zone
from myosotis.store.models import Membership
from myosotis.web.desk import errors, frame
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.once import once
from myosotis.web.desk.staff.forms import ROLES, InviteForm, RoleForm
from myosotis.web.links import hash_of_staff_link, path_of

WRITE: Final = ["GET", "HEAD", "POST"]


@require_safe
@staff(*OWNER)
def staff_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/staff`."""
    return frame.answer(request, desk, "desk/staff/list.html", _listed(desk))


def _listed(desk: Desk) -> dict[str, object]:
    members = list(desk.practice.memberships.select_related("user", "doctor").order_by("user__name", "pk"))
    strong = {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}
    guarded = set(
        Authenticator.objects.filter(user__in=[row.user_id for row in members], type__in=strong).values_list(
            "user_id", flat=True
        )
    )
    now = clock.now()
    open_ones = staff_invited.invitations(desk.practice).filter(used_at=None, withdrawn_at=None)
    return {
        "members": [{"row": row, "role": ROLES[Role(row.role)], "guarded": row.user_id in guarded} for row in members],
        "invitations": [
            {"row": row, "role": ROLES[Role(row.role)], "over": row.expires_at <= now}
            for row in open_ones.select_related("doctor").order_by("-created_at", "-pk")[:50]
        ],
        "zone": home_zone(desk.practice.pk),
    }


@require_http_methods(WRITE)
@staff(*OWNER)
@once("desk:staff")
def invite(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/staff/invite`."""
    form = InviteForm(
        request.POST or None,
        doctors=desk.doctors().order_by("name"),
        initial={"role": "receptionist", "language": desk.practice.language},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            invited = staff_invited.invite(
                practice=desk.practice,
                email=given["email"],
                name=given["name"],
                role=given["role"],
                doctor_id=given["doctor"],
                language=Language(given["language"]),
                actor=desk.actor,
                now=clock.now(),
                by_hand=None if staff_letters.can_mail(desk.practice) else hash_of_staff_link,
            )
        except (Conflict, Invalid) as error:
            form.refuse(error)
        else:
            return _went(request, desk, invited)
    context = {"form": form, "can_mail": staff_letters.can_mail(desk.practice)}
    return frame.answer(request, desk, "desk/staff/invite.html", context, 422 if form.errors else 200)


@require_POST
@staff(*OWNER)
def resend(request: HttpRequest, desk: Desk, letter_id: int) -> HttpResponse:
    """`/desk/settings/staff/invitations/<id>/resend`."""
    by_hand = None if staff_letters.can_mail(desk.practice) else hash_of_staff_link
    try:
        invited = staff_invited.resend(
            practice=desk.practice, letter_id=letter_id, actor=desk.actor, now=clock.now(), by_hand=by_hand
        )
    except Conflict as error:
        return _refused(request, error)
    return _went(request, desk, invited)


def _went(request: HttpRequest, desk: Desk, invited: Invited) -> HttpResponse:
    """By e-mail; or the link is shown, once: it is kept nowhere."""
    if not hasattr(invited.message, "links"):
        frame.say(request, _("The invitation is on its way."))
        return HttpResponseRedirect(reverse("desk:staff"))
    link = settings.MYOSOTIS.public_url + path_of(invited.message, Purpose.STAFF)
    return frame.answer(request, desk, "desk/staff/link.html", {"letter": invited.letter, "link": link})


@require_POST
@staff(*OWNER)
def withdraw(request: HttpRequest, desk: Desk, letter_id: int) -> HttpResponse:
    """`/desk/settings/staff/invitations/<id>/withdraw`."""
    staff_invited.withdraw(practice=desk.practice, letter_id=letter_id, actor=desk.actor, now=clock.now())
    frame.say(request, _("The invitation is taken back; its link no longer works."))
    return HttpResponseRedirect(reverse("desk:staff"))


@require_http_methods(WRITE)
@staff(*OWNER)
def member(request: HttpRequest, desk: Desk, membership_id: int) -> HttpResponse:
    """`/desk/settings/staff/<id>`: role and doctor."""
    row = _member(desk, membership_id)
    form = RoleForm(
        request.POST or None,
        doctors=desk.doctors().order_by("name"),
        initial={"role": row.role, "doctor": row.doctor_id},
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            staff_changed.change(
                practice=desk.practice,
                membership_id=row.pk,
                role=given["role"],
                doctor_id=given["doctor"],
                actor=desk.actor,
                now=clock.now(),
            )
        except (Conflict, Invalid) as error:
            form.refuse(error)
        else:
            frame.say(request, _("Saved."))
            return HttpResponseRedirect(reverse("desk:staff"))
    return frame.answer(
        request, desk, "desk/staff/member.html", {"form": form, "member": row}, 422 if form.errors else 200
    )


@require_http_methods(WRITE)
@staff(*OWNER)
def remove(request: HttpRequest, desk: Desk, membership_id: int) -> HttpResponse:
    """`/desk/settings/staff/<id>/remove`: asks first, for sessions that ended do not come back."""
    row = _member(desk, membership_id)
    if request.method != "POST":
        return frame.answer(request, desk, "desk/staff/remove.html", {"member": row})
    try:
        staff_changed.remove(practice=desk.practice, membership_id=row.pk, actor=desk.actor, now=clock.now())
    except Conflict as error:
        return _refused(request, error)
    frame.say(request, _("Removed from the staff, and signed out everywhere."))
    return HttpResponseRedirect(reverse("desk:staff"))


def _member(desk: Desk, membership_id: int) -> Membership:
    rows = desk.practice.memberships.filter(pk=membership_id).select_related("user", "doctor")
    return found.one(rows, "membership")


def _refused(request: HttpRequest, error: Conflict) -> HttpResponse:
    frame.warn(request, errors.words(error))
    return HttpResponseRedirect(reverse("desk:staff"))
