"""Words and codes with a meaning that a patient may send back by SMS (docs/rules.md 5). Only they alone count."""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from myosotis.value_class import value_class


class SmsWord(StrEnum):
    """What a reply means; anything else is for a person to read."""

    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"


@value_class(kw_only=False)
class Reply:
    """A reply as it was understood; of a text for a person to read both are None."""

    word: SmsWord | None = None
    code: int | None = None
    """Which of several is meant, as answered to our question."""


WORDS: Final = {
    "tak": SmsWord.YES,
    "yes": SmsWord.YES,
    "nie": SmsWord.NO,
    "no": SmsWord.NO,
    "stop": SmsWord.STOP,
    "start": SmsWord.START,
}
CODED: Final = frozenset({SmsWord.YES, SmsWord.NO})
"""Words that a code may stand beside: STOP means all SMS, whatever number somebody adds to it."""
MOST_CODES: Final = 9
_AROUND: Final = " \t\r\n.,;:!?\"'()[]„”“’«»-–—"
_BETWEEN: Final = f"[{re.escape(_AROUND)}]*"
_WORD: Final = "|".join(WORDS)
_REPLY: Final = re.compile(
    rf"(?P<word>{_WORD})(?:{_BETWEEN}(?P<code>[0-9]))?|(?P<code_first>[0-9])(?:{_BETWEEN}(?P<word_after>{_WORD}))?"
)


def recognise(text: str) -> Reply:
    """The word, the code or both of which a reply consists, in any case and order, with punctuation around them.

    "NIE" never opts out and "STOP" never cancels a visit: they are different words here and everywhere else.
    """
    found = _REPLY.fullmatch(unicodedata.normalize("NFKC", text).strip(_AROUND).casefold())
    if found is None:
        return Reply()
    said, code = found["word"] or found["word_after"], found["code"] or found["code_first"]
    word = WORDS[said] if said else None
    if code is None:
        return Reply(word)
    return Reply() if word is not None and word not in CODED else Reply(word, int(code))
