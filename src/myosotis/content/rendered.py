"""What rendering gives: values ready for a provider, and what staff should know about them."""

from decimal import Decimal

from myosotis.content import gsm
from myosotis.content.gsm import Encoding
from myosotis.domain.words import Channel, Kind
from myosotis.value_class import value_class


class CannotRender(Exception):  # noqa: N818 - says what happened, as all of our exceptions do
    """A text asked for a value that the message does not have. Its words hold no personal data."""

    def __init__(self, kind: Kind, channel: Channel, language: str, missing: str) -> None:
        super().__init__(f"{kind} by {channel} ({language}) needs {missing}")
        self.missing = missing


@value_class
class MissingLanguage:
    """A warning: there is no text in the language asked for, another one was used."""

    asked: str
    used: str


@value_class
class RenderedSms:
    text: str
    parts: int
    encoding: Encoding
    length: int
    """In GSM-7 characters (septets; an extension character counts 2) or UCS-2 units."""
    as_worded: str
    """The text before letters were replaced."""
    shortened: bool = False
    """Names were shortened so that it takes fewer parts."""
    warnings: tuple[MissingLanguage, ...] = ()

    @property
    def replaced(self) -> str:
        """The distinct characters that were written with other letters (ł as l), in order."""
        return gsm.replaced(self.as_worded)[0] if self.text != self.as_worded else ""

    @property
    def lost(self) -> str:
        """The distinct characters that could not be written and became "?" or nothing."""
        return gsm.replaced(self.as_worded)[1] if self.text != self.as_worded else ""

    @property
    def forces_ucs2(self) -> str:
        """The distinct characters of the text sent that GSM-7 lacks: they make it dearer."""
        return gsm.foreign(self.text)

    def price(self, per_part: Decimal) -> Decimal:
        """What it costs, in the currency of `per_part`."""
        return per_part * self.parts


Pieces = tuple[str, ...]
"""A text, cut around its names: what stands between them is the same string in all mails of a kind."""


@value_class
class RenderedEmail:
    subject: str
    text_pieces: Pieces
    html_pieces: Pieces
    calendar: bytes = b""
    """The .ics, or nothing."""
    calendar_method: str = ""
    """REQUEST or CANCEL, the same word as in the file (RFC 6047); empty without a file."""
    unsubscribe_url: str = ""
    """One-click address (RFC 8058): of review, rebook and offer only."""
    warnings: tuple[MissingLanguage, ...] = ()

    @property
    def text(self) -> str:
        return "".join(self.text_pieces)

    @property
    def html(self) -> str:
        return "".join(self.html_pieces)


@value_class
class RenderedPush:
    title: str
    body: str
    payload: bytes
    """JSON for the service worker, of the same size whatever it says."""
    topic: str
    """32 base64url characters, one per visit: a newer message replaces a waiting one (RFC 8030)."""
    urgency: str
    warnings: tuple[MissingLanguage, ...] = ()


Rendered = RenderedSms | RenderedEmail | RenderedPush
