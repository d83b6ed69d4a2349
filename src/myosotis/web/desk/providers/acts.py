"""What is done with an account besides filling it in: tried, switched, removed."""

import asyncio
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from myosotis import clock
from myosotis.channels.registry import ConfigError, Finding, check_account
from myosotis.domain.words import Channel
from myosotis.flows import practice_changed, rate_limits
from myosotis.flows.errors import NotFound
from myosotis.value_class import value_class
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.frame import answer, say, warn
from myosotis.web.desk.providers import accounts
from myosotis.web.desk.providers.accounts import Source, Using
from myosotis.web.desk.providers.views import form_of, shown, usable

CHECKS_A_MINUTE: Final = 10
"""Of one practice: enough for somebody who tries, too few for looking through a network."""

FINDINGS: Final[dict[Finding, tuple["str | Promise", "str | Promise"]]] = {
    Finding.WORKS: (gettext_lazy("It works."), ""),
    Finding.UNREACHABLE: (
        gettext_lazy("The server does not answer."),
        gettext_lazy("Check its name and port. If they are right, the provider may be down, or a firewall in between."),
    ),
    Finding.NOT_TRUSTED: (
        gettext_lazy("The connection would not be safe."),
        gettext_lazy(
            "The server offers no encryption, or its certificate is not trusted. Try the other kind of encryption."
        ),
    ),
    Finding.LOGIN_REFUSED: (
        gettext_lazy("The login was refused."),
        gettext_lazy(
            "Enter user and password, or the token, anew. Some providers want a password for programs of its own."
        ),
    ),
    Finding.NO_CREDIT: (
        gettext_lazy("There is no credit left."),
        gettext_lazy("Top the account up at the provider: nothing goes out until then."),
    ),
    Finding.MISCONFIGURED: (
        gettext_lazy("The provider does not accept these settings."),
        gettext_lazy("Compare them with those in the provider's own panel."),
    ),
    Finding.ANSWER_NOT_UNDERSTOOD: (
        gettext_lazy("Something else answers there."),
        gettext_lazy("Check that the server is that of the provider."),
    ),
}
"""What a check found, and what to do. What the server itself said is not shown: it may be any server."""


@value_class
class Tried:
    """The result of a check, in words."""

    ok: bool
    found: "str | Promise"
    advice: "str | Promise" = ""
    credit: str = ""


@require_POST
@staff(*OWNER)
def provider_try(request: HttpRequest, desk: Desk, channel: str) -> HttpResponse:
    """`/desk/settings/providers/<channel>/try`: check what was typed, with the secrets that stay; nothing is saved."""
    using = accounts.of(desk.practice, accounts.channel_of(channel))
    form = form_of(request, desk, using)
    tried = Tried(ok=False, found=_("First the fields have to be right."))
    if usable(form):
        tried = _try(desk, using.channel, form.kind.name, form.settings())
    elif request.headers.get("HX-Request"):
        wrong = [str(form[name].label) for name in form.errors if name in form.fields]
        tried = Tried(ok=False, found=tried.found, advice=", ".join(wrong))
    return _told(request, desk, using, tried) or shown(request, desk, using, form, tried=tried)


@require_POST
@staff(*OWNER)
def provider_check(request: HttpRequest, desk: Desk, channel: str) -> HttpResponse:
    """`/desk/settings/providers/<channel>/check`: check the account in use."""
    using = accounts.of(desk.practice, accounts.channel_of(channel))
    if using.source is Source.INSTALLATION:
        given = accounts.installation_settings(using.channel)
        tried = _try(desk, using.channel, given.pop("provider"), given, credit=False)
    elif using.account is not None:
        given = {**accounts.public_of(using.account), **accounts.secrets_of(using.account)}
        tried = _try(desk, using.channel, using.account.provider, given)
    else:
        raise NotFound("provider")
    piece = _told(request, desk, using, tried)
    if piece is not None:
        return piece
    (say if tried.ok else warn)(request, f"{using.words.name}: {tried.found} {tried.advice}".strip())
    return redirect("desk:providers")


def _told(request: HttpRequest, desk: Desk, using: Using, tried: Tried) -> HttpResponse | None:
    """The result as a piece of the page, where one was asked for."""
    if not request.headers.get("HX-Request"):
        return None
    return answer(request, desk, "desk/providers/tried.piece.html", {"tried": tried, "using": using})


def _try(desk: Desk, channel: Channel, name: str, given: dict[str, str], *, credit: bool = True) -> Tried:
    """Ask an account whether it works, sending nothing to anybody. It is noted who had our server do so."""
    wall = clock.wall()
    if rate_limits.spend(f"provider-check:{desk.practice.pk}", 1, wall) > CHECKS_A_MINUTE:
        return Tried(ok=False, found=_("That was tried often just now."), advice=_("Wait a minute."))
    practice_changed.note_provider_checked(
        practice=desk.practice, channel=channel, actor=desk.actor, now=clock.now()
    )  # fmt: skip
    try:
        check = asyncio.run(check_account(name, given, wall=clock.wall))
    except ConfigError:
        return Tried(
            ok=False, found=_("These settings cannot be used."), advice=_("Open the account and save it anew.")
        )
    found, advice = FINDINGS[check.finding]
    return Tried(ok=check.ok, found=found, advice=advice, credit=check.credit if credit else "")


@require_POST
@staff(*OWNER)
def provider_switch(request: HttpRequest, desk: Desk, channel: str) -> HttpResponse:
    """`/desk/settings/providers/<channel>/switch`: on or off."""
    enabled, word = request.POST.get("enabled") == "on", accounts.channel_of(channel)
    practice_changed.switch_provider(
        practice=desk.practice, channel=word, enabled=enabled, actor=desk.actor, now=clock.now()
    )
    if enabled:
        say(request, _("Switched on. What is planned goes by this account again."))
    else:
        warn(request, accounts.WORDS[word].silent)
    return redirect("desk:providers")


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def provider_remove(request: HttpRequest, desk: Desk, channel: str) -> HttpResponse:
    """`/desk/settings/providers/<channel>/remove`: asks, for the secrets are gone afterwards."""
    using = accounts.of(desk.practice, accounts.channel_of(channel))
    if using.account is None:
        raise NotFound("provider")
    if request.method != "POST":
        shared = bool(accounts.installation_settings(using.channel))
        context = {"using": using, "shared": shared, "area": "settings"}
        return answer(request, desk, "desk/providers/remove.html", context)
    practice_changed.remove_provider(
        practice=desk.practice, channel=using.channel, actor=desk.actor, now=clock.now()
    )  # fmt: skip
    say(request, _("The account was removed."))
    return redirect("desk:providers")
