"""The provider accounts in use: each is asked whether it works, without sending anything to anybody."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

from myosotis import clock
from myosotis.channels.registry import ConfigError, check_account
from myosotis.channels.registry import Finding as Trouble
from myosotis.domain.words import Channel
from myosotis.ops.doctor.finding import Finding, bad, good, note
from myosotis.store.models import Practice, ProviderAccount
from myosotis.store.sealing import CannotUnseal, unseal
from myosotis.value_class import value_class


@value_class
class Account:
    """One account. Its settings hold secrets and are never shown."""

    about: str
    provider: str
    settings: dict[str, str]
    practice_id: int | None = None


ADVICE: Final = {
    Trouble.WORKS: "",
    Trouble.UNREACHABLE: "check host and port, this machine's DNS and firewall, and whether the provider is up",
    Trouble.NOT_TRUSTED: "set the encryption that the server offers, or ca_file if its certificate is your own",
    Trouble.LOGIN_REFUSED: "enter user and password, or the token, anew; the account may be locked",
    Trouble.NO_CREDIT: "top up the account: nothing goes out on this channel until then",
    Trouble.MISCONFIGURED: "correct the setting that is named, here or in the provider's panel",
    Trouble.ANSWER_NOT_UNDERSTOOD: "check that host or base_url lead to this provider and not to another service",
}
"""What to do about each trouble that a provider's own check finds."""
CHANNELS = (Channel.EMAIL, Channel.SMS, Channel.PUSH)


def installation(config: Any) -> list[Account]:
    """The accounts in the settings."""
    found = []
    for channel in CHANNELS:
        given = dict(getattr(config, channel.value))
        provider = given.pop("provider", "")
        if provider:
            found.append(Account(about=f"{channel} ({provider})", provider=provider, settings=given))
    return found


def of_practices() -> Iterator[Account | Finding]:
    """The accounts that practices have of their own; a finding where the secrets of one cannot be read."""
    for row in ProviderAccount.objects.filter(enabled=True).order_by("practice_id", "channel"):
        about = f"{row.channel} ({row.provider}) of practice {row.practice_id}"
        try:
            secrets = unseal(bytes(row.sealed))
        except CannotUnseal:
            advice = "enter them again: the secret_key is not the one they were sealed with"
            yield bad(about, "its secrets cannot be read", advice)
            continue
        settings = {**{key: str(value) for key, value in row.settings.items()}, **secrets}
        yield Account(about=about, provider=row.provider, settings=settings, practice_id=row.practice_id)


def check(config: Any) -> Iterator[Finding]:
    """Ask every account in use."""
    shared = installation(config)
    present = {account.about.partition(" ")[0] for account in shared}
    for channel in CHANNELS:
        if channel.value not in present and _lacks_own(channel):
            advice = f"give the installation one in the settings ([{channel}] provider = ...), or each practice its own"
            yield note(channel.value, "no account", advice)
    for account in shared:
        yield asyncio.run(_asked(account))
    for own in of_practices():
        yield own if isinstance(own, Finding) else asyncio.run(_asked(own))


def _lacks_own(channel: Channel) -> bool:
    own = ProviderAccount.objects.filter(channel=channel, enabled=True).values("practice_id")
    return Practice.objects.exclude(id__in=own).exists() or not Practice.objects.exists()


async def _asked(account: Account) -> Finding:
    try:
        result = await check_account(account.provider, account.settings, wall=clock.wall)
    except ConfigError as error:
        return bad(account.about, str(error), "correct the setting")
    left = f", {result.credit} left" if result.credit else ""
    if result.ok:
        return good(account.about, result.detail + left)
    said = f": {result.detail}" if result.detail else ""
    return bad(account.about, f"{result.finding.value}{said}{left}", ADVICE[result.finding])
