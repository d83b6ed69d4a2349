"""Settings of accounts: what is refused, and that the refusal names the field and never the value."""

from pathlib import Path

import pytest

from myosotis.channels import matrix
from myosotis.channels.base import Ability
from myosotis.channels.config import ConfigError, FieldKind, Wrong
from myosotis.channels.providers.smtp.dkim import new_key as new_dkim_key
from myosotis.channels.providers.webpush.vapid import new_key as new_vapid_key
from myosotis.channels.registry import (
    check_own_settings,
    check_settings,
    dns_records,
    open_limit,
    open_provider,
    provider_type,
    provider_types,
    public_settings,
)
from myosotis.domain.values import utc
from myosotis.domain.words import Channel

SMTP = {"host": "smtp.clinic.pl", "username": "u", "password": "p"}
SMSAPI = {"token": "t0ken"}
WEBPUSH = {"vapid_private_key": new_vapid_key(), "subject": "mailto:admin@clinic.pl"}
GOOD = {"smtp": SMTP, "smsapi": SMSAPI, "webpush": WEBPUSH}


def problems(name: str, settings: dict[str, str]) -> dict[str, Wrong]:
    with pytest.raises(ConfigError) as caught:
        check_settings(name, settings)
    return {problem.field: problem.wrong for problem in caught.value.problems}


def test_every_channel_has_a_provider() -> None:
    assert {kind.channel for kind in provider_types()} == {Channel.EMAIL, Channel.SMS, Channel.PUSH}
    assert [kind.name for kind in provider_types(Channel.SMS)] == ["smsapi"]


