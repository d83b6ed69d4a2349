"""All addresses of the server, by module."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

urlpatterns: list[URLPattern | URLResolver] = []

if settings.MYOSOTIS.sandbox:
    urlpatterns += [
        path("sandbox/", include("myosotis.sandbox.phone.urls")),
        path("", RedirectView.as_view(pattern_name="sandbox:bench")),
    ]
