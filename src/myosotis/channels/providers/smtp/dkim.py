"""DKIM (RFC 6376): a signature by the sender's domain, rsa-sha256, relaxed/relaxed.

Signed with `cryptography` directly: 0.3 ms with RSA-2048, where the common library needs some 10 ms in Python. A dispatcher
that sends many mails has that done by a process beside it (`channels.aside`).
"""

import re
from base64 import b64encode
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from myosotis.channels.aside import aside
from myosotis.channels.config import ConfigError, not_allowed
from myosotis.channels.providers.smtp.message import Header, Mail
from myosotis.value_class import value_class

SIGNED = frozenset(
    {
        b"from",
        b"to",
        b"subject",
        b"date",
        b"message-id",
        b"reply-to",
        b"mime-version",
        b"content-type",
        b"content-transfer-encoding",
        b"auto-submitted",
        b"list-unsubscribe",  # RFC 8058 4: both must be covered
        b"list-unsubscribe-post",
    }
)
OVERSIGNED = b"from"
"""Named once more than it occurs, so that nobody can add a second one under our signature."""
SPACES = re.compile(rb"[ \t]+")
PADDING, HASH = padding.PKCS1v15(), SHA256()
KEY_BITS = 2048
KEY_SIZES = range(1024, 4097)
SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,60}[A-Za-z0-9])?\Z")


@value_class(kw_only=False)
class DnsRecord:
    """A record that the owner of the domain publishes."""

    name: str
    type: str
    value: str


@value_class(kw_only=False)
class Signer:
    """Signs for one domain."""

    domain: str
    selector: str
    pem: str = field(repr=False)

    @classmethod
    def read(cls, domain: str, selector: str, pem: str) -> "Signer":
        """Raises ConfigError, naming the field, if the key or the selector cannot be used."""
        if not SELECTOR.match(selector):
            raise not_allowed("dkim_selector", "letters, digits, dots and hyphens, at most 62")
        _read_key(pem)
        return cls(domain, selector, pem)

    def signs_for(self, address: str) -> bool:
        """Whether the signature would be aligned with this sender (RFC 7489 3.1.1): its domain, or one above it."""
        domain = address.rpartition("@")[2].lower()
        return domain == self.domain or domain.endswith("." + self.domain)

    async def signature(self, mail: Mail, at: datetime) -> Header:
        """The DKIM-Signature header, to stand above all others. `at` is the real instant (UTC)."""
        headers = [(name, value) for name, value in mail.headers if name.lower() in SIGNED]
        unsigned = b";\r\n ".join(
            (
                b"v=1; a=rsa-sha256; c=relaxed/relaxed",
                b"d=%b; s=%b; t=%d" % (self.domain.encode(), self.selector.encode(), int(at.timestamp())),
                _listed((*[name.lower() for name, _ in headers], OVERSIGNED)),
                b"bh=" + b64encode(sha256(mail.relaxed_body).digest()),
                b"b=",
            )
        )
        hashed = [relaxed_header(name, value) for name, value in headers]
        covered = b"\r\n".join([*hashed, relaxed_header(b"DKIM-Signature", unsigned)])
        signed = b64encode(await aside(_signed, self.pem, covered))
        return b"DKIM-Signature", unsigned + b"\r\n  ".join([signed[i : i + 72] for i in range(0, len(signed), 72)])


def _signed(pem: str, covered: bytes) -> bytes:
    return _read_key(pem).sign(covered, PADDING, HASH)


@lru_cache(maxsize=1024)
def relaxed_header(name: bytes, value: bytes) -> bytes:
    """RFC 6376 3.4.2, without the line end. Remembered, because most headers of a message are those of the one before it."""
    unfolded = value.replace(b"\r\n", b"")
    if b"  " in unfolded or b"\t" in unfolded:
        unfolded = SPACES.sub(b" ", unfolded)
    return b"%b:%b" % (name.lower(), unfolded.strip(b" \t"))


@lru_cache(maxsize=64)
def _listed(names: tuple[bytes, ...]) -> bytes:
    """The names of headers as a signature lists them, folded."""
    return b"h=" + b":\r\n  ".join(b":".join(names[i : i + 4]) for i in range(0, len(names), 4))


@lru_cache(maxsize=1024)
def _read_key(pem: str) -> rsa.RSAPrivateKey:
    """Remembered, because reading a key takes longer than signing with it."""
    wanted = "an RSA private key in PEM without a password, of 1024 to 4096 bits"
    problem: ConfigError = not_allowed("dkim_key", wanted)
    try:
        key = load_pem_private_key(pem.encode("ascii", "replace"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise problem from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size not in KEY_SIZES:
        raise problem
    return key


def new_key() -> str:
    """A private key for signing (PEM). Some mail services still do not read Ed25519, so it is RSA."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def public_key(pem: str) -> str:
    """The public half of a key, as its DNS record says it (base64). Raises ConfigError."""
    der = _read_key(pem).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode("ascii")


def dns_records(
    domain: str,
    selector: str,
    pem: str,
    *,
    sending_hosts: tuple[str, ...] = (),
    bounce_domain: str = "",
    bounce_host: str = "",
    report_to: str = "",
) -> tuple[DnsRecord, ...]:
    """What to publish so that mail from `domain` is trusted: SPF, DKIM, DMARC, and where bounces go.

    `sending_hosts` are the servers that send (host names, or `include:` and `ip4:` terms as a provider gives them).
    """
    terms = " ".join(term if ":" in term else f"a:{term}" for term in sending_hosts)
    spf = f"v=spf1 {terms} ~all" if terms else "v=spf1 mx ~all"
    report = f"; rua=mailto:{report_to}" if report_to else ""
    records = [
        DnsRecord(domain, "TXT", spf),
        DnsRecord(f"{selector}._domainkey.{domain}", "TXT", f"v=DKIM1; k=rsa; p={public_key(pem)}"),
        DnsRecord(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p=none{report}"),
    ]
    if bounce_domain:
        if bounce_domain != domain:
            records.append(DnsRecord(bounce_domain, "TXT", spf))
        records.append(DnsRecord(bounce_domain, "MX", f"10 {bounce_host or bounce_domain}."))
    return tuple(records)


def txt_strings(value: str) -> tuple[str, ...]:
    """A TXT value cut into the strings of at most 255 characters that a zone file needs (RFC 1035 3.3.14)."""
    return tuple(value[start : start + 255] for start in range(0, len(value), 255))
