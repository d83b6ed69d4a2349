"""Polish letters come out right, or the file is refused; the same bytes always give the same answer."""

import io

import pytest

from myosotis.intake.encoding import Encoding, detect
from myosotis.intake.problems import Code, FileRefusedError

PANGRAM = "Zażółć gęślą jaźń; ŻÓŁĆ GĘŚLĄ JAŹŃ; Święcicki, Ćwikła, Ósmak, Łoś, Źrebiec, Ńko, Ęda, Ąd"


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("utf-8", Encoding.UTF_8),
        ("utf-8-sig", Encoding.UTF_8_MARKED),
        ("utf-16", Encoding.UTF_16),
        ("cp1250", Encoding.WINDOWS_1250),
        ("iso8859-2", Encoding.ISO_8859_2),
    ],
)
def test_polish_letters_survive(written: str, taken: Encoding) -> None:
    data = PANGRAM.encode(written)
    assert detect(io.BytesIO(data)) is taken
    assert data.decode(taken) == PANGRAM
    assert taken.known_as


def test_a_letter_cut_by_the_block_size_is_still_one_letter() -> None:
    data = ("x" * (2**16 - 1) + "ż").encode()
    assert detect(io.BytesIO(data)) is Encoding.UTF_8


def test_a_late_letter_counts_as_much_as_an_early_one() -> None:
    data = ("Anna Kowalska\r\n" * 20_000 + "Żak\r\n").encode("cp1250")
    assert detect(io.BytesIO(data)) is Encoding.WINDOWS_1250


def test_signs_of_windows_1250_beside_words_are_no_riddle() -> None:
    data = "Gabinet „Śliwa” – 5 € ±1, §3, ©2027, 20°".encode("cp1250")
    assert detect(io.BytesIO(data)) is Encoding.WINDOWS_1250


@pytest.mark.parametrize("encoding", ["cp852", "mac_latin2", "utf-32", "utf-16-le"])
def test_other_encodings_are_refused_rather_than_garbled(encoding: str) -> None:
    with pytest.raises(FileRefusedError) as refused:
        detect(io.BytesIO(PANGRAM.encode(encoding)))
    assert refused.value.problems[0].code is Code.UNKNOWN_ENCODING


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.7"])
def test_a_workbook_is_named_as_such(start: bytes) -> None:
    with pytest.raises(FileRefusedError) as refused:
        detect(io.BytesIO(start + b"\0" * 100))
    assert refused.value.problems[0].code is Code.WORKBOOK
