"""The practice's own accounts with providers; without one, the installation's hold."""

import secrets

from django.http import HttpRequest
from ninja import Router, Status

from myosotis import clock
from myosotis.api.access import Needs, actor_of, practice_of
from myosotis.api.schemas.providers import ProviderIn, ProviderOut
from myosotis.channels.registry import check_own_settings, provider_type, public_settings, secret_settings
from myosotis.domain.words import Channel
from myosotis.flows import practice_changed
from myosotis.flows.api_access import Scope
from myosotis.flows.errors import Invalid
from myosotis.store.models import ProviderAccount
from myosotis.store.providers import receipt_path
from myosotis.store.sealing import seal

router = Router(auth=Needs(Scope.SETTINGS_READ), tags=["providers"])
MAY_WRITE = Needs(Scope.SETTINGS_WRITE)


@router.get("/providers", response=list[ProviderOut])
def list_providers(request: HttpRequest) -> list[ProviderOut]:
    """The accounts of the practice, one per channel at most."""
    return [_shown(account) for account in practice_of(request).provider_accounts.order_by("channel")]


@router.put("/providers/{channel}", response=ProviderOut, auth=MAY_WRITE)
def set_provider(request: HttpRequest, channel: Channel, payload: ProviderIn) -> ProviderOut:
    """Say with whom the practice sends on a channel; all fields each time, the secrets too."""
    check_own_settings(payload.provider, payload.settings)
    kind = provider_type(payload.provider)
    if kind.channel is not channel:
        raise Invalid("provider", "sends_on_another_channel")
    account = practice_changed.set_provider(
        practice=practice_of(request),
        channel=channel,
        provider=payload.provider,
        settings=public_settings(kind.name, payload.settings),
        sealed=seal(secret_settings(kind.name, payload.settings)),
        receipt_key=secrets.token_urlsafe(24),
        enabled=payload.enabled,
        actor=actor_of(request),
        now=clock.now(),
    )
    return _shown(account)


@router.delete("/providers/{channel}", response={204: None}, auth=MAY_WRITE)
def remove_provider(request: HttpRequest, channel: Channel) -> Status[None]:
    """Send on this channel by the installation's account again, if it has one."""
    practice_changed.remove_provider(
        practice=practice_of(request), channel=channel, actor=actor_of(request), now=clock.now()
    )
    return Status(204, None)


def _shown(account: ProviderAccount) -> ProviderOut:
    return ProviderOut.of(account, receipt_path(account.provider, account.receipt_key))
