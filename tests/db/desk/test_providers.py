"""Accounts with providers at the desk: saved without ever coming out again, checked before and after."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from myosotis.channels.providers.smtp.dkim import new_key as new_dkim_key
from myosotis.channels.registry import Check, Finding, application_server_key
from myosotis.domain.words import Channel
from myosotis.store.models import AuditEntry, BreakerState, ProviderAccount
from myosotis.store.providers import channels_of
from myosotis.store.sealing import seal, unseal
from myosotis.web.desk.providers import acts
from myosotis.web.desk.providers.acts import CHECKS_A_MINUTE, FINDINGS
from tests.db.desk.conftest import Staff
from tests.db.make import NOW, Scene

URL = "/desk/settings/providers"
SMTP = {"provider": "smtp", "host": "smtp.gabinet.pl", "security": "starttls", "username": "recepcja"}
PASSWORD = "tajne-haslo-7"
RARE = {
    "smtp": {"connections": "4", "per_connection": "100", "data_timeout": "50", "dkim_selector": "myosotis"},
    "webpush": {},
}
TIMES = {"connect_timeout": "10", "timeout": "20", "per_second": "50", "in_flight": "50"}


def save(client: Client, channel: str = "email", **given: str) -> Any:
    base = {**SMTP, **RARE["smtp"]} if channel == "email" else {}
    return client.post(f"{URL}/{channel}", {**TIMES, **base, **given})


@pytest.fixture
def account(scene: Scene) -> ProviderAccount:
    """The practice's own mail account, with a saved password."""
    row = scene.practice.provider_accounts.get(channel="email")
    row.settings, row.sealed = {"host": "smtp.gabinet.pl", "username": "recepcja"}, seal({"password": PASSWORD})
    row.save()
    return row


def kept(account: ProviderAccount) -> dict[str, str]:
    account.refresh_from_db()
    return unseal(bytes(account.sealed))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What the provider would have been asked with; its server answers rudely."""
    calls: list[tuple[str, dict[str, str]]] = []

    async def check(name: str, given: dict[str, str], **_more: object) -> Check:
        calls.append((name, dict(given)))
        return Check(ok=False, finding=Finding.LOGIN_REFUSED, detail="535 inner-host-banner", credit="")

    monkeypatch.setattr(acts, "check_account", check)
    return calls


def installed(monkeypatch: pytest.MonkeyPatch, **accounts: dict[str, str]) -> None:
    empty: dict[str, dict[str, str]] = {"email": {}, "sms": {}, "push": {}}
    monkeypatch.setattr(settings, "MYOSOTIS", settings.MYOSOTIS.model_copy(update={**empty, **accounts}))


def test_each_channel_says_which_account_is_in_use(staff: Staff, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, push={"provider": "webpush"})
    scene.practice.provider_accounts.exclude(channel="email").delete()
    page = staff.owner.get(URL).content.decode()
    assert "Własne konto: <strong>Poczta przez SMTP" in page
    assert "Konto tej instalacji: <strong>Powiadomienia push" in page
    assert "SMS nie będą wysyłane" in page


def test_secrets_go_in_and_never_come_out(staff: Staff, account: ProviderAccount) -> None:
    answer = save(staff.owner, password="zupelnie-nowe-9")
    assert answer.status_code == HTTPStatus.FOUND
    assert kept(account) == {"password": "zupelnie-nowe-9"}
    assert "password" not in account.settings
    for page in (staff.owner.get(URL), staff.owner.get(f"{URL}/email"), save(staff.owner, password="abc-d", port="1")):
        text = page.content.decode()
        assert "zupelnie-nowe-9" not in text
        assert "abc-d" not in text
    assert "Zapisane. Aby zmienić" in staff.owner.get(f"{URL}/email").content.decode()


def test_an_empty_secret_stays(staff: Staff, account: ProviderAccount) -> None:
    save(staff.owner, username="inny")
    assert kept(account) == {"password": PASSWORD}
    assert account.settings["username"] == "inny"


def test_a_saved_secret_goes_to_no_other_server(
    staff: Staff, account: ProviderAccount, asked: list[tuple[str, dict[str, str]]]
) -> None:
    """Else whoever sat at the owner's desk for a minute could have it sent to a server of their own."""
    for answer in (save(staff.owner, host="zly.example.org"), tried(staff.owner, host="zly.example.org")):
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "Serwer jest inny" in answer.content.decode()
    assert asked == []
    account.refresh_from_db()
    assert account.settings["host"] == "smtp.gabinet.pl"
    assert save(staff.owner, host="nowy.example.org", password="x").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"host": ""}, "To pole"),
        ({"host": "to nie serwer"}, "nazwa lub adres IP serwera"),
        ({"host": "127.0.0.1"}, "innego niż ten komputer"),
        ({"from_address": "recepcja"}, "adres e-mail"),
        ({"timeout": "soon"}, "Liczba od 0.05 do 600"),
        ({"dkim_key": "x"}, "To pole trzeba"),
        ({"dkim_domain": "gabinet.pl", "dkim_key": "x"}, "klucz prywatny RSA"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    staff: Staff, account: ProviderAccount, given: dict[str, str], said: str
) -> None:
    answer = save(staff.owner, password="p", **given)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert said in answer.content.decode()
    assert kept(account) == {"password": PASSWORD}


