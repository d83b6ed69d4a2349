"""What a browser asks for to install the app: the manifest, the service worker, the page for when there is no network."""

from functools import cache
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from myosotis.web import pages

WORKER: Final = Path(__file__).parent.parent / "static" / "app" / "sw.js"
THEME, PAPER = "#1d4ea3", "#eef3fa"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What the installed app is called and looks like, in the language of the page that named it."""
    language = pages.language_of(request)
    with translation.override(language):
        described = {
            "id": "/app",
            "name": "Myosotis",
            "short_name": "Myosotis",
            "description": gettext("My visits and messages from my practice"),
            "lang": language.value,
            "start_url": "/app",
            "scope": "/",
            "display": "standalone",
            "theme_color": THEME,
            "background_color": PAPER,
            "icons": [
                _icon("icon-192.png", 192, "any"),
                _icon("icon-512.png", 512, "any"),
                _icon("maskable-512.png", 512, "maskable"),
            ],
        }
    response = JsonResponse(described, content_type="application/manifest+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {"src": static(f"app/{name}"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """The service worker, at the root: it answers for the app's pages and shows pushes that lead to any link."""
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _worker() -> bytes:
    return WORKER.read_bytes()


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Shown by the service worker instead of a page of the app that it does not keep."""
    return pages.answer(request, "app/offline.html", {})
