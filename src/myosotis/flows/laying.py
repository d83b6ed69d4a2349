"""Laying the values of a form or of the API over a row: only named fields, only what differs."""

from collections.abc import Collection, Mapping

from django.db import IntegrityError, transaction
from django.db.models import Model

from myosotis.flows.errors import Conflict, Invalid


def lay(row: Model, values: Mapping[str, object], allowed: Collection[str]) -> set[str]:
    """Set the values that differ; their names. Raises Invalid (`unknown`) for a field that is not `allowed`."""
    unknown = set(values) - set(allowed)
    if unknown:
        raise Invalid(min(unknown), "unknown")
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return changed


def save(row: Model, taken: str) -> None:
    """Save a row; raises Conflict with `taken` where a unique constraint says that there is one already."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(taken) from error


def require(row: Model, *names: str) -> None:
    """Raise Invalid (`missing`) for the first of these fields that is empty."""
    for name in names:
        if not str(getattr(row, name)).strip():
            raise Invalid(name, "missing")
