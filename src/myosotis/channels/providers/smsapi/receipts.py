"""What SMSAPI calls back with: delivery reports and patients' texts, by GET or POST form fields.

A report speaks of one to five messages, its fields holding one value each, separated by commas. Nothing is signed: the
address it is sent to holds a secret. The answer must be the text `OK`, else it is sent again.
"""

from collections.abc import Mapping

from myosotis.channels.base import IncomingSms, Receipt, ReceiptEvent

ANSWER = "OK"
MOST_MESSAGES = 100
"""More than any report holds; a longer one is cut."""

EVENTS: Mapping[str, ReceiptEvent] = {
    "402": ReceiptEvent.FAILED,  # EXPIRED: could not be delivered in time
    "404": ReceiptEvent.DELIVERED,
    "405": ReceiptEvent.FAILED,  # UNDELIVERED: wrong number, or a phone that is off or abroad; not surely dead
    "406": ReceiptEvent.FAILED,
    "407": ReceiptEvent.FAILED,  # REJECTED by the network
}
"""The other statuses change nothing: 401 not found, 403 sent, 408 no report (it may have arrived), 409 queued,
410 with the network, 411 tried again, 412 stopped by us."""
NAMES: Mapping[str, str] = {
    "EXPIRED": "402",
    "DELIVERED": "404",
    "UNDELIVERED": "405",
    "FAILED": "406",
    "REJECTED": "407",
}


def receipts(fields: Mapping[str, str]) -> list[Receipt]:
    """The reports among the call's fields that change something; what cannot be read is left out."""
    ids = fields.get("MsgId", "").split(",")[:MOST_MESSAGES]
    read = (_receipt(fields, position, provider_id.strip()) for position, provider_id in enumerate(ids))
    return [receipt for receipt in read if receipt is not None]


def _receipt(fields: Mapping[str, str], position: int, provider_id: str) -> Receipt | None:
    name = _value(fields, "status_name", position).upper()
    status = _value(fields, "status", position) or NAMES.get(name, "")
    event = EVENTS.get(status)
    key = _value(fields, "idx", position)
    if event is None or not (key or provider_id):
        return None
    points = _value(fields, "points", position)
    return Receipt(
        event=event,
        key=key,
        provider_id=provider_id,
        detail=f"{status} {name}".strip()[:40],
        price=points if points.replace(".", "", 1).isdecimal() else None,
    )


def _value(fields: Mapping[str, str], name: str, position: int) -> str:
    """The value at a message's position. Shorter lists than `MsgId` mean nothing for the rest: better none than another's."""
    values = fields.get(name, "").split(",")
    return values[position].strip() if position < len(values) else ""


def incoming(fields: Mapping[str, str]) -> IncomingSms | None:
    """A patient's text, or None if the call is no such thing."""
    sender = "".join(filter(str.isdecimal, fields.get("sms_from", "")))
    if not sender or "sms_text" not in fields:
        return None
    return IncomingSms(
        sender="+" + sender,
        to=fields.get("sms_to", "").strip(),
        text=fields["sms_text"],
        provider_id=fields.get("MsgId", "").strip(),
    )