@pytest.mark.parametrize("given", [{"ca_file": "/etc/shadow"}, {"port": "6379"}, {"security": "none"}])
def test_nobody_reaches_into_the_machine(staff: Staff, account: ProviderAccount, given: dict[str, str]) -> None:
    save(staff.owner, password="p", **given)
    account.refresh_from_db()
    assert not set(given.items()) & set(account.settings.items())


def tried(client: Client, *, htmx: bool = False, **given: str) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(f"{URL}/email/try", {**TIMES, **SMTP, **RARE["smtp"], **given}, headers=headers)


@pytest.mark.parametrize("htmx", [True, False])
def test_what_was_typed_is_tried_with_the_secrets_that_stay_and_not_saved(
    staff: Staff, account: ProviderAccount, asked: list[tuple[str, dict[str, str]]], htmx: bool
) -> None:
    answer = tried(staff.owner, htmx=htmx, username="inny")
    text = answer.content.decode()
    assert "Logowanie zostało odrzucone" in text
    assert "inner-host-banner" not in text
    assert [(name, given["username"], given["password"]) for name, given in asked] == [("smtp", "inny", PASSWORD)]
    account.refresh_from_db()
    assert account.settings["username"] == "recepcja"
    assert AuditEntry.objects.filter(action="provider.email.checked").count() == 1


def test_nobody_looks_through_a_network_by_trying(
    staff: Staff, account: ProviderAccount, asked: list[tuple[str, dict[str, str]]]
) -> None:
    answers = [tried(staff.owner, htmx=True).content.decode() for _ in range(CHECKS_A_MINUTE + 3)]
    assert len(asked) == CHECKS_A_MINUTE
    assert "odczekać minutę" in answers[-1]


