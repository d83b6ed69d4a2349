"""Pages by cursor: the id of the last row seen, opaque to callers, steady while rows are added."""

import base64
import binascii
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import Field

from myosotis.flows.errors import Invalid

M = TypeVar("M", bound=Model)
T = TypeVar("T")

LARGEST: Final = 200
BIGGEST: Final = 2**63


class PageQuery(Schema):
    """Which page is asked for."""

    cursor: str = Field("", description="`next_cursor` of the page before; empty for the first page.")
    limit: int = Field(50, ge=1, le=LARGEST, description="Rows on a page.")


class Page(Schema, Generic[T]):
    """Some rows, and where the next ones begin (null: there are none)."""

    items: list[T]
    next_cursor: str | None = None


def page(rows: "QuerySet[M]", query: PageQuery, show: Callable[[M], T]) -> Page[T]:
    """A page of rows in the order of their ids, each as `show` gives it. Raises Invalid (cursor)."""
    ordered = rows.order_by("pk")
    if query.cursor:
        ordered = ordered.filter(pk__gt=_decoded(query.cursor))
    found = list(ordered[: query.limit + 1])
    more = len(found) > query.limit
    items = found[: query.limit]
    return Page(items=[show(row) for row in items], next_cursor=_encoded(items[-1].pk) if more else None)


def _encoded(last: int) -> str:
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def _decoded(cursor: str) -> int:
    try:
        last = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        last = -1
    if not 0 <= last < BIGGEST:
        raise Invalid("cursor", "unknown_cursor")
    return last
