"""What a patient may choose from by SMS, each with its code, in as few characters as can be."""

from zoneinfo import ZoneInfo

from myosotis.content.context import ChoiceText
from myosotis.content.moments import moment
from myosotis.content.names import clipped, one_line
from myosotis.domain.sms_words import SmsWord
from myosotis.domain.words import Language

PL, EN = Language.PL, Language.EN

SAID: dict[SmsWord, dict[Language, str]] = {SmsWord.YES: {PL: "TAK", EN: "YES"}, SmsWord.NO: {PL: "NIE", EN: "NO"}}
EARLIER: dict[Language, str] = {PL: "wcześniejszy termin", EN: "earlier time"}


def listed(choices: tuple[ChoiceText, ...], language: Language, home: ZoneInfo) -> str:
    """ "1: pon. 29.03 10:00 A. Nowak, 2: wt. 30.03 08:30 Zosia E. Lis"; the specialty stands nowhere."""
    return ", ".join([f"{choice.code}: {_one(choice, language, home)}" for choice in choices])


def _one(choice: ChoiceText, language: Language, home: ZoneInfo) -> str:
    at = moment(choice.start, choice.zone, language, home)
    words = [EARLIER[language]] if choice.earlier_time else []
    who = [one_line(choice.patient).partition(" ")[0], clipped(choice.doctor.name)]
    return " ".join([*words, at.day.shorter, at.clock, *filter(None, who)])
