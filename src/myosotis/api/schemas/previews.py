"""What a message of a calendar would look like: its text, and what an SMS costs."""

from decimal import Decimal
from typing import Self

from ninja import Schema
from pydantic import Field

from myosotis.content.rendered import RenderedEmail, RenderedPush, RenderedSms
from myosotis.domain.words import Channel


class PreviewOut(Schema):
    channel: Channel
    subject: str = Field(default="", description="Of an e-mail; of a push its title.")
    text: str
    html: str = Field(default="", description="Of an e-mail.")
    parts: int | None = None
    price: Decimal | None = Field(default=None, description="Of an SMS, in the practice's currency.")
    encoding: str = ""
    dearer_characters: str = Field(default="", description="The characters that GSM-7 lacks: they make the SMS dearer.")
    replaced_characters: str = Field(
        default="", description="Written with other letters (ł as l), by the practice's choice."
    )
    lost_characters: str = Field(default="", description="What could not be written at all.")

    @classmethod
    def of(cls, rendered: RenderedSms | RenderedEmail | RenderedPush, per_part: Decimal) -> Self:
        match rendered:
            case RenderedSms():
                return cls(
                    channel=Channel.SMS,
                    text=rendered.text,
                    parts=rendered.parts,
                    price=rendered.price(per_part),
                    encoding=rendered.encoding,
                    dearer_characters=rendered.forces_ucs2,
                    replaced_characters=rendered.replaced,
                    lost_characters=rendered.lost,
                )
            case RenderedEmail():
                return cls(channel=Channel.EMAIL, subject=rendered.subject, text=rendered.text, html=rendered.html)
            case RenderedPush():
                return cls(channel=Channel.PUSH, subject=rendered.title, text=rendered.body)
