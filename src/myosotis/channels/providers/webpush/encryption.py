"""The content of a push, readable by the one browser only (RFC 8291), in one aes128gcm record (RFC 8188)."""

import hmac
import os
import struct
from base64 import urlsafe_b64decode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD_SIZE = 4096
OVERHEAD = 16 + 1
"""The record's tag, and the octet that ends the plain text."""
HEADER_SIZE = 16 + 4 + 1 + 65
LONGEST = RECORD_SIZE - HEADER_SIZE - OVERHEAD
"""The longest payload (octets): a push service must take a body of 4096 octets and need not take more (RFC 8030 7.2)."""
STEP = 512
"""Payloads are padded to multiples of this, so that the length does not betray what was said."""


class BadSubscriptionError(ValueError):
    """The keys of a subscription are no keys: nothing can ever be sent to it."""


class PayloadTooLongError(ValueError):
    """The payload does not fit a push."""


def encrypt(payload: bytes, p256dh: str, auth: str) -> bytes:
    """The body of the push request. Raises BadSubscriptionError or PayloadTooLongError."""
    if len(payload) > LONGEST:
        raise PayloadTooLongError(f"at most {LONGEST} octets")
    browser_point, secret = _octets(p256dh), _octets(auth)
    try:
        browser = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, browser_point)
    except ValueError:
        raise BadSubscriptionError("p256dh is no point of P-256") from None
    if len(secret) != 16:  # noqa: PLR2004 - RFC 8291 3.2
        raise BadSubscriptionError("auth is not 16 octets")
    ours = ec.generate_private_key(CURVE)
    our_point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    salt = os.urandom(16)
    key, nonce = _content_key(ours.exchange(ec.ECDH(), browser), secret, salt, browser_point + our_point)
    sealed = AESGCM(key).encrypt(nonce, padded(payload), None)
    return salt + struct.pack("!LB", RECORD_SIZE, len(our_point)) + our_point + sealed


def padded(payload: bytes) -> bytes:
    """The payload, the octet that ends it (2: the last record), and zeros up to the next step."""
    wanted = min(-(-len(payload) // STEP) * STEP, LONGEST)
    return payload + b"\x02" + bytes(wanted - len(payload))


def _content_key(shared: bytes, auth: bytes, salt: bytes, points: bytes) -> tuple[bytes, bytes]:
    """The key and the nonce of the record (RFC 8291 3.4). Each derived block is at most one SHA-256 long, which makes
    HKDF's expansion (RFC 5869 2.3) a single HMAC."""
    input_key = _hmac(_hmac(auth, shared), b"WebPush: info\x00" + points + b"\x01")
    seed = _hmac(salt, input_key)
    key = _hmac(seed, b"Content-Encoding: aes128gcm\x00\x01")[:16]
    return key, _hmac(seed, b"Content-Encoding: nonce\x00\x01")[:12]


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, sha256)


def _octets(text: str) -> bytes:
    """Base64url as browsers give it, without padding."""
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        raise BadSubscriptionError("not base64url") from None
