import pytest

from myosotis.intake.names import divide, name_key, not_shouted, tidy


@pytest.mark.parametrize(
    ("written", "given", "family"),
    [
        ("Anna Kowalska", "Anna", "Kowalska"),
        ("Kowalska Anna", "Anna", "Kowalska"),
        ("Kowalska, Anna Maria", "Anna Maria", "Kowalska"),
        ("KOWALSKA Anna", "Anna", "KOWALSKA"),
        ("Anna NOWAK - OKOŃ", "Anna", "NOWAK-OKOŃ"),
        ("Żółkiewska Świętosława", "Świętosława", "Żółkiewska"),
        ("Nguyen Thi Lan", "Nguyen Thi", "Lan"),
        ("Kowalska", "", "Kowalska"),
        ("Kowalska,", "", "Kowalska"),
        ("", "", ""),
    ],
)
def test_the_order_of_a_name_in_one_column(written: str, given: str, family: str) -> None:
    assert tuple(map(tidy, divide(written))) == (given, family)


def test_the_heading_decides_the_order() -> None:
    assert divide("Adam Piotr", family_first=True) == ("Piotr", "Adam")


def test_one_person_has_one_key() -> None:
    keys = {name_key(name) for name in ("Łucja Ćwikła", "ĆWIKŁA Łucja", "Cwikla, Lucja", " łucja  ćwikła ")}
    assert keys == {"cwikla lucja"}


def test_names_are_not_shouted() -> None:
    assert not_shouted("NOWAK-OKOŃ") == "Nowak-Okoń"
    assert not_shouted("McDonald") == "McDonald"
