"""The REST API, version 1."""

import json
from typing import Final

from ninja import NinjaAPI

from myosotis.api import problems
from myosotis.api.access import AnyKey
from myosotis.api.routes import (
    calendars,
    calls,
    imports,
    inbox,
    messages,
    offers,
    opinions,
    patients,
    previews,
    providers,
    settings,
    times,
    visits,
)

DESCRIPTION: Final = """
Automatic patient notifications. Every request carries an API key of a practice as a bearer token; a key reaches its
own practice only. Times carry a zone offset. A write may carry an `Idempotency-Key`: within 24 hours the same request
under the same key is answered as before and does nothing. Errors are problem details (RFC 9457) that name the field.
Lists come in pages: send `next_cursor` back as `cursor`.
"""

api = NinjaAPI(
    title="Myosotis",
    version="1",
    description=DESCRIPTION,
    auth=AnyKey(),
    docs_url=None,
    urls_namespace="api-1",
    openapi_url="openapi.json",
)
problems.install(api)
for routes in (
    visits,
    messages,
    offers,
    calls,
    inbox,
    imports,
    opinions,
    patients,
    settings,
    calendars,
    times,
    previews,
    providers,
):
    api.add_router("", routes.router)


def description() -> str:
    """The OpenAPI description, as docs/openapi.json holds it."""
    return json.dumps(api.get_openapi_schema(path_prefix="/api/v1/"), indent=1, ensure_ascii=False)
