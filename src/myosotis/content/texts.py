"""The texts as files: one per language, kind and channel; found, read and compiled once per process.

`texts/<language>/<kind>.<channel>.txt` is a Jinja2 text. E-mails and pushes consist of pieces, each under its name in
brackets on a line of its own; `any.push.txt` serves the kinds that have no push text of their own, because a push
must not tell them apart. `labels.email.txt` holds what all e-mails of a language share.
"""

import re
from functools import cache
from pathlib import Path

from jinja2 import StrictUndefined, Template, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from myosotis.content.rendered import CannotRender, MissingLanguage
from myosotis.domain.words import Channel, Kind, Language
from myosotis.value_class import value_class

FOLDER = Path(__file__).parent / "texts"
ANY = "any"
PIECE = re.compile(r"^\[(\w+)\]$", re.MULTILINE)
SHARED = re.compile(r"^@(\w+)$", re.MULTILINE)
UNKNOWN_NAME = re.compile(r"'(\w+)' is undefined")

PLAIN = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
"""SMS, push and the plain twin of an e-mail."""

EVERYWHERE = frozenset([Channel.EMAIL, Channel.PUSH, Channel.SMS])
CHANNELS: dict[Kind, frozenset[Channel]] = {
    **dict.fromkeys(Kind, EVERYWHERE),
    Kind.CODE: frozenset([Channel.SMS]),
    Kind.ANSWER: frozenset([Channel.SMS]),
    Kind.STAFF: frozenset([Channel.EMAIL]),
}
"""Where each kind can go (docs/rules.md 3 and 5): a code proves a phone, an answer goes back to where the SMS came from."""

Values = dict[str, object]


@value_class
class Found:
    """Which language's text serves, and the warning if it is not the one asked for."""

    language: Language
    warnings: tuple[MissingLanguage, ...] = ()


def path_of(kind: str, channel: Channel, language: str) -> Path | None:
    """The file of a text, or None."""
    for name in (kind, ANY):
        path = FOLDER / language / f"{name}.{channel}.txt"
        if path.is_file():
            return path
    return None


@cache
def find(kind: Kind, channel: Channel, language: str, fallback: str) -> Found:
    """The language to use: the one asked for, else the practice's, else Polish. Never no text at all.

    Raises CannotRender if the kind has no text on this channel.
    """
    for candidate in (language, fallback, Language.PL):
        if channel in CHANNELS[kind] and candidate in list(Language) and path_of(kind, channel, candidate):
            used = Language(candidate)
            return Found(language=used, warnings=() if used == language else (missing(language, used),))
    raise CannotRender(kind, channel, language, "a text of this kind and channel")


def missing(asked: str, used: Language) -> MissingLanguage:
    return MissingLanguage(asked=asked, used=used)


def source(kind: str, channel: Channel, language: Language) -> str:
    """The text as written. Raises FileNotFoundError."""
    path = path_of(kind, channel, language)
    if path is None:
        raise FileNotFoundError(f"no text {kind}.{channel} in {language}")
    return path.read_text(encoding="utf-8")


def pieces(text: str) -> dict[str, str]:
    """The pieces of a text by name, without the empty lines around them."""
    _, *rest = PIECE.split(text)
    return {name: body.strip() for name, body in zip(rest[::2], rest[1::2], strict=True)}


def with_shared(own: dict[str, str], shared: dict[str, str]) -> dict[str, str]:
    """All pieces of an e-mail: its own over the shared ones; a line "@name" stands for the shared piece of that name."""
    filled = {name: SHARED.sub(lambda mark: shared[mark[1]], body) for name, body in own.items()}
    return {**shared, **filled}


def compile_plain(text: str) -> Template:
    return PLAIN.from_string(text)


@cache
def sms_template(kind: Kind, language: Language) -> Template:
    return compile_plain(" ".join(source(kind, Channel.SMS, language).split()))


@cache
def push_pieces(kind: Kind, language: Language) -> dict[str, str]:
    return pieces(source(kind, Channel.PUSH, language))


def fill(template: Template, values: Values, kind: Kind, channel: Channel, language: Language) -> str:
    """The text with its names filled in. Raises CannotRender with the missing name.

    The context is made without Jinja's global functions, which no text uses: gathering them for each message takes as
    long as the text itself.
    """
    environment = template.environment
    context = environment.context_class(environment, values, template.name, template.blocks)
    try:
        return "".join(template.root_render_func(context))
    except UndefinedError as error:
        name = UNKNOWN_NAME.search(error.message or "")
        raise CannotRender(kind, channel, language, name[1] if name else "a value") from None
