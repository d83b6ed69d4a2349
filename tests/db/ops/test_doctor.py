"""The doctor finds what is wrong and says what to do."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from myosotis.channels.base import Finding as Trouble
from myosotis.channels.providers.smtp.dkim import new_key, public_key
from myosotis.domain.values import utc
from myosotis.domain.words import Channel
from myosotis.ops import cli
from myosotis.ops.doctor import accounts, database, dns_records, surroundings
from myosotis.ops.doctor.accounts import Account
from myosotis.ops.doctor.finding import Finding, Grade
from myosotis.store import clocks
from myosotis.store.models import Message, ProviderAccount
from myosotis.store.sealing import seal
from tests.db.make import NOW, Scene, book, make_practice

KEY = new_key()
ZONE = {
    ("gabinet.pl", "TXT"): ["v=spf1 mx ~all"],
    ("myosotis._domainkey.gabinet.pl", "TXT"): [f"v=DKIM1; k=rsa; p={public_key(KEY)}"],
    ("_dmarc.gabinet.pl", "TXT"): ["v=DMARC1; p=none"],
    ("zwroty.gabinet.pl", "MX"): ["10 mx.gabinet.pl."],
}
SMTP = {
    "from_address": "wizyty@gabinet.pl",
    "bounce_domain": "zwroty.gabinet.pl",
    "dkim_domain": "gabinet.pl",
    "dkim_key": KEY,
}


def grades(findings: Any) -> dict[str, Grade]:
    return {finding.about: finding.grade for finding in findings}


def checked(records: dict[tuple[str, str], list[str]], **given: str) -> dict[str, Grade]:
    account = Account(about="email (smtp)", provider="smtp", settings=SMTP | given)
    return grades(dns_records.check([account], lambda name, kind: records.get((name, kind), [])))


@pytest.mark.django_db
def test_dns_in_order() -> None:
    assert set(checked(ZONE).values()) == {Grade.GOOD}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("gone", "about", "grade"),
    [
        (("gabinet.pl", "TXT"), "SPF of gabinet.pl", Grade.BAD),
        (("myosotis._domainkey.gabinet.pl", "TXT"), "DKIM of gabinet.pl", Grade.BAD),
        (("_dmarc.gabinet.pl", "TXT"), "DMARC of gabinet.pl", Grade.NOTE),
        (("zwroty.gabinet.pl", "MX"), "bounces to zwroty.gabinet.pl", Grade.BAD),
    ],
)
def test_each_missing_record_is_found(gone: tuple[str, str], about: str, grade: Grade) -> None:
    found = checked({name: values for name, values in ZONE.items() if name != gone})
    assert found.pop(about) is grade
    assert set(found.values()) == {Grade.GOOD}


@pytest.mark.django_db
def test_another_key_in_dns_is_not_ours() -> None:
    other = {**ZONE, ("myosotis._domainkey.gabinet.pl", "TXT"): [f"v=DKIM1; k=rsa; p={public_key(new_key())}"]}
    assert checked(other)["DKIM of gabinet.pl"] is Grade.BAD


@pytest.mark.django_db
def test_bounces_not_taken_in_are_named() -> None:
    assert checked(ZONE, bounce_domain="")["bounces of email (smtp)"] is Grade.NOTE


@pytest.mark.django_db
def test_dns_that_does_not_answer_is_no_verdict() -> None:
    def away(_name: str, _kind: str) -> list[str]:
        raise dns_records.DnsAwayError("Timeout")

    account = Account(about="email (smtp)", provider="smtp", settings=SMTP)
    assert set(grades(dns_records.check([account], away)).values()) == {Grade.NOTE}


def test_a_long_host_and_an_address_that_does_not_answer() -> None:
    config = settings.MYOSOTIS.model_copy(update={"public_url": "https://przychodnia-niezapominajka.pl"})

    def refuse(_url: str) -> int:
        raise ConnectionRefusedError

    found = grades(surroundings.check(config, refuse))
    assert found["length of links"] is Grade.NOTE
    assert found["public_url"] is Grade.BAD


@pytest.mark.parametrize(
    ("file", "told"), [("/etc/m.toml", "of /etc/m.toml; data in /data"), ("", "no file is named; data in /data")]
)
def test_it_says_whose_settings_these_are(monkeypatch: pytest.MonkeyPatch, file: str, told: str) -> None:
    """A terminal in which MYOSOTIS_CONFIG was forgotten shows another, empty installation."""
    monkeypatch.setenv("MYOSOTIS_CONFIG", file)
    config = settings.MYOSOTIS.model_copy(update={"data_dir": Path("/data"), "sandbox": False})
    assert next(surroundings.check(config, None)).found == told


def test_a_setting_of_the_environment_that_is_misspelt_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYOSOTIS_PUBLC_URL", "https://wizyta.example")
    monkeypatch.setenv("MYOSOTIS_SECRET_KEY_FILE", "/run/key")
    monkeypatch.setenv("MYOSOTIS_SMS__TOKEN_FILE", "/run/token")
    named = [finding.found for finding in surroundings.check(settings.MYOSOTIS, None) if finding.about == "settings"]
    assert [found for found in named if "none of them" in found] == [
        "MYOSOTIS_PUBLC_URL in the environment is none of them"
    ]


@pytest.mark.parametrize(
    ("url", "key", "told"), [("postgresql://m@db/m", "", 1), ("postgresql://m@db/m", "k" * 40, 0), ("", "", 0)]
)
def test_a_key_that_one_machine_made_for_itself_is_named_where_there_may_be_several(
    url: str, key: str, told: int
) -> None:
    config = settings.MYOSOTIS.model_copy(update={"database_url": url, "secret_key": key})
    found = [finding.grade for finding in surroundings.check(config, None) if finding.about == "secret_key"]
    assert found == [Grade.NOTE] * told


def test_the_tzdata_in_use_is_named() -> None:
    found: list[Finding] = list(surroundings.check(settings.MYOSOTIS, None))
    zones = next(finding for finding in found if finding.about == "time zones")
    assert "20" in zones.found


def test_overdue_messages_mean_that_no_dispatcher_runs(scene: Scene) -> None:
    book(scene.calendar, scene.patient)
    Message.objects.filter(status="planned").update(due_at=NOW - timedelta(minutes=6))
    assert grades(database.check(utc(2027, 3, 1), NOW))["dispatcher"] is Grade.BAD


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
@pytest.mark.parametrize(
    ("seconds", "grade", "found"),
    [
        (1, Grade.GOOD, "the same as ours"),
        (-3, Grade.BAD, "3 s away from ours"),
        (300, Grade.BAD, "300 s away from ours"),
        (-301, Grade.BAD, "301 s away from ours; nothing is sent from here"),
    ],
)
def test_a_clock_that_is_off_is_named(
    db: None, monkeypatch: pytest.MonkeyPatch, seconds: int, grade: Grade, found: str
) -> None:
    monkeypatch.setattr(clocks, "apart", lambda _wall: timedelta(seconds=seconds))
    said = next(one for one in database.check(NOW, NOW) if one.about == "clock of the database")
    assert (said.grade, said.found) == (grade, found)


def test_a_provider_that_counts_parts_otherwise_is_named(scene: Scene) -> None:
    visit = book(scene.calendar, scene.patient)
    sms = Message.objects.filter(visit=visit, channel="sms", kind="reminder")
    sms.update(status="sent", sent_at=NOW, parts=1, provider_parts=1)
    assert grades(database.check(utc(2027, 3, 1), NOW))["SMS parts"] is Grade.GOOD
    sms.update(provider_parts=3)
    assert grades(database.check(utc(2027, 3, 1), NOW))["SMS parts"] is Grade.NOTE


@pytest.mark.django_db
def test_without_accounts_each_channel_is_named() -> None:
    config = settings.MYOSOTIS.model_copy(update={"sms": {}, "email": {}, "push": {}})
    assert set(grades(accounts.check(config))) >= {"sms", "email", "push"}


@pytest.mark.django_db
def test_the_domain_of_a_practices_own_account_is_looked_at_and_with_its_own_key() -> None:
    practice = make_practice(email_sender="wizyty@inna.pl")
    ProviderAccount.objects.filter(practice=practice, channel=Channel.EMAIL).update(
        settings={"host": "smtp.inna.pl", "dkim_domain": "inna.pl"}, sealed=seal({"dkim_key": KEY})
    )
    own = [account for account in accounts.of_practices() if isinstance(account, Account)]
    shared = Account(about="email (smtp)", provider="smtp", settings=SMTP)
    inna = {("myosotis._domainkey.inna.pl", "TXT"): [f"v=DKIM1; k=rsa; p={public_key(KEY)}"]}
    records = ZONE | inna
    found = list(dns_records.check([shared, *own], lambda name, kind: records.get((name, kind), [])))
    assert grades(found)["DKIM of inna.pl"] is Grade.GOOD
    assert grades(found)["SPF of inna.pl"] is Grade.BAD
    assert [finding.about for finding in found].count("SPF of inna.pl") == 1, "not the installation's business"


@pytest.mark.django_db
def test_secrets_sealed_with_another_key_are_named() -> None:
    practice = make_practice()
    ProviderAccount.objects.filter(practice=practice, channel=Channel.SMS).update(sealed=b"not sealed by us")
    found = [one for one in accounts.of_practices() if isinstance(one, Finding)]
    assert [(one.grade, "enter them again" in one.advice) for one in found] == [(Grade.BAD, True)]


def test_every_trouble_of_a_provider_has_its_advice() -> None:
    assert {trouble for trouble in Trouble if accounts.ADVICE[trouble]} == set(Trouble) - {Trouble.WORKS}


@pytest.mark.django_db
@pytest.mark.parametrize(("url", "code"), [("http://wizyta.pl", 1), ("https://wizyta.pl", 0)])
def test_it_fails_where_something_is_bad_and_always_says_what_to_do(
    url: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = settings.MYOSOTIS.model_copy(update={"public_url": url, "sms": {}, "email": {}, "push": {}})
    monkeypatch.setattr("myosotis.ops.commands.doctor.bring_up", lambda: config)
    monkeypatch.setattr(database, "check", lambda wall, now: iter(()))  # the tests' own stands in memory
    assert cli.main(["doctor", "--offline"]) == code
    said = capsys.readouterr().out.splitlines()
    troubles = [number for number, line in enumerate(said) if line.startswith((" BAD", "note"))]
    assert troubles
    assert all(said[number + 1].startswith("      -> ") for number in troubles)
