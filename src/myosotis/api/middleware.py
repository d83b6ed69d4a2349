"""What every API request passes: the rate limit of its key, and the memory of writes that are repeated."""

import hashlib
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from myosotis import clock
from myosotis.api.access import key_of
from myosotis.api.problems import MEDIA_TYPE, invalid, problem, unauthorized
from myosotis.flows import api_access, rate_limits
from myosotis.flows.errors import Invalid
from myosotis.store.apart import scope
from myosotis.store.models import ApiKey

ROOT: Final = "/api/v1/"
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LONGEST_KEY: Final = 255
PLAIN: Final = {
    404: ("not_found", "There is no such address."),
    405: ("method_not_allowed", "This address does not know this method."),
}

Answer = Callable[[HttpRequest], HttpResponse]


def api_middleware(answer: Answer) -> Answer:
    """Guard `/api/v1/`; all else passes."""

    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ROOT) or request.path == f"{ROOT}openapi.json":
            return answer(request)
        key = key_of(request)
        if key is None:
            return unauthorized()
        left = _requests_left(key)
        if left < 0:
            return problem(429, "too_many_requests", "Slow down.", headers={"Retry-After": str(_to_next_window())})
        if not _has_readable_body(request):
            return problem(413, "too_large", "The body is too large; big files go in by `myosotis import`.")
        if _holds_nul(request):
            return problem(422, "invalid", "A text holds a NUL character, which no database keeps.")
        with scope.of_practice(key.practice_id):
            response = _as_problem(_once(request, key, answer))
        response.headers["Cache-Control"] = "no-store"
        response.headers["RateLimit-Limit"] = str(requests_a_minute())
        response.headers["RateLimit-Remaining"] = str(left)
        return response

    return guarded


def _has_readable_body(request: HttpRequest) -> bool:
    try:
        return len(request.body) >= 0
    except RequestDataTooBig:
        return False


def _holds_nul(request: HttpRequest) -> bool:
    return b"\\u0000" in request.body or "%00" in request.get_full_path()


def _as_problem(response: HttpResponse) -> HttpResponse:
    """What never reached a route (no such address, no such method) is answered as all else."""
    if response.status_code in PLAIN and response.headers.get("Content-Type") != MEDIA_TYPE:
        return problem(response.status_code, *PLAIN[response.status_code])
    return response


def _requests_left(key: ApiKey) -> int:
    """What is left of this minute's requests, after this one."""
    return requests_a_minute() - rate_limits.spend(f"api:{key.pk}", 1, clock.wall())


def requests_a_minute() -> int:
    """How many requests one key may make."""
    return int(settings.MYOSOTIS.api_requests_per_minute)


def _to_next_window() -> int:
    return rate_limits.MINUTE - int(clock.wall().timestamp()) % rate_limits.MINUTE


def _once(request: HttpRequest, key: ApiKey, answer: Answer) -> HttpResponse:
    """Answer; a write with an `Idempotency-Key` that was answered before gets that answer again."""
    name = request.headers.get("Idempotency-Key", "")
    if request.method not in WRITES or not name:
        return answer(request)
    if len(name) > LONGEST_KEY:
        return invalid(Invalid("Idempotency-Key", "too_long"))
    try:
        return _remembered(request, key, name, answer)
    except Invalid as error:
        return invalid(error)


@transaction.atomic
def _remembered(request: HttpRequest, key: ApiKey, name: str, answer: Answer) -> HttpResponse:
    kept = api_access.remembered(practice=key.practice, key=name, fingerprint=_fingerprint(request), now=clock.now())
    if kept is not None:
        return HttpResponse(
            kept.body, status=kept.status, content_type="application/json", headers={"Idempotency-Replayed": "true"}
        )
    response = answer(request)
    if response.status_code >= 400 or response.headers.get("Content-Type") == MEDIA_TYPE:  # noqa: PLR2004 - HTTP
        transaction.set_rollback(True)  # a refused write leaves nothing behind, also no memory of it
    else:
        api_access.remember(
            practice=key.practice, key=name, status=response.status_code, body=response.content.decode()
        )
    return response


def _fingerprint(request: HttpRequest) -> str:
    """What makes two requests the same one: SHA-256 of method, path with query, and body."""
    text = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(text + request.body).hexdigest()
