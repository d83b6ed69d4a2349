"""With whom the practice sends: the channels, and the form of an account."""

import secrets
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from myosotis import clock
from myosotis.channels.registry import (
    ConfigError,
    ProviderType,
    application_server_key,
    check_own_settings,
    provider_types,
    public_settings,
    secret_settings,
)
from myosotis.domain.words import Channel
from myosotis.flows import practice_changed
from myosotis.store.home import home_zone
from myosotis.store.sealing import seal
from myosotis.web.desk.access import OWNER, Desk, staff
from myosotis.web.desk.frame import answer, say
from myosotis.web.desk.providers import accounts
from myosotis.web.desk.providers.accounts import Using
from myosotis.web.desk.providers.forms import PUSH_KEY, AccountForm


@require_safe
@staff(*OWNER)
def providers(request: HttpRequest, desk: Desk) -> HttpResponse:
    """`/desk/settings/providers`."""
    now = clock.now()
    rows = [(using, using.rests(now)) for using in accounts.all_of(desk.practice)]
    context = {"rows": rows, "zone": home_zone(desk.practice.pk), "area": "settings"}
    return answer(request, desk, "desk/providers/providers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(*OWNER)
def provider(request: HttpRequest, desk: Desk, channel: str) -> HttpResponse:
    """`/desk/settings/providers/<channel>`: the practice's own account."""
    using = accounts.of(desk.practice, accounts.channel_of(channel))
    form = form_of(request, desk, using)
    if form.is_bound and usable(form):
        _keep(desk, using, form)
        say(request, _("Saved. What is planned goes by this account now."))
        return redirect("desk:provider", channel)
    return shown(request, desk, using, form)


def form_of(request: HttpRequest, desk: Desk, using: Using) -> AccountForm:
    """The form of the practice's own account on a channel, as it is or as it was typed."""
    account, kind = using.account, _chosen(request, using)
    same = account is not None and account.provider == kind.name
    return AccountForm(
        kind,
        desk.language,
        request.POST if request.method == "POST" else None,
        public=accounts.public_of(account) if same else {},
        kept=accounts.secrets_of(account) if same else {},
    )


def _chosen(request: HttpRequest, using: Using) -> ProviderType:
    """The provider whose form is asked for: the one chosen, the one in use, or the first that there is."""
    kinds = provider_types(using.channel)
    in_use = using.account.provider if using.account is not None else ""
    wanted = request.POST.get("provider", request.GET.get("provider", in_use))
    return next((kind for kind in kinds if kind.name == wanted), kinds[0])


def usable(form: AccountForm) -> bool:
    """Whether an account could be opened with what was typed; if not, the form says what is wrong."""
    if not form.is_valid():
        return False
    try:
        check_own_settings(form.kind.name, form.settings())
    except ConfigError as error:
        form.refuse_settings(error)
        return False
    return True


def _keep(desk: Desk, using: Using, form: AccountForm) -> None:
    given = form.settings()
    practice_changed.set_provider(
        practice=desk.practice,
        channel=using.channel,
        provider=form.kind.name,
        settings=public_settings(form.kind.name, given),
        sealed=seal(secret_settings(form.kind.name, given)),
        receipt_key=secrets.token_urlsafe(24),
        enabled=using.account.enabled if using.account is not None else True,
        actor=desk.actor,
        now=clock.now(),
    )


def shown(request: HttpRequest, desk: Desk, using: Using, form: AccountForm, **context: Any) -> HttpResponse:
    """The page of an account."""
    page = {
        "using": using,
        "form": form,
        "kinds": provider_types(using.channel),
        "label": form.kind.label.en if desk.language == "en" else form.kind.label.pl,
        "cannot": [(words.en if desk.language == "en" else words.pl).replace("`", "") for words in form.kind.cannot],
        "report_address": accounts.report_address(using.account),
        "records": accounts.records_of(using),
        "push_key": _push_key(using),
        "area": "settings",
        **context,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return answer(request, desk, "desk/providers/provider.html", page, status=status)


def _push_key(using: Using) -> str:
    """The public half of the practice's own push key, by which apps subscribe."""
    kept = accounts.secrets_of(using.account)
    if using.channel is not Channel.PUSH or using.account is None or PUSH_KEY not in kept:
        return ""
    try:
        return application_server_key(using.account.provider, {**accounts.public_of(using.account), **kept})
    except ConfigError:
        return ""
