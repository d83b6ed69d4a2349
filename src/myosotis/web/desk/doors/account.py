"""One's own account: name, language, how one signs in and where, what comes by e-mail, in which practice one works."""

from typing import Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from myosotis import clock
from myosotis.domain.words import Digest, Language
from myosotis.flows import account_changed, sessions_ended
from myosotis.flows.errors import REFUSED, NotFound
from myosotis.store.apart import scope
from myosotis.store.apart.scope import Why
from myosotis.store.home import home_zone
from myosotis.store.models import Membership
from myosotis.web.desk import frame
from myosotis.web.desk.access import ANYBODY, PRACTICE_KEY, Desk, staff
from myosotis.web.desk.doors.browsers import browser_named
from myosotis.web.desk.forms import DeskForm

LANGUAGES: Final = [(Language.PL.value, "polski"), (Language.EN.value, "English")]


class AboutForm(DeskForm):
    name = forms.CharField(
        label=gettext_lazy("First name and surname"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the desk"), choices=LANGUAGES)


class DigestForm(DeskForm):
    daily = forms.BooleanField(
        label=gettext_lazy("Send me the day's notices by e-mail"),
        required=False,
        help_text=gettext_lazy("Confirmations, moves, cancellations and replies that you have not seen at the desk."),
    )
    at = forms.TimeField(
        label=gettext_lazy("At what time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*ANYBODY)
def account(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/account/`: one form after the other; `about` and `digest` say which one was sent."""
    about = AboutForm(
        request.POST if "about" in request.POST else None,
        initial={"name": desk.user.name, "language": desk.user.language},
    )
    digest = DigestForm(
        request.POST if "digest" in request.POST else None,
        initial={"daily": desk.membership.digest == Digest.DAILY, "at": desk.membership.digest_at},
    )
    if about.is_bound and about.is_valid() and _introduced(desk, about):
        frame.say(request, _("Saved."))
        return HttpResponseRedirect(reverse("desk:account"))
    if digest.is_bound and digest.is_valid():
        _wish(desk, digest)
        frame.say(request, _("Saved."))
        return HttpResponseRedirect(reverse("desk:account"))
    wrong = bool(about.errors or digest.errors)
    context = {"about": about, "digest": digest, **_ways_in(desk), "memberships": _memberships(desk)}
    return frame.answer(request, desk, "desk/doors/account.html", context, 422 if wrong else 200)


def _introduced(desk: Desk, form: AboutForm) -> bool:
    given = form.cleaned_data
    try:
        account_changed.introduce(
            membership=desk.membership, name=given["name"], language=Language(given["language"]), now=clock.now()
        )
    except REFUSED as error:
        form.refuse(error)
        return False
    return True


def _wish(desk: Desk, form: DigestForm) -> None:
    wish = Digest.DAILY if form.cleaned_data["daily"] else Digest.NONE
    account_changed.wish_digest(membership=desk.membership, digest=wish, at=form.cleaned_data["at"], now=clock.now())


def _ways_in(desk: Desk) -> dict[str, object]:
    kinds = list(Authenticator.objects.filter(user_id=desk.user.pk).values_list("type", flat=True))
    return {
        "app": Authenticator.Type.TOTP in kinds,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "sessions": UserSession.objects.filter(user_id=desk.user.pk).count(),
    }


def _memberships(desk: Desk) -> list[Membership]:
    with scope.across(Why.SIGN_IN):
        return list(desk.user.memberships.select_related("practice").order_by("practice__name", "pk"))


@require_POST
@staff(*ANYBODY)
def work_in(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/account/practice`: whoever works in several practices chooses where; another one is "no such"."""
    wanted = request.POST.get("practice", "")
    membership = next((row for row in _memberships(desk) if str(row.practice_id) == wanted), None)
    if membership is None:
        raise NotFound("practice")
    request.session[PRACTICE_KEY] = membership.practice_id
    return HttpResponseRedirect(reverse("desk:today"))


@require_safe
@staff(*ANYBODY)
def sessions(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/account/sessions`: where the account is signed in."""
    rows = UserSession.objects.filter(user_id=desk.user.pk).order_by("-last_seen_at", "-pk")
    shown = [
        {"row": row, "browser": browser_named(row.user_agent), "here": row.session_key == request.session.session_key}
        for row in rows
        if not row.purge()
    ]
    return frame.answer(
        request, desk, "desk/doors/sessions.html", {"sessions": shown, "zone": home_zone(desk.practice.pk)}
    )


@require_POST
@staff(*ANYBODY)
def session_end(request: HttpRequest, desk: Desk, session_id: int) -> HttpResponse:
    """`/desk/account/sessions/<id>/end`."""
    sessions_ended.end_one(user=desk.user, session_id=session_id)
    frame.say(request, _("Signed out there."))
    return HttpResponseRedirect(reverse("desk:sessions"))


@require_POST
@staff(*ANYBODY)
def sessions_end(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/account/sessions/end`: all but this one."""
    sessions_ended.end(user=desk.user, but=request.session.session_key or "")
    frame.say(request, _("Signed out everywhere else."))
    return HttpResponseRedirect(reverse("desk:sessions"))
