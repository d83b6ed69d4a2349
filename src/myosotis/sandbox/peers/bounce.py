"""A bounce as mail servers write it: a delivery status notification (RFC 3464) inside a report (RFC 3462)."""

from datetime import datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.utils import format_datetime


def bounce(original: bytes, *, back: str, recipient: str, at: datetime, status: str = "5.1.1") -> bytes:
    """The report to `back` that mail to `recipient` could not be delivered; `at` is its date (UTC)."""
    report = EmailMessage(policy=policy.SMTP)
    report["From"] = "Mail Delivery System <MAILER-DAEMON@poczta.test>"
    report["To"] = back
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = format_datetime(at)
    report["Auto-Submitted"] = "auto-replied"
    report["MIME-Version"] = "1.0"
    report.set_type("multipart/report")
    report.set_param("report-type", "delivery-status")
    report.attach(_words(recipient))
    report.attach(_status(recipient, at, status))
    report.attach(_headers(original))
    return report.as_bytes()


def _words(recipient: str) -> EmailMessage:
    part = EmailMessage(policy=policy.SMTP)
    part.set_content(f"I'm sorry to have to inform you that your message could not\nbe delivered to {recipient}.\n")
    return part


def _status(recipient: str, at: datetime, status: str) -> EmailMessage:
    whole = Message(policy=policy.compat32)
    whole["Reporting-MTA"] = "dns; poczta.test"
    whole["Arrival-Date"] = format_datetime(at)
    one = Message(policy=policy.compat32)
    one["Final-Recipient"] = f"rfc822; {recipient}"
    one["Action"] = "failed"
    one["Status"] = status
    one["Diagnostic-Code"] = f"smtp; 550 {status} No such user here"
    part = EmailMessage(policy=policy.SMTP)
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([whole, one])
    return part


def _headers(original: bytes) -> EmailMessage:
    part = EmailMessage(policy=policy.SMTP)
    headers = BytesHeaderParser(policy=policy.compat32).parsebytes(original)
    kept = Message(policy=policy.compat32)
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        if headers[name] is not None:
            kept[name] = headers[name]
    part.set_content(kept.as_string(), subtype="rfc822-headers")
    return part
