"""Who may call a route: a key of a practice with the scope that the route declares."""

from typing import Any, cast

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from myosotis import clock
from myosotis.flows import actor, api_access
from myosotis.flows.actor import Actor
from myosotis.flows.api_access import Scope
from myosotis.store.models import ApiKey, Practice

_UNASKED = object()


def key_of(request: HttpRequest) -> ApiKey | None:
    """The key that a request brings, looked up once."""
    known = getattr(request, "_myosotis_key", _UNASKED)
    if known is _UNASKED:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        known = api_access.authenticate(secret.strip(), clock.now()) if scheme.lower() == "bearer" else None
        request._myosotis_key = known  # type: ignore[attr-defined]  # noqa: SLF001 - kept on the request for its lifetime
    return cast("ApiKey | None", known)


class Needs(HttpBearer):
    """A route's declaration: the key needs these scopes."""

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002 - ninja's signature
        key = key_of(request)
        for scope in self.scopes:
            if key is not None and scope not in key.scopes:
                raise HttpError(403, f"This key lacks the scope {scope}.")
        return key


class AnyKey(HttpBearer):
    """A route's declaration: any key of a practice will do."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002 - ninja's signature
        return key_of(request)


def practice_of(request: HttpRequest) -> Practice:
    """The practice whose key was shown."""
    return _key(request).practice


def actor_of(request: HttpRequest) -> Actor:
    """Who is acting, for the logs."""
    return actor.api_key(_key(request).prefix)


def _key(request: HttpRequest) -> ApiKey:
    key = key_of(request)
    if key is None:
        raise LookupError("a route without a declared key asked for the practice")
    return key
