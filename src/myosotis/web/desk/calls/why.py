"""Why somebody is on the call list, in words: what did not reach them, and what became of each way."""

from collections.abc import Sequence

from myosotis.content.reasons import channel_name, explain, kind_name
from myosotis.domain.values import ExistingMessage
from myosotis.domain.words import Channel, Kind, Language, MessageStatus


def why(messages: Sequence[ExistingMessage], language: Language) -> list[str]:
    """A line for each way that failed: "Przypomnienie, SMS: nie doręczono: ..."; the newest kind alone."""
    if not messages:
        return []
    newest = max(messages, key=lambda message: message.id).key.kind
    rows = [message for message in messages if message.key.kind is newest and _tells(message)]
    told = [row for row in rows if row.key.channel is not Channel.NONE] or rows
    return [_line(newest, message, language) for message in told]


def _tells(message: ExistingMessage) -> bool:
    """What was withdrawn without a try says nothing about the way."""
    return message.status is not MessageStatus.CANCELLED or message.attempts > 0


def _line(kind: Kind, message: ExistingMessage, language: Language) -> str:
    channel = message.key.channel
    said = explain(message.status, message.reason, language, channel=channel)
    way = "" if channel is Channel.NONE else f", {channel_name(channel, language)}"
    return f"{kind_name(kind, language)}{way}: {said}"
