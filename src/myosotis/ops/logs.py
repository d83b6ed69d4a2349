"""Logs: one line an event, JSON unless a person is looking, and never a patient's data.

Lines have ids: of the request (`site.requests`), of the practice whose rows are in reach, of messages. What an exception
says can hold what was asked of it (a database names the values it refused), so a log line has the exception's type and
where it was raised, not its text.
"""

import logging
import sys
import threading
import traceback
from types import TracebackType

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from myosotis.store.apart import scope

DEEPEST = 30


def configure(level: str, form: str = "auto") -> None:
    """Set up logging to stderr for this process; `form` is `json`, `text`, or `auto`: text where a terminal shows it."""
    person = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_practice,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _without_paths,
        _without_exception_texts,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if person else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("asyncio", "aiohttp.access", "mail.log"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _unexpected
    threading.excepthook = _unexpected_in_thread


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """In place of Python's own last words, which have the exception's text."""
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, trace)  # Ctrl-C
        return
    logging.getLogger(__name__).critical("ended unexpectedly", exc_info=(kind, error, trace))


def _unexpected_in_thread(given: threading.ExceptHookArgs) -> None:
    if given.exc_value is not None:
        _unexpected(given.exc_type, given.exc_value, given.exc_traceback)


def _with_practice(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    practices = scope.present().practices
    if len(practices) == 1:
        event.setdefault("practice", practices[0])
    return event


def _without_paths(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Django's own lines about requests name the path, and ours hold the tokens of patients' links."""
    record = event.get("_record")
    if record is not None and record.name.startswith("django."):
        event["event"] = str(record.msg).replace("%s", "…")
        event["status"] = getattr(record, "status_code", None)
    return event


def _without_exception_texts(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    record = event.get("_record")
    if given is None and record is not None:
        given = record.exc_info
    if record is not None:
        record.exc_info = record.exc_text = None
    found = sys.exc_info() if given is True else given
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if isinstance(found, tuple) and found[0] is not None:
        event["exception"] = _where(found[0], found[2])
    return event


def _where(kind: type[BaseException], trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-DEEPEST:]
    lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return " <- ".join([f"{kind.__module__}.{kind.__qualname__}", *reversed(lines)])
