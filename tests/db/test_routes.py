"""Every address of the server says who may call it: the API by its keys, the desk by roles at each view, all else below."""

from collections.abc import Iterable, Iterator
from importlib import import_module

import pytest
from django.urls import URLPattern, URLResolver

from myosotis.api.app import api

HOLDER = "whoever holds the token in the address; it opens one visit, and only a POST changes anything"
PROVIDER = "whoever knows the secret in the address, which only the provider was told"
PHONE = "whoever holds a phone on which somebody joined by a code; only a POST changes anything of theirs"
OF_APP = "anybody: what the app is made of, without anything about anybody"

PUBLIC = "anybody, within limits: the public profile and free times; a POST holds a time for ten minutes"
FORM = "whoever holds the key in the address, made for one held time; only a POST changes anything"

ANYBODY = "anybody: it says what this server is and nothing more"
SIGNING_IN = "anybody, within limits: it asks who is there"
ONESELF = "whoever is signed in, about the own account alone"

BENCH = "whoever is at this machine: the sandbox listens on loopback and holds invented people only"

PAGES = {
    "myosotis.site.front.front": ANYBODY,
    "myosotis.site.health.healthz": ANYBODY,
    "myosotis.site.health.readyz": ANYBODY,
    "myosotis.api.receipts.smsapi_called": PROVIDER,
    "myosotis.web.patient.open_link": HOLDER,
    "myosotis.web.patient.confirm": HOLDER,
    "myosotis.web.patient.cancel": HOLDER,
    "myosotis.web.opinions.opinion": HOLDER,
    "myosotis.web.moving.move": HOLDER,
    "myosotis.web.earlier_time.take": HOLDER,
    "myosotis.web.earlier_time.decline": HOLDER,
    "myosotis.web.preferences.preferences": HOLDER,
    "myosotis.web.patient.tidied": HOLDER,
    "myosotis.web.patient.calendar_entry": HOLDER,
    "myosotis.web.signals.seen": HOLDER,
    "myosotis.web.app.joining.start": HOLDER,
    "myosotis.web.app.joining.code": HOLDER,
    "myosotis.web.app.visits.visits": PHONE,
    "myosotis.web.app.messages.messages": PHONE,
    "myosotis.web.app.people.people": PHONE,
    "myosotis.web.app.people.leave": PHONE,
    "myosotis.web.app.people.forget": PHONE,
    "myosotis.web.app.push.push": PHONE,
    "myosotis.web.app.push.off": PHONE,
    "myosotis.web.app.push.renewed": PHONE,
    "myosotis.web.app.files.manifest": OF_APP,
    "myosotis.web.app.files.worker": OF_APP,
    "myosotis.web.app.files.offline": OF_APP,
    "myosotis.web.signals.read": HOLDER,
    "myosotis.web.unsubscribe.unsubscribe": HOLDER,
    "myosotis.web.signals.push_clicked": HOLDER,
    "myosotis.web.signals.mail_image": HOLDER,
    "myosotis.web.portal.profile.profile": PUBLIC,
    "myosotis.web.portal.times.times": PUBLIC,
    "myosotis.web.portal.booking.form": FORM,
    "myosotis.web.portal.booking.code": FORM,
    "myosotis.web.portal.booking.again": FORM,
    "myosotis.web.portal.booking.give_back": FORM,
    "myosotis.web.portal.booking.done": FORM,
    "myosotis.web.portal.booking.calendar_entry": FORM,
    "allauth.account.views.LoginView": SIGNING_IN,
    "allauth.mfa.base.views.AuthenticateView": SIGNING_IN,
    "allauth.mfa.webauthn.views.LoginWebAuthnView": SIGNING_IN,
    "allauth.account.views.LogoutView": ONESELF,
    "allauth.account.views.ReauthenticateView": ONESELF,
    "allauth.account.views.PasswordChangeView": ONESELF,
    "allauth.account.views.PasswordSetView": ONESELF,
    "allauth.mfa.base.views.IndexView": ONESELF,
    "allauth.mfa.base.views.ReauthenticateView": ONESELF,
    "allauth.mfa.totp.views.ActivateTOTPView": ONESELF,
    "allauth.mfa.totp.views.DeactivateTOTPView": ONESELF,
    "allauth.mfa.recovery_codes.views.ViewRecoveryCodesView": ONESELF,
    "allauth.mfa.recovery_codes.views.GenerateRecoveryCodesView": ONESELF,
    "allauth.mfa.recovery_codes.views.DownloadRecoveryCodesView": ONESELF,
    "allauth.mfa.webauthn.views.ListWebAuthnView": ONESELF,
    "allauth.mfa.webauthn.views.AddWebAuthnView": ONESELF,
    "allauth.mfa.webauthn.views.EditWebAuthnView": ONESELF,
    "allauth.mfa.webauthn.views.RemoveWebAuthnView": ONESELF,
    "allauth.mfa.webauthn.views.ReauthenticateWebAuthnView": ONESELF,
    "allauth.account.views.AccountInactiveView": ANYBODY,
    "django.views.i18n.set_language": ANYBODY,
    "myosotis.sandbox.entrance.enter": BENCH,
    "myosotis.sandbox.entrance.tour_off": BENCH,
    "myosotis.sandbox.entrance.tour_phone": BENCH,
    "myosotis.sandbox.phone.views.bench": BENCH,
    "myosotis.sandbox.phone.views.answer": BENCH,
    "myosotis.sandbox.phone.views.mail": BENCH,
    "myosotis.sandbox.phone.views.mail_source": BENCH,
    "myosotis.sandbox.phone.views.mail_file": BENCH,
    "myosotis.sandbox.phone.views.clock_hand": BENCH,
    "myosotis.sandbox.phone.views.faults": BENCH,
    "myosotis.sandbox.phone.views.language": BENCH,
    "myosotis.sandbox.phone.api.clock_api": BENCH,
    "myosotis.sandbox.phone.api.faults_api": BENCH,
    "myosotis.sandbox.phone.api.received_api": BENCH,
}
"""Views outside the API: who may call them, and why that is right. A new view chooses its line here."""

