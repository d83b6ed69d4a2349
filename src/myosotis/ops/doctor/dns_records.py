"""Whether the domains that mail comes from say so in DNS: SPF, DKIM, DMARC, and where bounces go."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import dns.exception
import dns.resolver

from myosotis.channels.config import ConfigError
from myosotis.channels.providers.smtp.dkim import public_key
from myosotis.domain.words import Channel
from myosotis.ops.doctor.accounts import Account
from myosotis.ops.doctor.finding import Finding, bad, good, note
from myosotis.store.models import Practice, ProviderAccount

SECONDS = 5.0
Lookup = Callable[[str, str], list[str]]
"""Name and type to the values found; raises DnsAwayError."""


class DnsAwayError(Exception):
    """No answer: nothing can be said."""


def lookup(name: str, kind: str) -> list[str]:
    """Ask the system's resolver. Raises DnsAwayError."""
    try:
        answer = dns.resolver.resolve(name, kind, lifetime=SECONDS, raise_on_no_answer=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise DnsAwayError(type(error).__name__) from None
    if kind == "TXT":
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
    return [record.to_text() for record in answer]


def check(accounts: list[Account], ask: Lookup = lookup) -> Iterator[Finding]:
    """The domains of all senders of e-mail that go through SMTP accounts."""
    for account in accounts:
        if account.provider != "smtp":
            continue
        for domain in sorted(_domains(account)):
            yield from _guarded(domain, partial(_domain, domain, account.settings, ask))
        bounces = account.settings.get("bounce_domain", "")
        if bounces:
            yield from _guarded(bounces, partial(_bounces, bounces, ask))
        else:
            advice = (
                "set bounce_domain and hand its mail to `myosotis inbound`; until then only refusals at the moment of "
                "sending count, and the SMS after a bounce comes 4 h later than it could"
            )
            yield note(f"bounces of {account.about}", "not taken in", advice)


def _domains(account: Account) -> set[str]:
    senders = [account.settings.get("from_address", "")]
    if account.practice_id is None:
        own = ProviderAccount.objects.filter(channel=Channel.EMAIL, enabled=True).values("practice_id")
        senders += Practice.objects.exclude(id__in=own).values_list("email_sender", flat=True)
    else:
        senders += Practice.objects.filter(id=account.practice_id).values_list("email_sender", flat=True)
    return {sender.rpartition("@")[2].lower() for sender in senders if "@" in sender}


def _guarded(domain: str, check_it: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(check_it())
    except DnsAwayError as error:
        return [note(f"DNS of {domain}", f"no answer ({error})", "check the resolver of this machine and ask again")]


def _domain(domain: str, settings: dict[str, Any], ask: Lookup) -> Iterator[Finding]:
    spf = [value for value in ask(domain, "TXT") if value.lower().startswith("v=spf1")]
    if len(spf) == 1:
        yield good(f"SPF of {domain}", spf[0])
    elif spf:
        yield bad(
            f"SPF of {domain}", "more than one record, so none counts", "leave one TXT record that begins with v=spf1"
        )
    else:
        yield bad(f"SPF of {domain}", "none", f"publish a TXT record; `myosotis dkim {domain} --key FILE` prints it")
    yield from _dkim(domain, settings, ask)
    dmarc = [value for value in ask(f"_dmarc.{domain}", "TXT") if value.upper().startswith("V=DMARC1")]
    if dmarc:
        yield good(f"DMARC of {domain}", dmarc[0])
    else:
        advice = f"publish a TXT record at _dmarc.{domain}, at first: v=DMARC1; p=none"
        yield note(f"DMARC of {domain}", "none", advice)


def _dkim(domain: str, settings: dict[str, Any], ask: Lookup) -> Iterator[Finding]:
    about = f"DKIM of {domain}"
    signer = str(settings.get("dkim_domain", "")).lower()
    if not signer or not (domain == signer or domain.endswith("." + signer)):
        yield note(
            about,
            "mail is not signed by us",
            "if the SMTP service does not sign it either, set dkim_domain and dkim_key",
        )
        return
    name = f"{settings.get('dkim_selector') or 'myosotis'}._domainkey.{signer}"
    published = "".join(ask(name, "TXT")).replace(" ", "")
    try:
        wanted = public_key(str(settings.get("dkim_key", "")))
    except ConfigError as error:
        yield bad(about, str(error), "correct the setting")
        return
    if f"p={wanted}" in published:
        yield good(about, f"{name} holds our key")
    else:
        said = "another key" if "p=" in published else "none"
        yield bad(about, f"{said} at {name}", f"publish what `myosotis dkim {signer} --key FILE` prints")


def _bounces(domain: str, ask: Lookup) -> Iterator[Finding]:
    servers = ask(domain, "MX")
    if servers:
        yield good(f"bounces to {domain}", f"mail goes to {', '.join(servers)}")
    else:
        advice = "publish an MX record that leads to the server running `myosotis inbound`"
        yield bad(f"bounces to {domain}", "no MX record", advice)
