"""A form that is sent twice does once what it says: a second click, or a request whose answer was lost."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from myosotis import clock
from myosotis.flows import api_access
from myosotis.web.desk import frame

if TYPE_CHECKING:
    from myosotis.web.desk.access import Desk, View

FIELD: Final = "once"
"""Of the form; `{% once %}` writes it."""
_NOT_THE_FORM: Final = ("csrfmiddlewaretoken",)


def once(
    back: str, *, button: str = "", end: Callable[[HttpRequest, str], HttpResponse] = frame.done
) -> "Callable[[View], View]":
    """Under `staff`: a form sent again as it was changes nothing, says so and `end`s at the page named `back`.

    `button`: only what is sent by the button of that name does something. All that the view writes is one transaction;
    the second of two at once waits for it. What is refused (status 400 and above) may be sent again.
    """

    def guard(view: "View") -> "View":
        @wraps(view)
        def guarded(request: HttpRequest, desk: "Desk", *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.POST.get(FIELD) or (button and button not in request.POST):
                return view(request, desk, *args, **kwargs)
            key = _key(request)
            with transaction.atomic():
                earlier = api_access.remembered(practice=desk.practice, key=key, fingerprint="", now=clock.now())
                if earlier is None:
                    response = view(request, desk, *args, **kwargs)
                    if response.status_code >= HTTPStatus.BAD_REQUEST:
                        api_access.forget(practice=desk.practice, key=key)
                    return response
            frame.warn(request, _("This form was sent already; nothing was done twice."))
            return end(request, reverse(back))

        return guarded

    return guard


def _key(request: HttpRequest) -> str:
    """Of what was sent: a form gone back to and filled in otherwise is another one."""
    sent = sorted((name, values) for name, values in request.POST.lists() if name not in _NOT_THE_FORM)
    return f"desk:{sha256(repr((request.path, sent)).encode()).hexdigest()}"
