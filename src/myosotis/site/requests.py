"""Each request has an id, is timed by the name of its route, and leaves a line where it went wrong or took long."""

import re
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse

from myosotis.metrics.anywhere import database_errors
from myosotis.metrics.requests import request_seconds, requests

HEADER: Final = "X-Request-ID"
GIVEN: Final = re.compile(r"[0-9a-fA-F-]{20,64}")
"""What a proxy may call a request: a UUID or the like. Anything else could hold a name or a number of somebody's."""
SLOW: Final = 1.0
"""Seconds from which a request is worth a line."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Answer = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger(__name__)


def watched(answer: Answer) -> Answer:
    """Name, time and count each request (a middleware, the outermost). Never by its path, which may hold a patient's link."""

    def timed(request: HttpRequest) -> HttpResponse:
        name = _name(request)
        with structlog.contextvars.bound_contextvars(request=name):
            began = time.perf_counter()
            response = answer(request)
            _count(request, response, time.perf_counter() - began)
        response.headers[HEADER] = name
        return response

    return timed


def _name(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "")
    return given if GIVEN.fullmatch(given) else str(uuid4())


def _count(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route, status = _route(request), response.status_code
    method = request.method if request.method in METHODS else "other"
    requests.labels(route, method, f"{status // 100}xx").inc()
    request_seconds.labels(route).observe(seconds)
    told = {"route": route, "method": method, "status": status, "ms": round(seconds * 1000)}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", **told)
    elif seconds >= SLOW:
        log.warning("request_slow", **told)
    else:
        log.debug("request", **told)


def _route(request: HttpRequest) -> str:
    """The route's name; files are one, and so is all that leads nowhere: paths are given by whoever asks."""
    match = request.resolver_match
    if match is not None:
        return match.view_name
    return "files" if request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}") else "none"


def _count_database_errors(**_given: Any) -> None:
    """Of requests that failed because the database did (a receiver of Django's signal)."""
    error = sys.exc_info()[1]
    if isinstance(error, DatabaseTrouble):
        database_errors.labels(type(error).__name__).inc()


got_request_exception.connect(_count_database_errors, dispatch_uid="myosotis.database_errors")
