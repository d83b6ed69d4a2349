"""The patients of the demo practice, invented.

Poland keeps no telephone numbers for fiction, so these are valid ones that nothing here can reach: whatever a sandbox
sends ends at its own gateway on this machine. E-mail is at example.com, which belongs to nobody (RFC 2606).
"""

from enum import Enum
from typing import Final

from myosotis.value_class import value_class


class Trait(Enum):
    """What sets a patient apart."""

    APP = "app"
    NO_EMAIL = "no e-mail"
    NO_PHONE = "no telephone"
    FIXED_LINE = "fixed line"
    ENGLISH = "English"
    CHILD = "child"
    NO_SMS = "no SMS wanted"
    NO_REVIEW = "no requests for opinions wanted"
    DECEASED = "deceased"


@value_class(kw_only=False)
class Person:
    """One demo patient; `number` is their place in the list, from 1."""

    number: int
    first_name: str
    last_name: str
    traits: frozenset[Trait]

    @property
    def phone(self) -> str:
        if Trait.NO_PHONE in self.traits:
            return ""
        return f"+4822100{self.number:04d}" if Trait.FIXED_LINE in self.traits else f"+48450000{self.number:03d}"

    @property
    def email(self) -> str:
        return "" if Trait.NO_EMAIL in self.traits else f"pacjent{self.number:02d}@example.com"


_NAMES: Final = """
Maria Wiśniewska: app
Jan Kowalski:
Zofia Wójcik: no e-mail
Stanisław Żółkiewski: fixed line
Katarzyna Kamińska: app
Tomasz Lewandowski:
Emily Carter: English
Małgorzata Dąbrowska:
Antoni Szczepański: child
Elżbieta Pawłowska: no e-mail, fixed line
Krzysztof Wróbel: app
Agnieszka Jabłońska: no SMS wanted
Józef Król: deceased
Barbara Wieczorek:
Łukasz Majewski: app
Halina Olszewska: no e-mail
Paweł Stępień:
Ewa Jaworska: no requests for opinions wanted
Michał Malinowski: app
Janina Witkowska: no telephone
Oliver Brown: English, app
Grażyna Walczak:
Andrzej Sikora: no e-mail
Danuta Rutkowska:
Marek Michalak: app
Teresa Szewczyk:
Zbigniew Baran: fixed line
Joanna Ostrowska-Łęcka: app
Piotr Duda:
Irena Zając: no e-mail
Wojciech Pietrzak:
Monika Marciniak: app
Ryszard Grabowski: no telephone, no e-mail
Beata Nowakowska:
Dariusz Wilk: app
Urszula Jasińska:
Mieczysław Brzęczyszczykiewicz:
Aleksandra Sadowska: app
Henryk Chmielewski: no e-mail
Natalia Kaźmierczak:
"""


def _people() -> tuple[Person, ...]:
    people = []
    for number, line in enumerate(_NAMES.strip().splitlines(), start=1):
        name, _, traits = line.partition(":")
        first, _, last = name.partition(" ")
        people.append(
            Person(number, first, last, frozenset(Trait(word.strip()) for word in traits.split(",") if word.strip()))
        )
    return tuple(people)


PEOPLE: Final = _people()
