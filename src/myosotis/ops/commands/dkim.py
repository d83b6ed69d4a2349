"""`myosotis dkim`: a signing key for a domain, and the DNS records that make its mail trusted."""

import argparse
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("domain", help="the domain of the sender's address, e.g. przychodnia.pl")
    parser.add_argument("--key", type=Path, required=True, help="PEM file; made if there is none")
    parser.add_argument("--selector", default="myosotis", help="%(default)s")
    parser.add_argument(
        "--sends", action="append", default=[], help="who sends: a host name, include:... or ip4:...; repeat it"
    )
    parser.add_argument("--bounces", default="", help="the domain of bounces (setting bounce_domain)")
    parser.add_argument("--bounce-host", default="", help="the host that takes them in")
    parser.add_argument("--report-to", default="", help="e-mail address for DMARC reports")


def run(given: argparse.Namespace) -> int:
    from myosotis.channels.config import ConfigError
    from myosotis.channels.providers.smtp.dkim import Signer, dns_records, new_key, txt_strings

    if not given.key.exists():
        given.key.parent.mkdir(parents=True, exist_ok=True)
        given.key.touch(mode=0o600)
        given.key.write_text(new_key(), encoding="ascii")
        print(f"Made a key: {given.key} (keep it secret; put it into the setting dkim_key)", file=sys.stderr)
    pem = given.key.read_text(encoding="ascii")
    try:
        Signer.read(given.domain, given.selector, pem)
        records = dns_records(
            given.domain,
            given.selector,
            pem,
            sending_hosts=tuple(given.sends),
            bounce_domain=given.bounces,
            bounce_host=given.bounce_host,
            report_to=given.report_to,
        )
    except ConfigError as error:
        print(f"myosotis: {error}", file=sys.stderr)
        return 2
    for record in records:
        value = " ".join(f'"{part}"' for part in txt_strings(record.value)) if record.type == "TXT" else record.value
        print(f"{record.name}. IN {record.type} {value}")
    return 0
