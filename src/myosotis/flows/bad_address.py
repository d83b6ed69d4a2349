"""An address that never works is marked on the card, so that other channels are used and staff see it."""

from datetime import datetime

from myosotis.domain.words import Channel
from myosotis.store.models import Message, MessageText, Patient, PushSubscription


def sent_to(message: Message) -> str:
    """Where a message went; empty once its text was removed."""
    return MessageText.objects.filter(message=message).values_list("address", flat=True).first() or ""


def mark(message: Message, now: datetime) -> None:
    """Mark the address to which a message went, wherever it stands on the patient's card; the card is locked.

    An address entered since is not the one that failed and stays as it is.
    """
    patient, address = message.patient, sent_to(message)
    if patient is None or not address:
        return
    if message.channel == Channel.EMAIL:
        _mark_columns(patient, address.casefold(), ("email", "guardian_email"), now)
    elif message.channel == Channel.SMS:
        _mark_columns(patient, address, ("phone", "guardian_phone"), now)
    else:
        PushSubscription.objects.filter(patient=patient, endpoint_hash=address).delete()


def _mark_columns(patient: Patient, address: str, columns: tuple[str, str], now: datetime) -> None:
    for column in columns:
        flag = f"{column}_bad_at"
        if getattr(patient, column).casefold() == address and getattr(patient, flag) is None:
            setattr(patient, flag, now)
            patient.save(update_fields=[flag])
