"""The settings of a sandbox, as its processes find them in their environment."""

import json
from typing import Final

from myosotis.channels.providers.webpush.vapid import new_key
from myosotis.sandbox.place import Place, Ports

TOKEN: Final = "sandbox"  # noqa: S105 - of a gateway on loopback that everybody may use
SENDER: Final = "gabinet@niezapominajka.test"
BOUNCES: Final = "zwroty.niezapominajka.test"
TIMEOUT_SECONDS: Final = "3"
"""A peer that never answers is waited for in real time, by a person who looks on."""
RECEIPT_SECRET: Final = "sandbox-receipts"  # noqa: S105 - as above


def environment(place: Place, ports: Ports, *, database_url: str = "") -> dict[str, str]:
    """`MYOSOTIS_*` for a sandbox."""
    peers = f"http://127.0.0.1:{ports.peers}"
    public = f"http://127.0.0.1:{ports.web}"
    return {
        "MYOSOTIS_DATA_DIR": str(place.directory),
        "MYOSOTIS_DATABASE_URL": database_url,
        "MYOSOTIS_CLOCK_FILE": str(place.clock_file),
        "MYOSOTIS_SANDBOX": "true",
        "MYOSOTIS_PUBLIC_URL": public,
        "MYOSOTIS_BIND": f"127.0.0.1:{ports.web}",
        "MYOSOTIS_POLL_SECONDS": "0.05",
        "MYOSOTIS_LOG_LEVEL": "WARNING",
        "MYOSOTIS_DISPATCHER_STATUS_BIND": "",  # whoever watches a sandbox looks at its desk
        "MYOSOTIS_WEB_STATUS_BIND": "",
        "MYOSOTIS_RECEIPT_SECRET": RECEIPT_SECRET,
        "MYOSOTIS_SMS": json.dumps(
            {
                "provider": "smsapi",
                "token": TOKEN,
                "base_url": peers,
                "notify_url": callback(ports),
                "timeout": TIMEOUT_SECONDS,
            }
        ),
        "MYOSOTIS_EMAIL": json.dumps(
            {
                "provider": "smtp",
                "host": "127.0.0.1",
                "port": str(ports.smtp),
                "security": "none",
                "from_address": SENDER,
                "bounce_domain": BOUNCES,
                "timeout": TIMEOUT_SECONDS,
                "data_timeout": TIMEOUT_SECONDS,
            }
        ),
        "MYOSOTIS_PUSH": json.dumps(
            {
                "provider": "webpush",
                "vapid_private_key": vapid_key(place),
                "subject": f"mailto:{SENDER}",
                "allow_loopback": "yes",
                "timeout": TIMEOUT_SECONDS,
            }
        ),
    }


def callback(ports: Ports) -> str:
    """Where the SMS gateway reports to, and where patients' texts go."""
    return f"http://127.0.0.1:{ports.web}/receipts/smsapi/{RECEIPT_SECRET}"


def vapid_key(place: Place) -> str:
    """Made once: a new key would make every subscription void."""
    file = place.directory / "vapid.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(new_key(), encoding="ascii")
    return file.read_text(encoding="ascii")
