"""Web push without a network: what the browser decrypts, who we say we are, and where we never call."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from myosotis.channels.config import ConfigError
from myosotis.channels.providers.webpush.client import outcome
from myosotis.channels.providers.webpush.encryption import (
    LONGEST,
    STEP,
    BadSubscriptionError,
    PayloadTooLongError,
    encrypt,
)
from myosotis.channels.providers.webpush.endpoints import PublicHosts, origin, path
from myosotis.channels.providers.webpush.vapid import RENEW_AFTER, Vapid, application_server_key, new_key, read_key
from myosotis.channels.wire import Answer
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble
from myosotis.domain.values import utc
from myosotis.domain.words import Reason

NOW = utc(2026, 3, 29, 8)
BROWSER = ec.generate_private_key(ec.SECP256R1())
AUTH = bytes(range(16))


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


P256DH = b64(BROWSER.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@settings(max_examples=30)
@given(st.binary(max_size=LONGEST))
def test_the_browser_reads_what_was_sent(payload: bytes) -> None:
    body = encrypt(payload, P256DH, b64(AUTH))
    assert len(body) <= 4096
    assert http_ece.decrypt(body, private_key=BROWSER, auth_secret=AUTH) == payload


def test_the_length_does_not_betray_what_was_said() -> None:
    lengths = {len(encrypt(b"x" * length, P256DH, b64(AUTH))) for length in range(1, STEP + 1)}
    assert len(lengths) == 1


def test_no_two_are_alike() -> None:
    assert encrypt(b"x", P256DH, b64(AUTH)) != encrypt(b"x", P256DH, b64(AUTH))


def test_a_payload_that_does_not_fit_is_refused() -> None:
    with pytest.raises(PayloadTooLongError):
        encrypt(b"x" * (LONGEST + 1), P256DH, b64(AUTH))


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", b64(AUTH)),
        ("AAAA", b64(AUTH)),
        (b64(b"\x04" + bytes(64)), b64(AUTH)),
        (P256DH, "AAAA"),
        (P256DH, "ż"),
        ("ż", ""),
    ],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(BadSubscriptionError):
        encrypt(b"x", p256dh, auth)


def claims(header: str) -> dict[str, object]:
    """The claims of an Authorization header whose signature holds for the key that it names."""
    token, key = (part.strip().partition("=")[2] for part in header.removeprefix("vapid ").split(","))
    head, body, signature = token.split(".")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(key))
    raw = unb64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(unb64(head)) == {"typ": "JWT", "alg": "ES256"}
    found = json.loads(unb64(body))
    assert isinstance(found, dict)
    return found


def test_we_say_who_we_are_to_each_service_apart() -> None:
    vapid = Vapid(read_key(new_key()), "mailto:it@clinic.pl")
    said = claims(vapid.authorization("https://push.example", NOW))
    assert said == {
        "aud": "https://push.example",
        "exp": int((NOW + timedelta(hours=22)).timestamp()),
        "sub": "mailto:it@clinic.pl",
    }
    assert claims(vapid.authorization("https://other.example", NOW))["aud"] == "https://other.example"


def test_a_token_is_used_for_half_a_day_and_never_past_its_end() -> None:
    vapid = Vapid(read_key(new_key()), "mailto:it@clinic.pl")
    first = vapid.authorization("https://push.example", NOW)
    assert vapid.authorization("https://push.example", NOW + RENEW_AFTER - timedelta(seconds=1)) == first
    for later in (NOW + RENEW_AFTER, NOW - timedelta(days=3)):  # also when the clock was set back
        expires = claims(vapid.authorization("https://push.example", later))["exp"]
        assert isinstance(expires, int)
        assert 0 < expires - later.timestamp() <= 24 * 3600


def test_invented_services_do_not_fill_the_memory() -> None:
    vapid = Vapid(read_key(new_key()), "mailto:it@clinic.pl")
    for number in range(1100):
        vapid.authorization(f"https://{number}.example", NOW)
    assert len(vapid._tokens) <= 1000


def test_a_key_is_read_in_both_forms() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    octets = b64(key.private_numbers().private_value.to_bytes(32, "big"))
    assert (
        application_server_key(read_key(pem)) == application_server_key(read_key(octets)) == application_server_key(key)
    )


def test_a_key_of_another_curve_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ConfigError, match="vapid_private_key"):
        read_key(pem.decode())


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://web.push.apple.com:443/Q",
    ],
)
def test_push_services_may_be_called(endpoint: str) -> None:
    assert origin(endpoint, allow_loopback=False) == "https://" + endpoint.split("/")[2].removesuffix(":443")


@pytest.mark.parametrize(
    ("behind", "asked"),
    [("", "/"), ("/", "/"), ("?a=b", "/?a=b"), ("/x/https://y?a=/%C4#z", "/x/https://y?a=/%C4"), ("#z", "/")],
)
def test_a_push_service_is_asked_for_what_stands_behind_its_name(behind: str, asked: str) -> None:
    assert origin("https://a.example" + behind, allow_loopback=False) == "https://a.example"
    assert path("https://a.example" + behind) == asked


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://2130706433/x",
        "https://0x7f000001/x",
        "https://0x7f.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://10.0.0.5/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "https://postgres/x",
        "https://user:pw@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://fcm.googleapis.com\\@127.0.0.1/x",
        "file:///etc/passwd",
        "https:///x",
        "https://a.pl:port/x",
        "https://[::1",
        "https://a..pl/x",
        "https://-a.pl/x",
        "https://" + "a" * 64 + ".pl/x",
        "https://a.pl/x y",
        "https://a.pl/\r\nX: y",
        "",
        "x" * 4000,
    ],
)
def test_anything_else_is_never_called(endpoint: str) -> None:
    with pytest.raises(ValueError, match=r"must|not an address"):
        origin(endpoint, allow_loopback=False)


def test_the_sandbox_may_call_this_machine_but_no_other_inside() -> None:
    assert origin("http://127.0.0.1:8123/p/1", allow_loopback=True) == "http://127.0.0.1:8123"
    for endpoint in ("http://10.0.0.5/x", "https://169.254.169.254/x", "http://fcm.googleapis.com/x"):
        with pytest.raises(ValueError, match="must"):
            origin(endpoint, allow_loopback=True)


@pytest.mark.parametrize(
    ("address", "allow_loopback", "may"),
    [
        ("142.250.186.42", False, True),
        ("2a00:1450:4016:80c::200a", False, True),
        ("127.0.0.1", False, False),
        ("127.0.0.1", True, True),
        ("10.1.2.3", True, False),
        ("192.168.0.1", False, False),
        ("169.254.169.254", False, False),
        ("100.64.0.1", False, False),
        ("::ffff:127.0.0.1", False, False),
        ("fe80::1", False, False),
        ("fd00::1", False, False),
        ("224.0.0.1", False, False),
        ("0.0.0.0", False, False),
    ],
)
def test_a_name_is_followed_to_public_addresses_only(address: str, allow_loopback: bool, may: bool) -> None:
    assert PublicHosts(allow_loopback=allow_loopback).may_call(address) is may


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (201, Accepted()),
        (202, Accepted()),
        (404, Refused(reason=Reason.ADDRESS_REFUSED, detail="HTTP 404", address_dead=True)),
        (410, Refused(reason=Reason.ADDRESS_REFUSED, detail="HTTP 410", address_dead=True)),
        (413, Refused(detail="HTTP 413")),
        (403, Refused(detail="HTTP 403")),
        (307, Refused(detail="HTTP 307")),
        (429, Deferred(detail="HTTP 429", retry_after=9.0, trouble=Trouble.MESSAGE)),
        (503, Deferred(detail="HTTP 503", retry_after=9.0, trouble=Trouble.MESSAGE)),
    ],
)
def test_what_a_push_service_answers(status: int, expected: Outcome) -> None:
    assert outcome(Answer(status, ((b"Retry-After", b"9"),), b"")) == expected
