"""Whole objects from the rows of a `Question`, as a query set would give them."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)


@cache
def columns(model: type[Model], by: str = "") -> tuple[str, ...]:
    """All columns of a model, for `values_list`; `by` is the way there from another model (`calendar__`)."""
    return tuple([by + field.attname for field in model._meta.concrete_fields])


def made(model: type[M], cells: Sequence[Any]) -> M:
    """The object of a row's cells: those of all columns in their order."""
    return model.from_db(connection.alias, columns(model), cells)
