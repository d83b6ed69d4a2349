"""All addresses of the server, by module."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from myosotis.site.front import front
from myosotis.site.health import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front, name="front"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("myosotis.api.urls")),
    path("desk/", include("myosotis.web.desk.urls")),
    path("desk/account/", include("myosotis.web.desk.doors.urls")),
    path("", include("myosotis.web.urls")),
]
if settings.MYOSOTIS.sandbox:
    urlpatterns.append(path("sandbox/", include("myosotis.sandbox.phone.urls")))

handler404 = "myosotis.site.sorry.unknown"
handler500 = "myosotis.site.sorry.broken"