def test_the_account_in_use_is_checked_for_real(
    staff: Staff, scene: Scene, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    scene.practice.provider_accounts.all().delete()
    closed = {"provider": "smtp", "host": "127.0.0.1", "port": str(unused_tcp_port), "security": "none"}
    installed(monkeypatch, email=closed)
    answer = staff.owner.post(f"{URL}/email/check", headers={"HX-Request": "true"})
    assert "Serwer nie odpowiada" in answer.content.decode()
    assert "127.0.0.1" not in answer.content.decode()
    assert staff.owner.post(f"{URL}/sms/check").status_code == HTTPStatus.NOT_FOUND


def test_a_key_for_push_is_made_and_never_shown(staff: Staff, scene: Scene) -> None:
    account = scene.practice.provider_accounts.get(channel="push")
    given = {"provider": "webpush", "subject": "mailto:a@gabinet.pl"}
    assert save(staff.owner, "push", **given, new_key="on").status_code == HTTPStatus.FOUND
    key = kept(account)["vapid_private_key"]
    page = staff.owner.get(f"{URL}/push").content.decode()
    assert key not in page
    assert application_server_key("webpush", {**account.settings, "vapid_private_key": key}) in page
    save(staff.owner, "push", **given)
    assert kept(account)["vapid_private_key"] == key, "a new key makes every subscription void"
    works = staff.owner.post(f"{URL}/push/check", headers={"HX-Request": "true"})
    assert "Połączenie działa" in works.content.decode()
    save(staff.owner, "push", **given, new_key="on")
    assert kept(account)["vapid_private_key"] != key


def test_push_needs_a_key(staff: Staff, scene: Scene) -> None:
    answer = save(staff.owner, "push", provider="webpush", subject="mailto:a@gabinet.pl")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_the_records_of_signed_mail_are_shown_without_the_key(staff: Staff, account: ProviderAccount) -> None:
    key = new_dkim_key()
    save(staff.owner, password="p", dkim_domain="gabinet.pl", dkim_key=key)
    page = staff.owner.get(f"{URL}/email").content.decode()
    assert "myosotis._domainkey.gabinet.pl" in page
    assert not any(line in page for line in key.splitlines()[1:-1])
    save(staff.owner, dkim_domain="")
    assert kept(account) == {"password": "p"}


def test_the_address_for_reports_stands_only_where_a_provider_reports(staff: Staff, scene: Scene) -> None:
    for row in scene.practice.provider_accounts.all():
        there = row.receipt_key in staff.owner.get(f"{URL}/{row.channel}").content.decode()
        assert there is (row.channel == Channel.SMS)


def test_switched_off_nothing_goes_and_on_again_it_does(staff: Staff, scene: Scene) -> None:
    staff.owner.post(f"{URL}/sms/switch", {"enabled": "off"})
    assert Channel.SMS not in channels_of([scene.practice.pk])[scene.practice.pk]
    assert "SMS nie będą wysyłane" in staff.owner.get(URL).content.decode()
    staff.owner.post(f"{URL}/sms/switch", {"enabled": "on"})
    assert Channel.SMS in channels_of([scene.practice.pk])[scene.practice.pk]
    actions = AuditEntry.objects.filter(action__startswith="provider.").values_list("action", flat=True)
    assert list(actions) == ["provider.sms.switched_off", "provider.sms.switched_on"]


def test_removing_asks_first(staff: Staff, scene: Scene) -> None:
    assert staff.owner.get(f"{URL}/sms/remove").status_code == HTTPStatus.OK
    assert scene.practice.provider_accounts.filter(channel="sms").exists()
    staff.owner.post(f"{URL}/sms/remove")
    assert not scene.practice.provider_accounts.filter(channel="sms").exists()
    assert staff.owner.post(f"{URL}/sms/remove").status_code == HTTPStatus.NOT_FOUND
    assert staff.owner.post(f"{URL}/sms/switch").status_code == HTTPStatus.NOT_FOUND


def test_trouble_is_shown(staff: Staff, scene: Scene) -> None:
    BreakerState.objects.create(
        account=f"{scene.practice.pk}:sms", failures=7, open_until=NOW + timedelta(minutes=5), changed_at=NOW
    )
    BreakerState.objects.create(account=f"{scene.practice.pk}:email", failures=2, changed_at=NOW)
    page = staff.owner.get(URL).content.decode()
    assert "następna próba o 10:05" in page
    assert "Ostatnie 2 próby się nie powiodły" in page


def test_settings_sealed_with_another_key_are_typed_in_again(staff: Staff, account: ProviderAccount) -> None:
    ProviderAccount.objects.filter(pk=account.pk).update(sealed=b"gAAAAABdamaged")
    assert staff.owner.get(f"{URL}/email").status_code == HTTPStatus.OK
    assert save(staff.owner, password="znowu").status_code == HTTPStatus.FOUND
    assert kept(account) == {"password": "znowu"}


def test_only_an_owner_has_to_do_with_accounts(staff: Staff, scene: Scene) -> None:
    for client in (staff.doctor, staff.receptionist):
        for path in ("", "/email", "/email/remove"):
            assert client.get(f"{URL}{path}").status_code == HTTPStatus.FORBIDDEN
        for path in ("/email", "/email/try", "/email/check", "/email/switch", "/email/remove"):
            assert client.post(f"{URL}{path}").status_code == HTTPStatus.FORBIDDEN
    assert scene.practice.provider_accounts.count() == 3


def test_there_is_no_other_channel(staff: Staff) -> None:
    for path in ("/fax", "/fax/remove"):
        assert staff.owner.get(f"{URL}{path}").status_code == HTTPStatus.NOT_FOUND


def test_every_finding_has_words() -> None:
    assert set(FINDINGS) == set(Finding)


def test_pages_ask_little(staff: Staff, scene: Scene, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        staff.owner.get(URL)
    with django_assert_max_num_queries(9):
        staff.owner.get(f"{URL}/email")
