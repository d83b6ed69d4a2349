"""docs/cases.md names tests: each of them exists, and no case is left without a word."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)
ROWS = re.findall(r"^\| (T\d\d) \|(.*)\|$", PAGE, re.MULTILINE)


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_every_test_named_there_exists() -> None:
    assert len(NAMED) > 80
    missing = [f"{file}::{name}" for file, name in NAMED if name not in names_in(ROOT / "tests" / file)]
    assert missing == []


def test_every_case_has_a_test_or_says_why_not() -> None:
    assert len(ROWS) == len({case for case, _ in ROWS})
    without = [case for case, row in ROWS if "::" not in row and not re.search(r"\| (later|not asked for)", row)]
    assert without == []
