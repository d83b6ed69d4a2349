"""A ready message put into words, in the shape that providers take; and what is kept of it, without links and codes."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, assert_never

from myosotis.channels.base import Content, EmailContent, Outgoing, PushContent, SmsContent
from myosotis.content.context import without_secrets
from myosotis.content.render import render
from myosotis.content.rendered import RenderedEmail, RenderedPush, RenderedSms
from myosotis.dispatch.job import Ready
from myosotis.domain.values import Appointment
from myosotis.domain.words import Channel
from myosotis.store.queue.claim import Claimed
from myosotis.store.queue.record import SaidText
from myosotis.value_class import value_class

WITHOUT_EXPIRY: Final = timedelta(days=1)
"""How long a provider may try to deliver what has no expiry of its own."""


@value_class
class Letter:
    """One message in words. A push goes to each of the patient's installations, everything else once."""

    outgoing: tuple[Outgoing, ...]
    text: SaidText
    parts: int | None = None
    price: Decimal | None = None
    told: Appointment | None = None
    """What it tells."""
    has_fallback: bool = False
    """An SMS waits for what becomes of it."""


def write(
    message: Claimed, ready: Ready, now: datetime, *, default_sender: str = "", good_until: float = math.inf
) -> Letter:
    """Render a message at `now` (UTC). Raises CannotRender, and whatever damaged values bring up.

    `default_sender`: the e-mail address that the account sends from where the practice has none of its own. `good_until`:
    when what `ready` was made of is too old, in seconds of `time.monotonic`.
    """
    if message.channel is Channel.EMAIL and not ready.sender_email and default_sender:
        practice = replace(ready.context.practice, email=default_sender)  # the ORGANIZER of the .ics
        ready = replace(ready, context=replace(ready.context, practice=practice), sender_email=default_sender)
    rendered = render(ready.context, message.channel, now=now, letters=ready.letters)
    match rendered:
        case RenderedSms():
            content: Content = SmsContent(text=rendered.text)
            subject, body = "", rendered.text
        case RenderedEmail():
            content = email_content(rendered)
            subject, body = rendered.subject, rendered.text
        case RenderedPush():
            content = PushContent(payload=rendered.payload, topic=rendered.topic, urgency=rendered.urgency)
            subject, body = rendered.title, rendered.body
        case never:
            assert_never(never)
    sms = rendered if isinstance(rendered, RenderedSms) else None
    return Letter(
        outgoing=_outgoing(message, ready, content, now, good_until),
        text=SaidText(address=ready.address, subject=subject[:300], body=without_secrets(body, ready.context)),
        parts=sms.parts if sms else None,
        price=sms.price(ready.sms_price) if sms else None,
        told=ready.told,
        has_fallback=ready.has_fallback,
    )


def email_content(rendered: RenderedEmail) -> EmailContent:
    """A rendered e-mail as its provider takes it."""
    return EmailContent(
        subject=rendered.subject,
        text_pieces=rendered.text_pieces,
        html_pieces=rendered.html_pieces,
        calendar=rendered.calendar,
        calendar_method=rendered.calendar_method,
        unsubscribe_url=rendered.unsubscribe_url,
    )


def _outgoing(
    message: Claimed, ready: Ready, content: Content, now: datetime, good_until: float
) -> tuple[Outgoing, ...]:
    pushed = isinstance(content, PushContent)
    return tuple(
        Outgoing(
            message_id=message.id,
            key=message.uuid.hex,
            address=ready.address,
            name=ready.name,
            subscription=subscription,
            sender=ready.sender,
            sender_email=ready.sender_email,
            reply_to=ready.reply_to,
            content=content,
            expires_at=message.expires_at or now + WITHOUT_EXPIRY,
            now=now,
            good_until=good_until,
        )
        for subscription in (ready.subscriptions if pushed else (None,))
    )
