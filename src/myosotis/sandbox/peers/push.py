"""The push service: takes RFC 8030 requests, checks who sends (RFC 8292), and reads them as the patient's browser would."""

import json
import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from myosotis.sandbox.peers.faults import Fault, Peer, faults_of
from myosotis.sandbox.peers.hold import hold, slowed
from myosotis.sandbox.peers.http import Request, Response
from myosotis.sandbox.peers.ledger import Ledger, Received
from myosotis.value_class import value_class

PREFIX: Final = "/push/"
LARGEST_BODY: Final = 4096
LONGEST_TOKEN_SECONDS: Final = 24 * 3600
APPLICATION_KEY: Final = "application_server_key"
"""Kept in the ledger: the only key from which pushes are taken."""


class PushRefusedError(Exception):
    """Not taken; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@value_class
class BrowserKeys:
    """What a browser tells the server of its subscription."""

    path: str
    p256dh: str
    auth: str


def subscribe(database: sqlite3.Connection, *, owner: int, path: str, seed: bytes) -> BrowserKeys:
    """Make the subscription that the browser of a patient (`owner`) would make; the same seed makes the same keys."""
    number = int.from_bytes(seed, "big") % (2**255) + 1
    key = ec.derive_private_key(number, ec.SECP256R1())
    auth = seed[:16]
    with database:
        database.execute(
            "INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?)", (path, owner, f"{number:x}", _b64(auth))
        )
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return BrowserKeys(path=path, p256dh=_b64(public), auth=_b64(auth))


class PushService:
    """One push service; subscriptions are paths below `PREFIX`."""

    def __init__(self, ledger: Ledger, *, now: Callable[[], datetime], wall: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now
        self._wall = wall
        self._count = 0

    async def receive(self, request: Request) -> Response:
        """POST to a subscription."""
        body = request.body
        faults = faults_of(self._ledger.database, Peer.PUSH)
        await slowed(faults)
        if Fault.ERROR in faults:
            return Response(503, headers={"Retry-After": "30"})
        if Fault.REFUSES in faults:
            return Response(410)
        try:
            message = self._checked(request, body)
        except PushRefusedError as error:
            return Response(error.status)
        await self._ledger.add(message)
        if Fault.SILENT in faults:
            await hold()
        return Response(201, headers={"Location": f"/message/{message.provider_id}"})

    def _checked(self, request: Request, body: bytes) -> Received:
        """The push as the browser sees it. Raises PushRefusedError."""
        if len(body) > LARGEST_BODY:
            raise PushRefusedError(413)
        path = request.path.removeprefix(PREFIX)
        row = self._ledger.database.execute(
            "SELECT private_key, auth FROM subscription WHERE path = ?", (path,)
        ).fetchone()
        if row is None:
            raise PushRefusedError(404)
        ttl = request.headers.get("ttl", "")
        if not ttl.isdecimal() or request.headers.get("content-encoding") != "aes128gcm":
            raise PushRefusedError(400)
        self._check_sender(request)
        text = _decrypted(body, number=row[0], auth=row[1])
        self._count += 1
        return Received(
            channel=Peer.PUSH,
            provider_id=f"{self._count:x}",
            key=request.headers.get("topic", ""),
            address=path,
            sender="",
            at=self._now(),
            text=text,
            detail={"ttl": int(ttl), "urgency": request.headers.get("urgency", "normal")},
        )

    def _check_sender(self, request: Request) -> None:
        """RFC 8292: our origin, at most a day, by a clock on the wall, signed by the key of the subscription."""
        header = request.headers.get("authorization", "")
        token, key = _vapid(header)
        claims = _claims(token)
        left = float(claims.get("exp", 0)) - self._wall().timestamp()
        if claims.get("aud") != f"http://{request.headers.get('host', '')}" or not 0 < left <= LONGEST_TOKEN_SECONDS:
            raise PushRefusedError(403)
        wanted = self._ledger.database.execute("SELECT value FROM kept WHERE name = ?", (APPLICATION_KEY,)).fetchone()
        if (wanted and key != wanted[0]) or not _signed(token, key):
            raise PushRefusedError(403)


def _vapid(header: str) -> tuple[str, str]:
    """Token and key of `vapid t=…, k=…`. Raises PushRefusedError."""
    scheme, _, rest = header.partition(" ")
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if scheme.lower() != "vapid" or not parts.get("t") or not parts.get("k"):
        raise PushRefusedError(401)
    return parts["t"], parts["k"]


def _claims(token: str) -> dict[str, Any]:
    try:
        claims = json.loads(_unb64(token.split(".")[1]))
    except (IndexError, ValueError):
        raise PushRefusedError(401) from None
    return claims if isinstance(claims, dict) else {}


def _signed(token: str, key: str) -> bool:
    """Whether the token carries an ES256 signature of this key (RFC 7515)."""
    said, _, signature = token.rpartition(".")
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(key))
        octets = _unb64(signature)
        der = encode_dss_signature(int.from_bytes(octets[:32], "big"), int.from_bytes(octets[32:], "big"))
        public.verify(der, said.encode("ascii"), ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _decrypted(body: bytes, *, number: str, auth: str) -> str:
    key = ec.derive_private_key(int(number, 16), ec.SECP256R1())
    try:
        plain: bytes = http_ece.decrypt(body, private_key=key, auth_secret=_unb64(auth), version="aes128gcm")
    except (http_ece.ECEException, ValueError):
        raise PushRefusedError(400) from None
    return plain.decode("utf-8")


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _unb64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
