"""Answers to what cannot be done, as RFC 9457 problem details with the names of fields."""

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from myosotis.channels.registry import ConfigError
from myosotis.flows.errors import Conflict, Invalid, NotFound

MEDIA_TYPE: Final = "application/problem+json"
CONFLICTS: Final = {
    "revision_changed": "The visit has changed since; read it again.",
    "visit_cancelled": "The visit is cancelled.",
    "visit_over": "The visit is over.",
    "external_id_taken": "Another row of this practice has this external_id.",
    "actions_off": "This visit does not let its patient change it.",
    "after_cutoff": "It is too late to change this visit without calling.",
    "not_started": "The visit has not started yet.",
    "not_cancelled": "The visit is not cancelled.",
    "nothing_to_undo": "There is nothing to undo.",
    "opinion_withdrawn": "Its author has withdrawn this opinion.",
    "rule_cannot_be_broken": "This opinion cannot break that rule: it has no words, or its visit took place.",
    "undo_time_over": "The undo time is over, or something has left already.",
    "offer_closed": "The offer is closed already.",
    "slot_taken": "This is not, or not any more, one of the free times.",
    "slot_held": "Somebody is booking this time just now; it may be free again within ten minutes.",
    "no_online_booking": "Patients cannot book this service here themselves.",
    "slug_taken": "Another doctor on this server has this slug.",
}
"""What a conflict's code means; a code that is not here speaks for itself."""


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[dict[str, Any]] = (),
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """A problem answer: `code` is for programs, `detail` for people; `errors` name fields."""
    body: dict[str, Any] = {
        "type": f"urn:myosotis:problem:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def unauthorized() -> HttpResponse:
    return problem(
        401, "unauthorized", "Send a valid API key as a bearer token.", headers={"WWW-Authenticate": "Bearer"}
    )


def invalid(error: Invalid) -> HttpResponse:
    """A value that a flow refused."""
    return problem(422, "invalid", "A field is not valid.", [{"field": error.field, "code": error.code}])


def install(api: NinjaAPI) -> None:
    """Let every error of the API be answered as a problem."""

    @api.exception_handler(ValidationError)
    def _validation(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        return problem(422, "invalid", "Some fields are not valid.", [_field(each) for each in error.errors])

    @api.exception_handler(Invalid)
    def _invalid(_request: HttpRequest, error: Invalid) -> HttpResponse:
        return invalid(error)

    @api.exception_handler(ConfigError)
    def _settings(_request: HttpRequest, error: ConfigError) -> HttpResponse:
        wrong = [{"field": each.field, "code": each.wrong, "detail": each.allowed} for each in error.problems]
        return problem(422, "invalid", "Some settings of the provider are not valid.", wrong)

    @api.exception_handler(NotFound)
    def _not_found(_request: HttpRequest, error: NotFound) -> HttpResponse:
        return problem(404, "not_found", f"There is no such {error.what} in this practice.")

    @api.exception_handler(Conflict)
    def _conflict(_request: HttpRequest, error: Conflict) -> HttpResponse:
        return problem(409, error.code, CONFLICTS.get(error.code, error.code.replace("_", " ")))

    @api.exception_handler(AuthenticationError)
    def _authentication(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return unauthorized()

    @api.exception_handler(HttpError)
    def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "refused", error.message)


def _field(error: dict[str, Any]) -> dict[str, Any]:
    """One field's error: where, which code, what is allowed; never the value, which may be a patient's data."""
    where = [str(part) for part in error["loc"] if part not in ("body", "payload")]
    return {"field": ".".join(where) or "body", "code": error["type"], "detail": error["msg"]}
