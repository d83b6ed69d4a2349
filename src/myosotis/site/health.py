"""Whether this web process lives and is ready, for load balancers and supervisors: words, no figures, no secrets."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from myosotis.ops.status.checks import Readiness, as_json, surroundings

readiness: Final = Readiness(surroundings)


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nobody: starting it again would not bring a database back."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """The process can do its work: the database is there and up to date, clocks agree, the disk has room."""
    said = as_json(readiness.checks())
    return JsonResponse(said, status=HTTPStatus.OK if said["status"] == "ready" else HTTPStatus.SERVICE_UNAVAILABLE)
