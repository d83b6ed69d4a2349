"""Values are made once; that nobody changes one is seen to by the type checker, here too."""

import copy
import pickle
from dataclasses import asdict, field, fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myosotis.value_class import value_class


@value_class
class Street:
    name: str
    number: int = 1


@value_class
class Town:
    streets: tuple[Street, ...] = field(default=())
    main: Street = Street(name="Rynek")

    def __post_init__(self) -> None:
        if not self.main.name:
            raise ValueError("a main street has a name")


@value_class(kw_only=False, order=True)
class Level:
    metres: int


@value_class(eq=False)
class Once:
    name: str


def test_the_type_checker_refuses_to_change_a_value() -> None:
    # `mypy --strict` complains of an ignore that it does not need: were this allowed, `make check` would fail.
    Street(name="Długa").number = 2  # type: ignore[misc] # what it must refuse
    Level(3).metres = 4  # type: ignore[misc] # what it must refuse
    Once(name="a").name = "b"  # type: ignore[misc] # what it must refuse


def test_the_type_checker_knows_the_fields() -> None:
    with pytest.raises(TypeError):
        Street(nam="Długa")  # type: ignore[call-arg] # what it must refuse
    with pytest.raises(TypeError):
        Street("Długa")  # type: ignore[call-arg] # what it must refuse
    with pytest.raises(TypeError):
        replace(Street(name="Długa"), nam="Krótka")  # type: ignore[call-arg] # what it must refuse


def test_nothing_can_be_added_to_a_value() -> None:
    with pytest.raises(AttributeError):
        Street(name="Długa").numbr = 2  # type: ignore[attr-defined] # what it must refuse


def test_equal_values_are_one_in_a_set() -> None:
    assert len({Street(name="Długa", number=2), Street(name="Długa", number=2), Street(name="Krótka")}) == 2
    assert Town() != Town(main=Street(name="Długa"))
    assert Once(name="a") != Once(name="a")


def test_values_are_ordered_where_asked() -> None:
    assert max(Level(3), Level(20)) == Level(20)


def test_a_value_is_checked_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="name"):
        Town(main=Street(name=""))


@given(st.builds(Town))
def test_values_are_taken_apart_and_put_together(town: Town) -> None:
    assert replace(town) == town
    assert Town(main=Street(**asdict(town.main)), streets=town.streets) == town
    assert pickle.loads(pickle.dumps(town)) == town  # noqa: S301 - our own
    assert copy.deepcopy(town) == town
    assert [one.name for one in fields(Town)] == ["streets", "main"]


def test_there_is_one_way_to_write_a_value_class() -> None:
    sources = Path(__file__).parents[2] / "src"
    assert [path.name for path in sources.rglob("*.py") if "@dataclass(frozen" in path.read_text("utf-8")] == []
