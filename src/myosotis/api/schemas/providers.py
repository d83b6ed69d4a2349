"""With whom a practice sends. Secrets go in and never come out."""

from typing import Self

from ninja import Schema
from pydantic import Field

from myosotis.api.schemas.values import Given
from myosotis.channels.registry import provider_type, public_settings
from myosotis.domain.words import Channel
from myosotis.store.models import ProviderAccount


class ProviderIn(Given):
    provider: str = Field(max_length=32, examples=["smsapi"])
    settings: dict[str, str] = Field(description="Its fields; docs/providers.md lists them. Secrets are kept sealed.")
    enabled: bool = True


class ProviderOut(Schema):
    channel: Channel
    provider: str
    settings: dict[str, str] = Field(description="Without the secrets.")
    secrets: list[str] = Field(description="Which secret fields the provider has.")
    enabled: bool
    receipt_path: str = Field(description="Where the provider reports to, after the public address; keep it secret.")

    @classmethod
    def of(cls, account: ProviderAccount, path: str) -> Self:
        fields = provider_type(account.provider).fields
        return cls(
            channel=Channel(account.channel),
            provider=account.provider,
            settings=public_settings(account.provider, account.settings),
            secrets=[field.name for field in fields if field.secret],
            enabled=account.enabled,
            receipt_path=path,
        )
