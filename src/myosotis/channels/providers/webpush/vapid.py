"""Who we are to a push service: a token signed by our key (RFC 8292), one per service, used for half a day."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from myosotis.channels.config import not_allowed
from myosotis.channels.providers.webpush.encryption import CURVE

VALIDITY = timedelta(hours=22)
"""A service refuses more than 24 h (RFC 8292 2); its clock may be wrong a little, and so may ours."""
RENEW_AFTER = timedelta(hours=11)
MOST_SERVICES = 1000
"""There are a handful in the world; a client that invents origins shall not fill our memory."""


class Vapid:
    """Our key, and the tokens in use."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, subject: str) -> None:
        self._key = key
        self._subject = subject
        self._public = application_server_key(key)
        self._tokens: dict[str, tuple[datetime, str]] = {}

    def authorization(self, origin: str, at: datetime) -> str:
        """The Authorization header for a push service. `at` is the real instant (UTC): the service checks by its own clock."""
        made, header = self._tokens.get(origin, (None, ""))
        if made is not None and made <= at < made + RENEW_AFTER:
            return header
        header = f"vapid t={self._token(origin, at)}, k={self._public}"
        if len(self._tokens) >= MOST_SERVICES:
            self._tokens.clear()
        self._tokens[origin] = at, header
        return header

    def _token(self, origin: str, at: datetime) -> str:
        """A JWT, ES256 (RFC 7515 A.3)."""
        claims = {"aud": origin, "exp": int((at + VALIDITY).timestamp()), "sub": self._subject}
        signed = f"{JWT_HEADER}.{_b64(json.dumps(claims, separators=(',', ':')).encode())}"
        r, s = decode_dss_signature(self._key.sign(signed.encode("ascii"), ec.ECDSA(SHA256())))
        return f"{signed}.{_b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


JWT_HEADER = _b64(b'{"typ":"JWT","alg":"ES256"}')


def application_server_key(key: ec.EllipticCurvePrivateKey) -> str:
    """Our public key as browsers want it when a patient switches push on (base64url)."""
    return _b64(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def new_key() -> str:
    """A private key as the settings keep it (32 octets, base64url)."""
    return _b64(ec.generate_private_key(CURVE).private_numbers().private_value.to_bytes(32, "big"))


def read_key(text: str) -> ec.EllipticCurvePrivateKey:
    """The key in the settings: base64url of its 32 octets, or PEM. Raises ConfigError (field `vapid_private_key`)."""
    problem = not_allowed("vapid_private_key", "a P-256 private key: 32 octets in base64url, or PEM without a password")
    try:
        key = load_pem_private_key(text.encode("ascii"), password=None) if "-----" in text else _from_octets(text)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise problem from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise problem
    return key


def _from_octets(text: str) -> ec.EllipticCurvePrivateKey:
    octets = urlsafe_b64decode(text.strip().rstrip("=") + "=" * (-len(text.strip().rstrip("=")) % 4))
    if len(octets) != 32:  # noqa: PLR2004 - the length of a P-256 key
        raise ValueError("not 32 octets")
    return ec.derive_private_key(int.from_bytes(octets, "big"), CURVE)