WITHOUT_KEY: dict[str, str] = {}
"""Routes of the API that need no key ("METHOD /path"), with the reason."""


def leaves(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from leaves(pattern.url_patterns)
        else:
            yield pattern


def view_name(pattern: URLPattern) -> str:
    """Where the view stands: decorators keep the name of what they wrap; a partial or a class has its own."""
    view = getattr(pattern.callback, "func", pattern.callback)
    view = getattr(view, "view_class", view)
    return f"{view.__module__}.{view.__qualname__}"


def pages() -> set[str]:
    modules = ("myosotis.site.urls", "myosotis.api.urls", "myosotis.sandbox.phone.urls")
    found = {view_name(leaf) for module in modules for leaf in leaves(import_module(module).urlpatterns)}
    return {name for name in found if not name.startswith(("ninja.", "myosotis.web.desk."))}


def test_every_page_says_who_may_call_it() -> None:
    assert pages() - set(PAGES) == set()


def test_no_line_speaks_of_a_page_that_is_gone() -> None:
    assert set(PAGES) - pages() == set()


def desk_pages() -> list[URLPattern]:
    found = leaves(import_module("myosotis.site.urls").urlpatterns)
    return [leaf for leaf in found if view_name(leaf).startswith("myosotis.web.desk.")]


def test_there_are_pages_of_the_desk() -> None:
    assert desk_pages()


@pytest.mark.parametrize("page", desk_pages(), ids=view_name)
def test_every_page_of_the_desk_declares_its_roles(page: URLPattern) -> None:
    declared = getattr(page.callback, "roles", ()) or (view_name(page) in OUTSIDE_ROLES and "declared")
    assert declared, "say by `staff(...)` who may see it"


OUTSIDE_ROLES: dict[str, str] = {
    "myosotis.web.desk.doors.begin.begin": "whoever has the start key, while nobody works here",
    "myosotis.web.desk.doors.welcome.welcome": "whoever holds the link of a mail to staff; only a POST changes anything",
    "myosotis.web.desk.doors.welcome.forgotten": "anybody, within limits; what it answers tells nothing of anybody",
    "myosotis.web.desk.doors.sorry.nowhere": "anybody: it says that one works nowhere",
}
"""Pages of the desk for people who have no role there yet, with the reason: the link of an invitation, the first start."""


OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, ways in api.get_openapi_schema(path_prefix="").get("paths", {}).items()
    for method, operation in ways.items()
}


def test_there_are_routes() -> None:
    assert OPERATIONS


@pytest.mark.parametrize("route", OPERATIONS)
def test_every_route_of_the_api_needs_a_key(route: str) -> None:
    assert bool(OPERATIONS[route].get("security")) is (route not in WITHOUT_KEY)
