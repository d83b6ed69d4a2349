"""The checks of locks and of vendored files find what they are there to find."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


locks = script("check_locks")
vendored = script("check_vendored")
GOOD_LOCK = "django==5.2.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via -r base.in\n"


def test_a_good_lock_passes() -> None:
    assert locks.problems("base.txt", "Django>=5.2\n", GOOD_LOCK) == []


@pytest.mark.parametrize(
    ("source", "lock"),
    [
        ("Django\n", "--index-" + "url https://example.test/simple\n" + GOOD_LOCK),
        ("Django\n", "django==5.2.1\n"),
        ("Django\n", "django>=5.2.1 --hash=sha256:aa\n"),
        ("Django\naiohttp\n", GOOD_LOCK),
        ("Django\n", "django @ https://example.test/django.whl --hash=sha256:aa\n"),
    ],
    ids=["index", "no hash", "not exact", "not locked", "address"],
)
def test_a_bad_lock_is_found(source: str, lock: str) -> None:
    assert locks.problems("base.txt", source, lock)


def vendor(folder: Path, *, content: bytes, **changes: str) -> list[str]:
    (folder / "lib.js").write_bytes(content)
    entry = {
        "file": "lib.js",
        "name": "lib",
        "version": "1.0",
        "licence": "MIT",
        "source": "npm lib",
        "sha384": vendored.integrity(b"right"),
    }
    (folder / "manifest.json").write_text(json.dumps([entry | changes]), encoding="utf-8")
    found: list[str] = vendored.problems(folder)
    return found


def test_an_unchanged_file_passes(tmp_path: Path) -> None:
    assert vendor(tmp_path, content=b"right") == []


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    assert vendor(tmp_path, content=b"wrong")


def test_a_file_without_licence_is_found(tmp_path: Path) -> None:
    assert vendor(tmp_path, content=b"right", licence="")


def test_a_missing_and_an_unlisted_file_are_found(tmp_path: Path) -> None:
    assert vendor(tmp_path, content=b"right", file="other.js") == [
        "other.js: in the manifest, but not there",
        "lib.js: not in the manifest",
    ]
