"""The digest for staff: how much of what happened, without a patient's name; the desk shows the rest."""

from collections.abc import Mapping
from typing import Final

from myosotis.content.context import StaffText
from myosotis.content.reasons import known_language
from myosotis.domain.words import Language, StaffTopic

PL, EN = Language.PL, Language.EN

LINES: Final[Mapping[str, Mapping[Language, str]]] = {
    "wrote": {PL: "Odpowiedzi pacjentów do przeczytania", EN: "Replies of patients to read"},
    "cancelled": {PL: "Wizyty odwołane przez pacjentów", EN: "Visits cancelled by patients"},
    "moved": {PL: "Wizyty przełożone przez pacjentów", EN: "Visits moved by patients"},
    "took_offer": {PL: "Przyjęte propozycje wcześniejszego terminu", EN: "Offers of an earlier time taken"},
    "booked": {PL: "Wizyty umówione przez internet", EN: "Visits booked online"},
    "confirmed": {PL: "Wizyty potwierdzone przez pacjentów", EN: "Visits confirmed by patients"},
    "opinion": {PL: "Nowe opinie", EN: "New opinions"},
}
"""In the order in which they matter."""
SUBJECT: Final = {PL: "Nowe w panelu: {number}", EN: "New at the desk: {number}"}


def digest_text(name: str, counts: Mapping[str, int], language: str) -> StaffText:
    """What the mail says; `counts` by the keys of `LINES`, those with nothing are left out."""
    spoken = known_language(language)
    lines = [f"{words[spoken]}: {counts[key]}" for key, words in LINES.items() if counts.get(key)]
    subject = SUBJECT[spoken].format(number=sum(counts.values()))
    return StaffText(topic=StaffTopic.DIGEST, name=name, subject=subject, body="\n".join(lines))
