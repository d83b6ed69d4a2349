"""Names of doctors in neutral places."""

import pytest

from myosotis.content.names import clipped, initials, neutral_title, one_line


@pytest.mark.parametrize(
    ("title", "neutral"),
    [
        ("lek.", "lek."),
        ("prof. dr hab. n. med.", "prof. dr hab. n. med."),
        ("lek. dent.", "lek."),
        ("mgr psychologii", "mgr"),
        ("dr n. farm.", "dr"),
        ("Dr", "Dr"),
        ("psycholog", ""),
        ("", ""),
    ],
)
def test_a_title_keeps_what_tells_no_specialty(title: str, neutral: str) -> None:
    assert neutral_title(title) == neutral


@pytest.mark.parametrize(
    ("name", "short", "shortest"),
    [
        ("Anna Kowalska", "A. Kowalska", "A. Kowalska"),
        ("Anna Maria Kowalska", "A. Kowalska", "A. Kowalska"),
        ("Kowalska", "Kowalska", "Kowalska"),
        ("", "", ""),
        ("Ewa Brzęczyszczykiewicz-Nowak", "E. Brzęczyszczykiewicz-Nowak", "E. Brzęczyszczykiewicz"),
    ],
)
def test_names_get_shorter(name: str, short: str, shortest: str) -> None:
    assert initials(name) == short
    assert clipped(name) == shortest


def test_one_line_takes_control_characters_out() -> None:
    assert one_line(" a\r\nb\tc\x00 d\u2028e ") == "a b c d e"
