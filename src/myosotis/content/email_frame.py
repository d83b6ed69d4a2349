"""E-mails put together once: the common frame, a kind's pieces and a language's labels become two compiled texts.

The wording stands once, in the pieces; the HTML and its plain twin are made of it, so that they say the same. Putting
together happens in two steps. First the frame, with its own marks (`[[ name ]]`, `[% if %]`), takes the pieces as
text, and css-inline moves the styles to where mail programs look for them. What comes out is the text that is
compiled and filled in for each message. In its HTML the conditions are comments (`<!--% if %-->`), because an HTML
parser leaves comments where they are but throws loose text out of tables.
"""

import re
from functools import cache
from html import escape

from css_inline import CSSInliner
from jinja2 import Environment, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from myosotis.content.open_names import IN_LINES
from myosotis.content.texts import FOLDER, compile_plain, pieces, source, with_shared
from myosotis.domain.words import Channel, Kind, Language
from myosotis.value_class import value_class

WITH_VISIT = frozenset([Kind.DETAILS, Kind.REMINDER, Kind.MOVED, Kind.CANCELLED])
ALONE = frozenset([Kind.TEST, Kind.STAFF])
"""Mails that concern no visit: no card, no reading, nothing to unsubscribe from."""

LABELS = "labels"
STATEMENT = re.compile(r"{%(.*?)%}", re.DOTALL)
CONDITIONAL_PARAGRAPH = re.compile(r"^({% if [^%]+ %})(.+)({% endif %})$", re.DOTALL)
BRANCH = re.compile(r"({% el(?:if [^%]+|se) %})")
EACH_ITS_OWN = r"</p>\1<p>"
PHONE_TO_DIAL = '<a class="link phone" href="tel:{{ phone_link }}">{{ phone }}</a>'
EMPTY_LINES = re.compile(r"\n{3,}")

FRAME = Environment(
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - it puts together our own files; escaping of pieces is explicit in `as_html`
    block_start_string="[%",
    block_end_string="%]",
    variable_start_string="[[",
    variable_end_string="]]",
    comment_start_string="[#",
    comment_end_string="#]",
    trim_blocks=True,
    lstrip_blocks=True,
)

HTML = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, autoescape=True, block_start_string="<!--%", block_end_string="%-->"
)


def lines(text: str) -> Markup:
    """Escaped, with its line breaks kept; the mark of a name that is still open becomes another one."""
    return Markup(IN_LINES.get(text) or escape(text, quote=False).replace("\n", "<br>"))  # noqa: S704 - escaped here


HTML.filters["lines"] = lines
INLINER = CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@value_class
class EmailTemplates:
    subject: Template
    text: Template
    html: Template


@cache
def email_templates(kind: Kind, language: Language) -> EmailTemplates:
    """The compiled texts of an e-mail. Raises FileNotFoundError if a file is missing, jinja2 errors if it is wrong."""
    parts = with_shared(pieces(source(kind, Channel.EMAIL, language)), pieces(source(LABELS, Channel.EMAIL, language)))
    html = conditions_as_comments(put_together("html", kind, language, as_html(parts)))
    return EmailTemplates(
        subject=compile_plain(" ".join(parts["subject"].split())),
        text=compile_plain(put_together("txt", kind, language, parts)),
        html=HTML.from_string(INLINER.inline(html)),
    )


def put_together(ending: str, kind: Kind, language: Language, parts: dict[str, str]) -> str:
    """The frame with the pieces in their places; a piece that a kind does not have is empty."""
    frame = FRAME.from_string((FOLDER / f"frame.email.{ending}").read_text(encoding="utf-8"))
    optional = {"after": ""}
    return frame.render(
        **{**optional, **parts},
        lang=language.value,
        kind=kind.value,
        with_visit=kind in WITH_VISIT,
        alone=kind in ALONE,
    )


def as_html(parts: dict[str, str]) -> dict[str, str]:
    """The pieces escaped; a telephone number can be tapped and is not broken over lines."""
    escaped = {name: escape(body, quote=False) for name, body in parts.items()}
    return {name: body.replace("{{ phone }}", PHONE_TO_DIAL) for name, body in escaped.items()} | {
        "phone_to_dial": PHONE_TO_DIAL
    }


def paragraphs(piece: str) -> str:
    """The paragraphs of a piece in HTML; the condition of a wholly conditional one goes round it: nothing empty stays."""
    return "\n".join(wrapped(paragraph.strip()) for paragraph in piece.split("\n\n") if paragraph.strip())


def wrapped(paragraph: str) -> str:
    whole = CONDITIONAL_PARAGRAPH.match(paragraph)
    if whole is None or "{% endif %}" in whole[2]:
        return f"<p>{paragraph}</p>"
    return f"{whole[1]}<p>{BRANCH.sub(EACH_ITS_OWN, whole[2])}</p>{whole[3]}"


FRAME.filters["paragraphs"] = paragraphs


def conditions_as_comments(text: str) -> str:
    return STATEMENT.sub(r"<!--%\1%-->", text)
