"""allauth's views in the frame and the language of the desk."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control

from myosotis.store.apart import scope
from myosotis.store.models import StaffUser
from myosotis.web.desk import frame
from myosotis.web.desk.access import desk_of
from myosotis.web.desk.doors import idle

View = Callable[..., HttpResponse]

AT_THE_DESK = "desk/doors/within.html"
AT_THE_ENTRANCE = "desk/doors/entrance.html"


def framed(view: View) -> View:
    """A view for whoever is at the door: signed in, in the frame of the desk; else at the entrance."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        idle.end(request)
        with translation.override(language_of(request)):
            response = view(request, *args, **kwargs)
            if isinstance(response, TemplateResponse) and not response.is_rendered:
                _render(request, response)
        patch_cache_control(response, no_store=True)
        return response

    return page


def _render(request: HttpRequest, response: TemplateResponse) -> None:
    """With what stands around; of the practice that is worked in, for somebody at the desk."""
    context = _without_placeholders(response.context_data or {}) | around(request)
    response.context_data = context
    with scope.of_practice(context["practice"].pk) if "practice" in context else nullcontext():
        response.render()


def _without_placeholders(context: dict[str, Any]) -> dict[str, Any]:
    """allauth repeats each label inside its field, where it looks like something that was typed."""
    form = context.get("form")
    for field in form.fields.values() if isinstance(form, BaseForm) else ():
        field.widget.attrs.pop("placeholder", None)
    return context


def language_of(request: HttpRequest) -> str:
    """Of whoever is signed in; else the one chosen at the entrance, or the browser's."""
    user = request.user
    return user.language if isinstance(user, StaffUser) else translation.get_language() or "pl"


def around(request: HttpRequest) -> dict[str, Any]:
    """What the layout of a page shows besides the page itself."""
    desk = desk_of(request)
    if desk is None:
        return {"layout": AT_THE_ENTRANCE}
    idle.touch(request)
    return {**frame.around(request, desk), "layout": AT_THE_DESK}


def once_begun(view: View) -> View:
    """Where nobody works yet, signing in leads to the first start."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not StaffUser.objects.exists():
            return HttpResponseRedirect(reverse("desk:begin"))
        return view(request, *args, **kwargs)

    return page
