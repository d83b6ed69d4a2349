"""The one door to texts: `render` a message for a channel."""

from datetime import datetime

from myosotis.content.context import MessageContext
from myosotis.content.rendered import Rendered, RenderedEmail, RenderedPush, RenderedSms
from myosotis.domain.words import Channel, SmsLetters


def render(
    context: MessageContext, channel: Channel, *, now: datetime, letters: SmsLetters = SmsLetters.STRIP_TO_SAVE
) -> Rendered:
    """The message as it goes out on `channel`. `now` (UTC) becomes DTSTAMP of the .ics.

    Raises CannotRender if the text needs something that `context` lacks, or there is no such text.
    """
    match channel:
        case Channel.SMS:
            return render_sms(context, letters=letters)
        case Channel.EMAIL:
            return render_email(context, now=now)
        case Channel.PUSH:
            return render_push(context)
        case Channel.NONE:
            raise ValueError("a kind that was skipped as a whole has no text")


def render_sms(context: MessageContext, *, letters: SmsLetters) -> RenderedSms:
    """The SMS, in as few parts as its names allow."""
    raise NotImplementedError


def render_email(context: MessageContext, *, now: datetime) -> RenderedEmail:
    """The e-mail: subject, text, HTML and, where it fits the kind, the .ics."""
    raise NotImplementedError


def render_push(context: MessageContext) -> RenderedPush:
    """The push message, neutral on a locked screen."""
    raise NotImplementedError