@pytest.mark.parametrize("name", list(GOOD))
def test_good_settings_pass_and_open(name: str) -> None:
    check_settings(name, GOOD[name])
    provider = open_provider(name, GOOD[name], wall=lambda: utc(2027, 1, 1))
    assert (provider.name, provider.channel) == (name, provider_type(name).channel)
    assert provider.abilities == provider_type(name).abilities


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("smtp", {"ca_file": "/etc/passwd"}),
        ("smtp", {"port": "6379"}),
        ("smtp", {"host": "127.0.0.1"}),
        ("smtp", {"host": "LOCALHOST"}),
        ("smsapi", {"base_url": "https://10.0.0.1/admin"}),
        ("webpush", {"allow_loopback": "yes"}),
    ],
)
def test_a_practice_cannot_reach_into_the_machine(name: str, given: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        check_own_settings(name, {**GOOD[name], **given})
    assert [(one.field, one.wrong) for one in caught.value.problems] == [(*given, Wrong.NOT_ALLOWED)]


@pytest.mark.parametrize("name", list(GOOD))
def test_what_is_good_is_good_for_a_practice_too(name: str) -> None:
    check_own_settings(name, {**GOOD[name], **({"port": "465"} if name == "smtp" else {})})
    with pytest.raises(ConfigError):
        check_own_settings(name, {})


def test_the_records_of_a_signed_account_hold_no_secret() -> None:
    key = new_dkim_key()
    records = dns_records("smtp", {**SMTP, "dkim_domain": "Clinic.pl", "dkim_key": key})
    assert [record.name for record in records] == ["clinic.pl", "myosotis._domainkey.clinic.pl", "_dmarc.clinic.pl"]
    assert not any(line in repr(records) for line in key.splitlines()[1:-1])
    assert dns_records("smtp", SMTP) == ()


@pytest.mark.parametrize("name", list(GOOD))
def test_a_missing_field_is_named(name: str) -> None:
    required = {field.name for field in provider_type(name).fields if field.required and not field.default}
    assert required
    assert problems(name, {}) == dict.fromkeys(required, Wrong.MISSING)


@pytest.mark.parametrize("name", list(GOOD))
def test_a_setting_that_does_not_exist_is_named(name: str) -> None:
    assert problems(name, {**GOOD[name], "passwort": "x"}) == {"passwort": Wrong.UNKNOWN}


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("smtp", "port", "70000"),
        ("smtp", "port", "twenty-five"),
        ("smtp", "security", "none"),  # to a server that is not on this machine
        ("smtp", "security", "ssl"),
        ("smtp", "connections", "0"),
        ("smtp", "timeout", "nan"),
        ("smtp", "from_address", "clinic"),
        ("smtp", "from_address", "clinic@pl\r\nBcc: a@b.pl"),
        ("smtp", "bounce_domain", "clinic"),
        ("smtp", "bounce_domain", "-a.pl"),
        ("smtp", "host", "a.pl\nb.pl"),
        ("smtp", "host", "smtp..pl"),
        ("smtp", "host", "smtp.clinic.pl:587"),
        ("smtp", "host", "300.1.1.1"),
        ("smsapi", "base_url", "https://a..pl"),
        ("smsapi", "base_url", "https://" + "a" * 64 + ".pl"),
        ("smsapi", "base_url", "http://api.smsapi.pl"),  # the token would travel in the open
        ("smsapi", "base_url", "https://"),
        ("smsapi", "base_url", "https://api.smsapi.pl:port"),
        ("smsapi", "test", "perhaps"),
        ("smsapi", "in_flight", "5.5"),
        ("webpush", "vapid_private_key", "tooshort"),
        ("webpush", "vapid_private_key", "-----BEGIN PRIVATE KEY-----"),
        ("webpush", "vapid_private_key", "ż"),
        ("webpush", "subject", "admin@clinic.pl"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(name: str, field: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_settings(name, {**GOOD[name], field: value})
    (problem,) = caught.value.problems
    assert (problem.field, problem.wrong) == (field, Wrong.NOT_ALLOWED)
    assert problem.allowed
    assert str(caught.value).startswith(f"{field}: must be ")


@pytest.mark.parametrize("host", ["mail", "localhost", "127.0.0.1", "::1", "smtp.clinic.pl"])
def test_a_server_may_be_named_in_any_way_that_can_be_looked_up(host: str) -> None:
    check_settings("smtp", {**SMTP, "host": host})


def test_all_problems_are_told_at_once() -> None:
    assert set(problems("smtp", {"port": "x", "security": "y"})) == {"host", "port", "security"}


def test_no_secret_stands_in_a_refusal() -> None:
    secret = "-----BEGIN PRIVATE KEY-----\nS3CRET\n-----END PRIVATE KEY-----"
    for name, field in (("webpush", "vapid_private_key"), ("smtp", "dkim_key")):
        settings = {**GOOD[name], field: secret} | ({"dkim_domain": "clinic.pl"} if name == "smtp" else {})
        with pytest.raises(ConfigError) as caught:
            check_settings(name, settings)
        assert "S3CRET" not in repr(caught.value)
        assert caught.value.__cause__ is None


def test_half_of_dkim_is_refused_rather_than_sent_unsigned() -> None:
    assert problems("smtp", {**SMTP, "dkim_domain": "clinic.pl"}) == {"dkim_key": Wrong.MISSING}
    assert problems("smtp", {**SMTP, "dkim_key": new_dkim_key()}) == {"dkim_domain": Wrong.MISSING}


def test_a_dkim_selector_that_dns_cannot_hold_is_refused() -> None:
    settings = {**SMTP, "dkim_domain": "clinic.pl", "dkim_key": new_dkim_key(), "dkim_selector": "a b"}
    assert problems("smtp", settings) == {"dkim_selector": Wrong.NOT_ALLOWED}


def test_a_file_of_certificates_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ca_file"):
        open_provider("smtp", {**SMTP, "ca_file": str(tmp_path / "none.pem")}, wall=lambda: utc(2027, 1, 1))


def test_an_unknown_provider_is_answered_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="smtp, smsapi, webpush"):
        provider_type("pigeon")


def test_secrets_are_not_shown() -> None:
    assert public_settings("smtp", SMTP) == {"host": "smtp.clinic.pl", "username": "u"}
    assert public_settings("smsapi", {**SMSAPI, "notify_url": "https://c.pl/s3cret"}) == {}


def test_the_limit_is_the_account_s_own() -> None:
    limit = open_limit("smsapi", {**SMSAPI, "per_second": "100", "in_flight": "7"})
    assert (limit.per_second, limit.in_flight) == (100, 7)


def test_every_field_speaks_both_languages_and_every_number_has_bounds() -> None:
    for kind in provider_types():
        for field in kind.fields:
            assert field.label.pl, field.name
            assert field.label.en, field.name
            assert bool(field.help.pl) == bool(field.help.en), field.name
            if field.kind in {FieldKind.INTEGER, FieldKind.DECIMAL}:
                assert None not in {field.at_least, field.at_most}, field.name


def test_every_ability_has_its_line_in_the_docs() -> None:
    assert set(matrix.ABILITIES) == set(Ability)


def test_the_page_of_providers_is_up_to_date() -> None:
    page = Path(__file__).parents[3] / "docs" / "providers.md"
    assert page.read_text(encoding="utf-8") == matrix.page(), "run python -m myosotis.channels.matrix docs/providers.md"


def test_no_more_go_at_once_than_there_are_connections() -> None:
    limit = open_limit("smtp", {**SMTP, "connections": "2", "in_flight": "50", "per_second": "20000"})
    assert limit.in_flight == 2, "a third would wait for a connection inside the provider, its facts growing old"
