"""The check for dead code finds what nothing uses, and what only tests use."""

from pathlib import Path

import pytest

from tests.unit.test_locks_and_vendored import script

dead_code = script("check_dead_code")


def dead(folder: Path, *, product: str, tests: str = "", template: str = "", excused: str = "") -> list[str]:
    package = folder / "src" / "myosotis"
    (package / "templates").mkdir(parents=True)
    for name in ("scripts", "tests"):
        (folder / name).mkdir()
    (package / "product.py").write_text(product, encoding="utf-8")
    (package / "templates" / "page.html").write_text(template, encoding="utf-8")
    (folder / "tests" / "test_product.py").write_text(tests, encoding="utf-8")
    (folder / "scripts" / "dead_code.txt").write_text(excused, encoding="utf-8")
    found: list[str] = dead_code.dead(folder)
    return found


FUNCTION = "def plan():\n    return 1\n"


def test_what_nothing_uses_is_dead(tmp_path: Path) -> None:
    assert dead(tmp_path, product=FUNCTION) == ["src/myosotis/product.py:1: unused function plan"]


def test_what_only_tests_use_is_dead(tmp_path: Path) -> None:
    tests = "from myosotis.product import plan\n\n\ndef test_it():\n    assert plan()\n"
    assert dead(tmp_path, product=FUNCTION, tests=tests) == ["src/myosotis/product.py:1: unused function plan"]


def test_a_helper_of_tests_that_none_calls_is_dead(tmp_path: Path) -> None:
    found = dead(tmp_path, product=FUNCTION + "\n\nPLAN = plan()\n", tests="def made():\n    return 1\n")
    assert found == ["tests/test_product.py:1: unused function made"]


@pytest.mark.parametrize(
    "use",
    [
        {"template": "{{ visit.plan }}"},
        {"product": FUNCTION + 'HOOK = "myosotis.product.plan"\n'},
        {"excused": "plan  # asked for by name"},
    ],
    ids=["template", "dotted path", "excused"],
)
def test_what_is_reached_by_name_is_alive(tmp_path: Path, use: dict[str, str]) -> None:
    assert dead(tmp_path, **({"product": FUNCTION} | use)) == []


def test_an_excuse_needs_its_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no reason"):
        dead(tmp_path, product=FUNCTION, excused="plan\n")
