"""The bench by API: JSON, without a session; it exists in a sandbox only."""

import json
from contextlib import closing
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from myosotis import clock
from myosotis.sandbox.peers.faults import Fault, Peer
from myosotis.sandbox.peers.ledger import connect, received
from myosotis.sandbox.phone import hands
from myosotis.sandbox.place import Place
from myosotis.sandbox.time import ClockError


class BadRequestError(ValueError):
    """The request's body is not what was asked for."""


def _body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request. Raises BadRequestError: a form of another site cannot send this content type."""
    if request.content_type != "application/json":
        raise BadRequestError("Content-Type must be application/json")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise BadRequestError("not JSON") from None
    if not isinstance(body, dict):
        raise BadRequestError("must be a JSON object")
    return body


def _problem(error: Exception, status: HTTPStatus) -> JsonResponse:
    return JsonResponse(
        {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": str(error)},
        status=status.value,
        content_type="application/problem+json",
    )


@csrf_exempt
@require_http_methods(["GET", "POST"])
def clock_api(request: HttpRequest) -> JsonResponse:
    """GET the virtual time; POST `{"turn": "+4h"}` moves it (a step, `next`, `freeze`, `run`, or an instant)."""
    if request.method == "POST":
        try:
            hands.turn(str(_body(request).get("turn", "")))
        except ClockError as error:
            return _problem(error, HTTPStatus.CONFLICT)
        except ValueError as error:
            return _problem(error, HTTPStatus.BAD_REQUEST)
    kept = clock.read_virtual(Place.of_this_process().clock_file)
    return JsonResponse({"now": clock.now().isoformat(), "frozen": kept is not None and kept.frozen})


@csrf_exempt
@require_http_methods(["GET", "POST"])
def faults_api(request: HttpRequest) -> JsonResponse:
    """GET what is switched on; POST `{"sms": ["slow"]}` switches on exactly these of the peers named."""
    if request.method == "POST":
        try:
            for peer, wanted in _body(request).items():
                hands.switch(Peer(peer), frozenset(Fault(fault) for fault in wanted))
        except (ValueError, TypeError) as error:
            return _problem(error, HTTPStatus.BAD_REQUEST)
    return JsonResponse({peer.value: sorted(on) for peer, on in hands.faults().items()})


@require_GET
def received_api(request: HttpRequest) -> JsonResponse:
    """What the peers received after the id `after`, oldest first; of one `address` if given."""
    after = request.GET.get("after", "0")
    if not after.isdecimal():
        return _problem(BadRequestError("after must be a number"), HTTPStatus.BAD_REQUEST)
    address = request.GET.get("address", "")
    where, values = ("id > ?", (int(after),)) if not address else ("id > ? AND address = ?", (int(after), address))
    with closing(connect(Place.of_this_process().ledger)) as database:
        rows = received(database, where, values)
    return JsonResponse(
        {
            "received": [
                {
                    "id": row.id,
                    "channel": row.channel,
                    "address": row.address,
                    "sender": row.sender,
                    "at": row.at.isoformat(),
                    "text": row.text,
                    "key": row.key,
                    "detail": row.detail,
                }
                for row in rows
            ]
        }
    )
