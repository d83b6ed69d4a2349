"""The SMS: names shortened and letters stripped as far as that saves parts, and no further."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from unicodedata import normalize

from myosotis.content import gsm
from myosotis.content.context import MessageContext
from myosotis.content.names import SmsNames, one_line, sms_names
from myosotis.content.rendered import Encoding, MissingLanguage, RenderedSms
from myosotis.content.texts import fill, sms_template
from myosotis.content.values import Values, appointment, basic_values
from myosotis.domain.words import Channel, Kind, Language, SmsLetters

TEST_MARK = {Language.PL: "PRÓBA: ", Language.EN: "TEST: "}


def write_sms(
    context: MessageContext,
    kind: Kind,
    language: Language,
    letters: SmsLetters,
    warnings: tuple[MissingLanguage, ...],
) -> RenderedSms:
    """The first of the tries, from full names to short ones, that takes the fewest parts."""
    best: RenderedSms | None = None
    for rendered in tries(context, kind, language, letters):
        if best is None or rendered.parts < best.parts:
            best = rendered
        if best.parts == 1:
            break
    if best is None:
        raise AssertionError("there is always a first try")
    return replace(best, warnings=warnings) if warnings else best


def tries(context: MessageContext, kind: Kind, language: Language, letters: SmsLetters) -> Iterator[RenderedSms]:
    """Each text that may be sent, best first: names are kept rather than Polish letters."""
    for position, text in enumerate(texts(context, kind, language)):
        for measured in measure(text, letters):
            yield replace(measured, shortened=True) if position else measured


def texts(context: MessageContext, kind: Kind, language: Language) -> Iterator[str]:
    """The text with names from full to short."""
    template, values = sms_template(kind, language), sms_values(context, kind, language)
    mark = TEST_MARK[language] if context.kind is Kind.TEST and kind is not Kind.TEST else ""
    for names in names_to_try(context, kind, values):
        if names is not None:
            values |= {"doctor": names.doctor, "place": names.place, "patient": names.patient}
        yield mark + " ".join(fill(template, values, kind, Channel.SMS, language).split())


def sms_values(context: MessageContext, kind: Kind, language: Language) -> Values:
    values = basic_values(context, kind, language)
    values["replies"] = context.actions and context.practice.can_receive_sms
    return values


def names_to_try(context: MessageContext, kind: Kind, values: Values) -> Iterator[SmsNames | None]:
    """A text that names no doctor has one form only."""
    _, doctor, address = appointment(context, kind)
    if doctor is None or address is None:
        yield None
        return
    patient = one_line(context.patient.name).partition(" ")[0] if context.patient.by_guardian else ""
    yield from sms_names(doctor, address, patient, keep_place=bool(values.get("place_changed")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    encoding: Encoding
    length: int
    parts: int


def measured(text: str) -> Measured:
    encoding = gsm.encoding_of(text)
    length = gsm.length_of(text, encoding)
    return Measured(encoding=encoding, length=length, parts=gsm.parts_of(text, encoding, length))


def measure(text: str, letters: SmsLetters) -> Iterator[RenderedSms]:
    """The text as it may be sent under the practice's choice of letters, the better way first."""
    if gsm.ALL.issuperset(text):
        yield as_written(text)
        return
    if letters is not SmsLetters.STRIP:
        yield as_written(normalize("NFC", text))
    if letters is not SmsLetters.KEEP:
        replaced, lost = gsm.replaced(text)
        yield replace(as_written(gsm.strip(text)), replaced=replaced, lost=lost)


def as_written(text: str) -> RenderedSms:
    size = measured(text)
    return RenderedSms(
        text=text,
        parts=size.parts,
        encoding=size.encoding,
        length=size.length,
        forces_ucs2=gsm.foreign(text) if size.encoding is Encoding.UCS2 else "",
    )
