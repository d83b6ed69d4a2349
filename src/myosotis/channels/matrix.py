"""The page of providers in the docs, made from what they declare: `python -m myosotis.channels.matrix docs/providers.md`."""

import sys
from pathlib import Path

from myosotis.channels.base import Ability
from myosotis.channels.config import Field, ProviderType
from myosotis.channels.registry import provider_types

HEAD = """# Providers

Made by `python -m myosotis.channels.matrix docs/providers.md` from what each provider declares; do not edit.

"""
ABILITIES = {
    Ability.REFUSES_REPEATS: "A repeat with the same key is refused or replaces the first",
    Ability.REPEAT_ONCE: "May be repeated once after an unclear send",
    Ability.DELIVERY_REPORTS: "Reports what became of each message",
    Ability.FAILURE_REPORTS: "Reports failures only",
    Ability.INCOMING: "Takes patients' answers",
    Ability.PRICE: "Says what a message cost",
    Ability.PARTS: "Says in how many parts it went",
    Ability.EXPIRY: "Forgets what it could not deliver in time",
}


def page() -> str:
    """The whole page, as Markdown."""
    kinds = provider_types()
    return HEAD + _matrix(kinds) + "".join(_section(kind) for kind in kinds)


def _matrix(kinds: tuple[ProviderType, ...]) -> str:
    rows = [["", *(f"`{kind.name}`" for kind in kinds)], ["---"] * (len(kinds) + 1)]
    rows.append(["Channel", *(kind.channel.value for kind in kinds)])
    rows += [
        [ABILITIES[ability], *("yes" if ability in kind.abilities else "-" for kind in kinds)] for ability in Ability
    ]
    return _table(rows)


def _section(kind: ProviderType) -> str:
    rows = [["Setting", "What", "Must be", "Default"], ["---"] * 4]
    rows += [[f"`{field.name}`", _what(field), field.allowed, _default(field)] for field in kind.fields]
    limits = "".join(f"- {cannot.en}\n" for cannot in kind.cannot)
    return f"\n## {kind.label.en} (`{kind.name}`)\n\n{limits}\n{_table(rows)}"


def _what(field: Field) -> str:
    marks = " **Secret.**" * field.secret + " **Required.**" * field.required
    if field.operator_only:
        marks += " **Only in the installation's settings.**"
    if field.for_practices:
        marks += f" In a practice's own account one of {', '.join(field.for_practices)}."
    return f"{field.label.en}. {field.help.en}".strip() + marks


def _default(field: Field) -> str:
    return f"`{field.default}`" if field.default else "-"


def _table(rows: list[list[str]]) -> str:
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def main() -> None:
    """Write the page to the path given, or to standard output."""
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
