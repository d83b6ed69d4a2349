"""What every provider over HTTP shares: what a status, and what a failure on the way, say about the message."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from myosotis.channels.wire import NoAnswerError, NotConnectedError, WireError
from myosotis.domain.outcomes import Deferred, Trouble, Unclear

SUCCESS = range(200, 300)
SERVER_ERROR = range(500, 600)


def failed(error: WireError, trouble: Trouble = Trouble.PROVIDER) -> Deferred | Unclear:
    """Not connected: surely not taken. Lost or silent after that: unclear."""
    if isinstance(error, NotConnectedError):
        return Deferred(detail="cannot connect", trouble=trouble)
    if isinstance(error, NoAnswerError):
        return Unclear(detail="connected, no answer in time")
    return Unclear(detail="connection lost before the answer")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, if the peer said so (RFC 9110 10.2.3): a number, or an instant measured by the peer's own clock."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds())
    except (ValueError, TypeError):
        return None
