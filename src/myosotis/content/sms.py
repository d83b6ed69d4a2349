"""The SMS: names shortened and letters stripped as far as that saves parts, and no further."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from myosotis.content import gsm
from myosotis.content.context import MessageContext
from myosotis.content.gsm import Encoding
from myosotis.content.names import SmsForms, one_line, sms_names
from myosotis.content.rendered import MissingLanguage, RenderedSms
from myosotis.content.skeleton import OPEN, Skeleton, Wording, mark, skeleton, wording_of
from myosotis.content.texts import sms_template
from myosotis.content.values import Values, appointment, basic_values
from myosotis.domain.words import Kind, Language, SmsLetters

TEST_MARK = {Language.PL: "PRÓBA: ", Language.EN: "TEST: "}

SEPARATORS = 8
"""What leaving names out may save besides the names: the commas and brackets around them."""

NAMELESS = SmsForms((({}, 0),))
"""The one form of a text that names no doctor."""

Size = tuple[int, int, Encoding]
"""Parts, length, encoding."""
Way = Callable[[str], str]
Outline = int | str | None
Room = tuple[tuple[str, Outline], ...]
"""How much of it the open names take that a message has."""


class Try(NamedTuple):
    """How a text is to be sent; left open is only what says something else in each message, and is as long in all of them."""

    worded: Skeleton
    sent: Skeleton
    written: Way
    shortened: bool
    size: Size


def write_sms(
    context: MessageContext,
    kind: Kind,
    language: Language,
    letters: SmsLetters,
    warnings: tuple[MissingLanguage, ...],
) -> RenderedSms:
    """The first of the tries that takes the fewest parts; the line for browsers only where it costs no further part."""
    bare = _fewest_parts(context, kind, language, letters, warnings)
    if not (context.code and context.code_host):
        return bare
    line = f"\n@{one_line(context.code_host)} #{one_line(context.code)}"
    bound = _fewest_parts(context, kind, language, letters, warnings, line)
    return bound if bound.parts <= bare.parts else bare


def _fewest_parts(
    context: MessageContext,
    kind: Kind,
    language: Language,
    letters: SmsLetters,
    warnings: tuple[MissingLanguage, ...],
    last_line: str = "",
) -> RenderedSms:
    """The first of the tries that takes the fewest parts: names are kept rather than Polish letters."""
    values = sms_values(context, kind, language)
    wording = wording_of(sms_template(kind, language), values, kind, language)
    forms = names_to_try(context, kind, values)
    test = TEST_MARK[language] if context.kind is Kind.TEST and kind is not Kind.TEST else ""
    room = tuple([(name, outline(values[name])) for name in OPEN if name in values])
    choice = _best_try(wording, forms, letters, test, outline(last_line), room)
    parts, length, encoding = choice.size
    return RenderedSms(
        text=choice.sent % values + choice.written(last_line),
        parts=parts,
        encoding=encoding,
        length=length,
        as_worded=choice.worded % values + last_line,
        shortened=choice.shortened,
        warnings=warnings,
    )


def outline(value: object) -> Outline:
    """How much room a value takes: of plain characters their number, of any others they themselves."""
    if not isinstance(value, str):
        return None
    return len(value) if gsm.NOT_PLAIN.search(value) is None else value


def stand_in(room: Outline) -> str:
    """A value of that outline."""
    return "x" * room if isinstance(room, int) else room or ""


@lru_cache(maxsize=8192)
def _best_try(wording: Wording, forms: SmsForms, letters: SmsLetters, test: str, last_line: Outline, room: Room) -> Try:
    """Which try takes the fewest parts. Of links, times and numbers only the room they take matters to that.

    So it is found, and all else written down, once for all messages of a doctor whose other values are as long.
    """
    given = [(name, taken) for name, taken in room if taken is not None]
    values: Values = {name: stand_in(taken) for name, taken in given}
    plain: Values = {name: mark(name) for name, taken in given if taken and isinstance(taken, int)}
    best, chosen = NO_SIZE, None
    for names, saved in forms.tries:
        if saved and saved + SEPARATORS < too_long_by(best):
            continue
        values.update(names)
        text = test + wording.filled(values) + stand_in(last_line)
        for written in ways_to_write(text, letters):
            size = size_of(written(text))
            if chosen is None or size[0] < best[0]:
                best, chosen = size, (names, written, saved)
        if best[0] == 1:
            break
    assert chosen is not None  # noqa: S101 - there is a first form, and a way to write it
    names, written, saved = chosen
    marked = test + wording.filled(values | plain | names)
    return Try(skeleton(marked), skeleton(marked, written), written, saved > 0, best)


NO_SIZE: Size = (1_000, 1_000_000, Encoding.UCS2)


def size_of(text: str) -> Size:
    encoding = gsm.encoding_of(text)
    length = gsm.length_of(text, encoding)
    return gsm.parts_of(text, encoding, length), length, encoding


def too_long_by(size: Size) -> int:
    """How many characters less would save a part."""
    parts, length, encoding = size
    fewer = parts - 1
    return length - (gsm.ONE_PART[encoding] if fewer == 1 else gsm.MANY_PARTS[encoding] * fewer)


def sms_values(context: MessageContext, kind: Kind, language: Language) -> Values:
    values = basic_values(context, kind, language)
    values["replies"] = context.actions and context.practice.can_receive_sms
    return values


def names_to_try(context: MessageContext, kind: Kind, values: Values) -> SmsForms:
    """Names from full to short; the patient is named to a guardian only, by the given name."""
    _, doctor, address = appointment(context, kind)
    if doctor is None or address is None:
        return NAMELESS
    patient = one_line(context.patient.name).partition(" ")[0] if context.patient.by_guardian else ""
    return sms_names(doctor, address, patient, bool(values.get("place_changed")))


def as_it_is(text: str) -> str:
    return text


def composed(text: str) -> str:
    return normalize("NFC", text)


def ways_to_write(text: str, letters: SmsLetters) -> Iterator[Way]:
    """How the text may be sent under the practice's choice of letters, the better way first.

    Stripping to save a part leaves letters only in a text of one part: any longer one is shorter without them.
    """
    if gsm.NOT_PLAIN.search(text) is None:
        yield as_it_is
        return
    one_part = len(text) <= gsm.ONE_PART[Encoding.UCS2]
    if letters is SmsLetters.KEEP or (
        letters is SmsLetters.STRIP_TO_SAVE and (one_part or gsm.OUTSIDE.search(text) is None)
    ):
        yield composed
    if letters is not SmsLetters.KEEP:
        yield gsm.to_gsm7
