"""Nothing stands in the code that nothing uses. What only tests use is dead, too.

Vulture finds the candidates. Left aside are what is reached by name and so cannot be seen: fields of models and of plain
values (filters, constraints, `asdict`), names that templates speak of, what a framework calls (decorators below), and
the names of `dead_code.txt`, each with its reason.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

ROOT = Path(__file__).resolve().parent.parent
KINDS = {"class", "function", "method", "property", "import", "unreachable_code"}
CALLED_BY_FRAMEWORKS = [
    "@*.get", "@*.post", "@*.put", "@*.patch", "@*.delete", "@*.exception_handler", "@*.api_operation",  # routes
    "@field_validator", "@model_validator", "@field_serializer", "@computed_field",  # pydantic
    "@receiver", "@register.*",  # Django's signals and template tags
    "@pytest.fixture", "@pytest.hookimpl", "@event.*", "@given", "@rule", "@invariant", "@initialize",  # tests
]  # fmt: skip
NAMES_OF_FRAMEWORKS = [
    "Meta", "*Config", "Migration",  # Django
    "clean_*", "label_from_instance", "format_value",  # its forms, fields and widgets
    "do_*", "log_message", "handle_*",  # servers of the standard library and aiosmtpd
    "connection_made", "connection_lost", "data_received",  # asyncio's protocols
    "pipe_connection_lost", "pipe_data_received", "process_exited",
    "resolve_*",  # ninja's schemas
    "test_*", "Test*", "pytest_*",
]  # fmt: skip


def excused(path: Path) -> set[str]:
    """The names of the list; raises ValueError at a line without a reason."""
    names = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, reason = (part.strip() for part in line.partition("#"))
        if not reason:
            raise ValueError(f"{path.name}:{number}: {name} has no reason")
        names.add(name)
    return names


def spoken_in_templates(package: Path) -> set[str]:
    """Every word that stands inside {{ }} or {% %}."""
    words: set[str] = set()
    for path in package.rglob("templates/**/*"):
        if path.is_file():
            tags = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            words.update(re.findall(r"\w+", " ".join(tags)))
    return words


def named_in_strings(package: Path) -> set[str]:
    """What settings and commands name by a dotted path: "myosotis.api.middleware.limits"."""
    sources = (path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    return {dotted.rpartition(".")[2] for source in sources for dotted in re.findall(r'"(myosotis(?:\.\w+)+)"', source)}


def quoted(tests: Path) -> set[str]:
    """Names that tests hand on as strings: the steps of a history that hypothesis makes up."""
    return {word for path in tests.rglob("*.py") for word in re.findall(r'"(\w+)"', path.read_text(encoding="utf-8"))}


def unused(paths: Iterable[Path]) -> list[Item]:
    finder = Vulture(ignore_names=NAMES_OF_FRAMEWORKS, ignore_decorators=CALLED_BY_FRAMEWORKS)
    finder.scavenge([str(path) for path in paths], exclude=["*/migrations/*"])
    return [item for item in finder.get_unused_code(min_confidence=60) if item.typ in KINDS]


def dead(root: Path) -> list[str]:
    """What nothing uses under a project's folder, as "path:line: kind name"."""
    package = root / "src" / "myosotis"
    scripts = [path for path in (root / "scripts",) if path.exists()]
    alive = excused(root / "scripts" / "dead_code.txt") | spoken_in_templates(package) | named_in_strings(package)
    product = unused([package, *scripts])
    tests = [item for item in unused([package, *scripts, root / "tests"]) if (root / "tests") in item.filename.parents]
    alive_in_tests = quoted(root / "tests")
    tests = [item for item in tests if item.name not in alive_in_tests]
    return [
        f"{item.filename.relative_to(root)}:{item.first_lineno}: unused {item.typ} {item.name}"
        for item in [*product, *tests]
        if item.name not in alive
    ]


def main() -> int:
    found = dead(ROOT)
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
