"""The project keeps the rules of its house (docs/adr/0001)."""

import os
import tomllib
from pathlib import Path

import pytest

from tests.unit import architecture

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "myosotis"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SCRIPTS = sorted((ROOT / "scripts").rglob("*.py"))
MODELS = sorted({*PACKAGE.glob("*/models.py"), *PACKAGE.glob("*/models/*.py"), *PACKAGE.glob("*/migrations/*.py")})

NOT_OURS = {".git", ".venv", "var", "build", "dist", "__pycache__", ".hypothesis", "vendor", "node_modules"}

WRITES_ALLOWED: dict[tuple[str, str], str] = {}
"""(file under src/myosotis, function) of writes past a flow, each with its reason. Django's own tables only."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def of(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=name)


@of(MODELS)
def test_models_read_no_clock(path: Path) -> None:
    assert architecture.clock_defaults(path.read_text(encoding="utf-8")) == []


@of([path for door in ("web", "api") for path in (PACKAGE / door).rglob("*.py") if "migrations" not in path.parts])
def test_pages_and_api_write_by_flows(path: Path) -> None:
    file = str(path.relative_to(PACKAGE))
    found = architecture.writes(path.read_text(encoding="utf-8"))
    assert [write for write in found if (file, write[0]) not in WRITES_ALLOWED] == []


def test_allowed_writes_still_exist() -> None:
    there = {
        (str(path.relative_to(PACKAGE)), function)
        for door in ("web", "api")
        for path in (PACKAGE / door).rglob("*.py")
        for function, _call in architecture.writes(path.read_text(encoding="utf-8"))
    }
    assert set(WRITES_ALLOWED) <= there


@of(sorted((PACKAGE / "api").rglob("*.py")))
def test_routes_declare_authentication(path: Path) -> None:
    assert architecture.routes_without_authentication(path.read_text(encoding="utf-8")) == []


@of(sorted((PACKAGE / "domain").rglob("*.py")))
def test_domain_needs_the_standard_library_only(path: Path) -> None:
    assert architecture.foreign_imports(path.read_text(encoding="utf-8")) == []


@of([path for path in SOURCES if "migrations" not in path.parts])
def test_no_sql_clock(path: Path) -> None:
    assert architecture.sql_clocks(path.read_text(encoding="utf-8")) == []


@of([*SOURCES, *TESTS, *SCRIPTS])
def test_what_is_silenced_says_why(path: Path) -> None:
    assert architecture.silenced_without_reason(path.read_text(encoding="utf-8")) == []


@of([path for path in [*SOURCES, *SCRIPTS] if "migrations" not in path.parts])
def test_files_are_short(path: Path) -> None:
    assert not architecture.too_long(path.read_text(encoding="utf-8"))


@of(TESTS)
def test_tests_do_not_sleep(path: Path) -> None:
    assert architecture.sleeps(path.read_text(encoding="utf-8")) == []


def test_every_provider_has_its_conformance_suite() -> None:
    providers = PACKAGE / "channels" / "providers"
    folders = {path.parent.name for path in providers.glob("*/__init__.py")}
    registry = (PACKAGE / "channels" / "registry.py").read_text(encoding="utf-8")
    harnesses = (ROOT / "tests" / "providers" / "harness.py").read_text(encoding="utf-8")
    assert folders
    assert architecture.uncovered_providers(folders, registry=registry, harnesses=harnesses) == set()


def test_no_file_names_a_package_index() -> None:
    found = {}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [inner for inner in folders if inner not in NOT_OURS]
        for path in (Path(folder, file) for file in files):
            content = path.read_bytes()
            if b"\0" not in content and (hits := architecture.package_indexes(content.decode("utf-8", "replace"))):
                found[name(path)] = hits
    assert found == {}


def test_every_switched_off_lint_rule_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignored = tomllib.loads(text)["tool"]["ruff"]["lint"]["ignore"]
    lines = {code: line for line in text.splitlines() for code in ignored if f'"{code}"' in line}
    assert set(lines) == set(ignored)
    assert [code for code, line in lines.items() if not line.partition("#")[2].strip()] == []
