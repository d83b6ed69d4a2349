"""How a class of plain values is written here: its fields are set when a value is made, and never after."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform, overload

Class = TypeVar("Class", bound=type)


@overload
def value_class(cls: Class, /) -> Class: ...


@overload
def value_class(*, kw_only: bool = True, order: bool = False, eq: bool = True) -> Callable[[Class], Class]: ...


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def value_class(cls: type | None = None, /, *, kw_only: bool = True, order: bool = False, eq: bool = True) -> Any:
    """A dataclass with slots, equal and hashed by its fields, of which the type checker lets nobody set a field.

    `dataclass(frozen=True)` stops assignments while the program runs, too, and pays for it at every field of every value:
    three times the time to make one. A dispatcher makes a score of values for every message (docs/adr/0064).
    `replace`, `fields` and `asdict` of `dataclasses` work as with any dataclass, for the type checker as well.
    """
    made = dataclass(slots=True, kw_only=kw_only, order=order, eq=eq, unsafe_hash=eq)
    return made if cls is None else made(cls)
