"""Words with a meaning that a patient may send back by SMS (docs/rules.md 5). Only the word alone counts."""

import unicodedata
from enum import StrEnum
from typing import Final


class SmsWord(StrEnum):
    """What a reply means; anything else is for a person to read."""

    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"


WORDS: Final = {
    "tak": SmsWord.YES,
    "yes": SmsWord.YES,
    "nie": SmsWord.NO,
    "no": SmsWord.NO,
    "stop": SmsWord.STOP,
    "start": SmsWord.START,
}
_AROUND: Final = " \t\r\n.,;:!?\"'()[]„”“’«»-–—"


def recognise(text: str) -> SmsWord | None:
    """The word that a reply consists of, in any case, with punctuation around it; None for any other text.

    "NIE" never opts out and "STOP" never cancels a visit: they are different words here and everywhere else.
    """
    return WORDS.get(unicodedata.normalize("NFKC", text).strip(_AROUND).casefold())
