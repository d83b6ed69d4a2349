"""Keys by which patients are sorted and searched alike on every database."""

import re
import unicodedata
from typing import Final

_ALPHABET: Final = "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż"
_ORDER: Final = "123456789abcdefghijklmnopqrstuvwxyz"
_SORT: Final = dict(zip(_ALPHABET, _ORDER, strict=True))
"""One sign for each letter of the Polish alphabet, in an order on which all collations agree."""
SAME, LIKE, OTHER = 2, 1, 0
"""How much two names have in common."""
_NO_LETTER: Final = re.compile(r"[\W\d_]+")


def sort_key(last_name: str, first_name: str) -> str:
    """Sorts by family name, then given name, as a Polish register does: "ł" after "l", "ź" before "ż"."""
    return f"{_sorting(last_name)}0{_sorting(first_name)}"[:210]


def _sorting(name: str) -> str:
    return "".join(_SORT.get(letter) or _SORT.get(plain(letter), "0") for letter in name.casefold())


def search_key(*words: str) -> str:
    """What a search looks at: lower case, Polish letters optional, words parted by single spaces."""
    return " ".join(plain(" ".join(words)).split())[:600]


def plain(text: str) -> str:
    """Lower case, without diacritics; "ł" is no letter with a mark and has to be named."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("ł", "l"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def name_words(name: str) -> frozenset[str]:
    """The words of a name as they are compared: "Nowak-Kowalska" and "kowalska nowak" have the same."""
    return frozenset(_NO_LETTER.sub(" ", plain(name)).split())


def likeness(one: tuple[str, str], other: tuple[str, str]) -> int:
    """Of two names, each given and family name: the same, alike (one leaves out a part of a double name), or others'."""
    if name_words(" ".join(one)) == name_words(" ".join(other)):
        return SAME
    parts = zip(one, other, strict=True)
    return LIKE if all(_one_in_other(name_words(left), name_words(right)) for left, right in parts) else OTHER


def _one_in_other(left: frozenset[str], right: frozenset[str]) -> bool:
    return bool(left and right) and (left <= right or right <= left)
