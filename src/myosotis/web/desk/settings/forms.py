"""Saving a form of the settings by a flow, and showing it again with what is wrong."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from myosotis.flows.errors import REFUSED
from myosotis.web.desk.access import Desk
from myosotis.web.desk.forms import DeskForm
from myosotis.web.desk.frame import answer


def typed(request: HttpRequest) -> Any:
    """What was typed, for a form; None where nothing was sent yet."""
    return request.POST if request.method == "POST" else None


def saved(form: DeskForm, save: Callable[[Mapping[str, Any]], object]) -> bool:
    """Whether all of it was right and is saved; if not, the form says what is wrong. Raises NotFound."""
    if not form.is_valid():
        return False
    try:
        save(form.cleaned_data)
    except REFUSED as error:
        form.refuse(error)
        return False
    return True


def shown(request: HttpRequest, desk: Desk, template: str, form: DeskForm, **context: Any) -> HttpResponse:
    """The page with its form, as it is or as it was typed wrongly."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return answer(request, desk, template, {"form": form, **context}, status=status)
