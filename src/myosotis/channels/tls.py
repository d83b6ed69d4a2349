"""The TLS of every connection that we open ourselves: certificates are checked, and nothing older than TLS 1.2 is spoken."""

import ssl
from pathlib import Path


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """The context of a client; with `ca_file` the authorities of that file are believed instead of the system's.

    The oldest version is said here because Python leaves it to the machine's OpenSSL. Raises OSError for a file that
    cannot be read.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
