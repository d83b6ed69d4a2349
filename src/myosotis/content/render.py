"""The one door to texts: `render` a message for a channel."""

from datetime import datetime

from myosotis.content.calendar_file import calendar_file, method_of
from myosotis.content.context import MessageContext
from myosotis.content.email_frame import email_templates
from myosotis.content.email_pieces import write_email
from myosotis.content.push import write_push
from myosotis.content.rendered import CannotRender, Rendered, RenderedEmail, RenderedPush, RenderedSms
from myosotis.content.sms import write_sms
from myosotis.content.texts import CHANNELS, find, push_pieces, sms_template
from myosotis.content.values import ONE_CLICK_KINDS, email_values
from myosotis.domain.words import Channel, Kind, Language, SmsLetters

TEST_MARK = {Language.PL: "[Próba] ", Language.EN: "[Test] "}


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
            raise CannotRender(context.kind, channel, context.language, "a channel")


def shown_kind(context: MessageContext) -> Kind:
    """The kind whose text is used: of a test, the one it is a sample of."""
    return context.sample_of or context.kind


def render_sms(context: MessageContext, *, letters: SmsLetters = SmsLetters.STRIP_TO_SAVE) -> RenderedSms:
    """The SMS, in as few parts as its names allow. Raises CannotRender."""
    kind = shown_kind(context)
    found = find(kind, Channel.SMS, context.language, context.practice.language)
    return write_sms(context, kind, found.language, letters, found.warnings)


def render_email(context: MessageContext, *, now: datetime) -> RenderedEmail:
    """The e-mail: subject, text, HTML and, where it fits the kind, the .ics. Raises CannotRender."""
    kind = shown_kind(context)
    found = find(kind, Channel.EMAIL, context.language, context.practice.language)
    subject, text, html = write_email(kind, found.language, email_values(context, kind, found.language))
    is_sample = context.kind is Kind.TEST and kind is not Kind.TEST
    method = None if is_sample else method_of(context)
    return RenderedEmail(
        subject=(TEST_MARK[found.language] if is_sample else "") + subject,
        text_pieces=text,
        html_pieces=html,
        calendar=calendar_file(context, method=method, language=found.language, now=now) if method else b"",
        calendar_method=method or "",
        unsubscribe_url=context.links.unsubscribe if kind in ONE_CLICK_KINDS else "",
        warnings=found.warnings,
    )


def render_push(context: MessageContext) -> RenderedPush:
    """The push message, neutral on a locked screen. Raises CannotRender."""
    kind = shown_kind(context)
    found = find(kind, Channel.PUSH, context.language, context.practice.language)
    return write_push(context, kind, found.language, found.warnings)


def compile_all() -> None:
    """Compile every text now rather than with the first message; a broken one is found when a process starts."""
    compilers = {Channel.SMS: sms_template, Channel.EMAIL: email_templates, Channel.PUSH: push_pieces}
    for kind, channels in CHANNELS.items():
        for language in Language:
            for channel in channels:
                compilers[channel](kind, language)
