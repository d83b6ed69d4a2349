"""The translations of pages: `compile` them, `check` that none is missing, or `extract` new texts into the catalogues.

Sources are English; a Django app with texts keeps `locale/pl/LC_MESSAGES/django.po`. `check` looks for every text in
Python and templates and wants it in a Polish catalogue: translated, in all plural forms, not fuzzy, with the same
placeholders; and nothing there that no source holds any more. Texts of messages are files of their own
(`content/texts/<language>/...`): there every language must have the same files. The .mo files are built, never committed.
Whatever marks a text is imported under a name that `check` knows, or it says so: by another name it would not see the text.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "myosotis"
LANGUAGES = ("pl", "en")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text of the sources: its context, its forms (singular, plural), and where it stands."""

    context: str | None
    forms: tuple[str, ...]
    place: str

    @property
    def key(self) -> tuple[str | None, str]:
        return (self.context, self.forms[0])


def in_python(source: bytes) -> Iterator[tuple[int, tuple[str, ...], str | None]]:
    """Line, forms and context of each call of a marker, also within an f-string, where a lexer sees none before 3.12."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", None)
        if name not in KEYWORDS:
            continue
        given = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
        where = [place for place in KEYWORDS[name] or (1,) if isinstance(place, int)]
        every = [given[place - 1] if place <= len(given) else None for place in where]
        if all(isinstance(text, str) for text in every):
            yield node.lineno, tuple(map(str, every)), str(given[0]) if 1 not in where else None


def in_template(path: Path) -> Iterator[tuple[int, tuple[str, ...], str | None]]:
    # Django's own preparation leaves calls among crossed-out text; the lexer for JavaScript takes that calmly.
    prepared = templatize(path.read_text(encoding="utf-8"), origin=path.name).encode()
    for line, found, _comments, context in extract("javascript", BytesIO(prepared), KEYWORDS):
        yield line, forms(found), context


def texts(package: Path) -> Iterator[Text]:
    """Every text of the Python files, then of the templates."""
    for path in sorted(package.rglob("*.py")):
        for line, every, context in in_python(path.read_bytes()):
            yield Text(context=context, forms=every, place=f"{path.relative_to(package)}:{line}")
    for path in sorted(package.rglob("templates/**/*")):
        if path.suffix in {".html", ".txt", ".xml"}:
            for line, every, context in in_template(path):
                yield Text(context=context, forms=every, place=f"{path.relative_to(package)}:{line}")


def unseen(package: Path) -> list[str]:
    """Imports of Django's markers under names by which no text would be found."""
    return [
        f"{path.relative_to(package)}:{node.lineno}: {name.name} as {name.asname}: its texts are found by no such name"
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in KEYWORDS and name.asname and KEYWORDS.get(name.asname, ()) != KEYWORDS[name.name]
    ]


def catalogues(package: Path, language: str) -> list[Path]:
    return sorted(package.rglob(f"locale/{language}/LC_MESSAGES/django.po"))


def read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def forms(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """One text, or one for each plural form, always as a tuple."""
    return (given or "",) if given is None or isinstance(given, str) else tuple(given)


def flaws(message: Message, *, plural_forms: int) -> list[str]:
    """What is wrong with one translation, in words."""
    ids, strings = forms(message.id), forms(message.string)
    found = []
    if message.fuzzy:
        found.append("fuzzy")
    if not all(strings) or (len(ids) > 1 and len(strings) != plural_forms):
        found.append("not translated in all forms")
    allowed = set(PLACEHOLDER.findall(" ".join(ids)))
    for string in filter(None, strings):
        stray = set(PLACEHOLDER.findall(string)) - allowed
        lost = set(PLACEHOLDER.findall(ids[-1])) - set(PLACEHOLDER.findall(string)) if len(ids) == 1 else set()
        if stray or lost:
            found.append(f"other placeholders: {', '.join(sorted(stray | lost))}")
    return found


def problems(package: Path, language: str = "pl") -> list[str]:
    """What is missing, wrong or left over in the catalogues of `language`."""
    wanted = {text.key: text for text in texts(package)}
    found, known = unseen(package), set()
    for path in catalogues(package, language):
        catalogue = read(path, language)
        for message in catalogue:
            if not message.id:
                continue
            first = forms(message.id)[0]
            known.add((message.context, first))
            name = f"{path.relative_to(package)}: {first!r}"
            found += [f"{name}: {flaw}" for flaw in flaws(message, plural_forms=catalogue.num_plurals)]
            if (message.context, first) not in wanted:
                found.append(f"{name}: stands in no source any more")
    return found + [
        f"{text.place}: {text.forms[0]!r} is not in the {language} catalogue"
        for key, text in wanted.items()
        if key not in known
    ]


def unpaired_texts(folder: Path) -> list[str]:
    """Message texts that exist in one language and lack in another."""
    names = {
        language: {
            str(path.relative_to(folder / language)) for path in (folder / language).rglob("*") if path.is_file()
        }
        for language in LANGUAGES
    }
    every = set().union(*names.values())
    return [
        f"content/texts/{language}/{name}: missing"
        for language in LANGUAGES
        for name in sorted(every - names[language])
    ]


def check() -> int:
    found = problems(PACKAGE) + unpaired_texts(PACKAGE / "content" / "texts")
    print("\n".join(found))
    return int(bool(found))


def compile_all() -> int:
    """Write the .mo beside each .po."""
    for language in LANGUAGES:
        for path in catalogues(PACKAGE, language):
            with path.with_suffix(".mo").open("wb") as file:
                write_mo(file, read(path, language))
    return 0


def extract_all() -> int:
    """Bring each Polish catalogue up to the sources of its app: new texts empty, gone ones dropped."""
    for path in catalogues(PACKAGE, "pl"):
        app = path.parents[3]
        inner = [other.parents[3] for other in catalogues(app, "pl") if other != path]
        template = Catalog(locale="pl")
        for text in texts(app):
            if any((app / text.place).is_relative_to(folder) for folder in inner):
                continue  # of an app inside this one, which has a catalogue of its own
            template.add(text.forms if len(text.forms) > 1 else text.forms[0], context=text.context, locations=[])
        catalogue = read(path, "pl")
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=120, sort_output=True, no_location=True)
    return 0


COMMANDS: dict[str, Callable[[], int]] = {"check": check, "compile": compile_all, "extract": extract_all}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:  # noqa: PLR2004  # the program's name and one word
        sys.exit(f"usage: translations.py {'|'.join(COMMANDS)}")
    sys.exit(COMMANDS[sys.argv[1]]())
