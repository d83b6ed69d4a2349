"""A small HTTP server in a thread of its own: it answers also when the work beside it stands still, and says so."""

import hmac
import json
import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import CollectorRegistry

from myosotis.ops.ports import split
from myosotis.value_class import value_class

PATIENCE: Final = 10.0
"""Seconds that somebody may take to say what they want."""
METRICS: Final = "/metrics"


@value_class(kw_only=False)
class Page:
    """An answer."""

    status: HTTPStatus
    kind: str
    body: bytes


Pages = Mapping[str, Callable[[], Page]]
"""By path."""


def figures(registry: CollectorRegistry) -> Page:
    """What Prometheus reads."""
    return Page(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))


def plain(status: HTTPStatus, said: Mapping[str, Any]) -> Page:
    return Page(status, "application/json", json.dumps(said).encode() + b"\n")


class StatusServer:
    """Serves pages at `host:port` until closed."""

    def __init__(self, bind: str, pages: Pages, *, token: str = "") -> None:
        """With a `token`, the figures are for those who bring it as a bearer token. Raises OSError if the port is taken."""
        host, port = split(bind)
        server = _Server6 if ":" in host else ThreadingHTTPServer
        self._server = server((host, port), _handler(pages, token))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="status", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server6(ThreadingHTTPServer):
    address_family = socket.AF_INET6


def _handler(pages: Pages, token: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE
        server_version = "Myosotis"
        sys_version = ""

        def do_GET(self) -> None:
            page = self._page()
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def _page(self) -> Page:
            path = self.path.partition("?")[0]
            if path not in pages:
                return plain(HTTPStatus.NOT_FOUND, {"status": "no such page", "pages": sorted(pages)})
            if path == METRICS and not _shown(token, self.headers.get("Authorization", "")):
                return plain(HTTPStatus.UNAUTHORIZED, {"status": "the figures want the bearer token of the settings"})
            return pages[path]()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            """Whoever watches comes every few seconds: nothing to write down."""

    return Handler


def _shown(token: str, authorization: str) -> bool:
    scheme, _, given = authorization.partition(" ")
    return not token or (scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode()))
