"""The front door: in a sandbox it leads to the desk of the demo practice, elsewhere it says what this server is."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from myosotis.web.pages import answer


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """`/`: nobody's visit, nothing to find."""
    if settings.MYOSOTIS.sandbox:
        return HttpResponseRedirect(reverse("sandbox:enter"))
    return answer(request, "site/front.html", {})
