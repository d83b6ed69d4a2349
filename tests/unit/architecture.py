"""The rules of the house that no linter knows, as functions from source text to what is wrong with it.

`test_architecture.py` asks them about the project; `test_architecture_bites.py` shows that each finds a violation.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache

LONGEST_FILE = 400
DATE_FIELDS = {"DateTimeField", "DateField", "TimeField"}
FUNCTIONS_FOR_DEFAULTS = {"list", "dict", "uuid4", "uuid.uuid4"}
"""The only functions that a field may take its default from: none of them reads the clock."""

WRITING = {"save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "delete"}
ALWAYS_WRITES = WRITING | {f"a{name}" for name in WRITING}
RAW_SQL = {"execute", "executemany", "raw"}
ROUTE_METHODS = {"get", "post", "put", "patch", "delete", "api_operation"}

SQL_CLOCK = re.compile(r"\bnow\(\)|\bcurrent_timestamp\b|\bcurrent_date\b|\('now'", re.IGNORECASE)
SILENCER = re.compile(r"#\s*(noqa|type:\s*ignore|nosec|pyright:)", re.IGNORECASE)
SILENCER_WITH_REASON = re.compile(
    r"#\s*(noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|type:\s*ignore\[[\w, -]+\])\s*(#|-|:)\s*(?!noqa|type:)\S.+"
)
# Spelt so that this file does not name what it looks for.
INDEX_NAMES = re.compile(
    r"py[p]i\.org|pythonh[o]sted|registry[.]npm[j]s|deb[.]d[e]bian|--find-l[i]nks|un[p]kg\.com|jsd[e]livr|"
    r"(?<!no-emit-)(extra-)?index-u[r]l\b"
)


@cache
def parsed(source: str) -> ast.Module:
    """The tree of a file, made once for all rules."""
    return ast.parse(source)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of names, or "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def called(call: ast.Call) -> str:
    """The last name of what is called: `filter` of `a.b().filter(...)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)


def calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(parsed(source)) if isinstance(node, ast.Call))


def clock_defaults(source: str) -> list[str]:
    """Fields of models that would read a clock by themselves: Django's, the database's or a function's."""
    return [
        f"line {call.lineno}: {called(call)}({keyword.arg}=...)"
        for call in calls(source)
        if called(call).endswith("Field")
        for keyword in call.keywords
        if _reads_clock(called(call), keyword)
    ]


def _reads_clock(field: str, keyword: ast.keyword) -> bool:
    match keyword.arg:
        case "auto_now" | "auto_now_add":
            return True
        case "db_default":
            return "Now" in ast.dump(keyword.value) or field in DATE_FIELDS
        case "default":
            return _function_that_may_read_clock(field, keyword.value)
    return False


def _function_that_may_read_clock(field: str, value: ast.expr) -> bool:
    """Names in capitals are constants, and members of our enumerations are; any other name may be a function."""
    if isinstance(value, ast.Lambda):
        return True
    if field in DATE_FIELDS and isinstance(value, ast.Call):
        return called(value) not in {"time", "date"}  # a literal time of day, as of the send window
    name = dotted(value)
    last = name.rpartition(".")[2]
    return bool(name) and name not in FUNCTIONS_FOR_DEFAULTS and not last.isupper()


def writes(source: str) -> list[tuple[str, str]]:
    """Writes to tables past a flow: (the function they stand in, what is called).

    `update` is told from a dict's or a hash's by its arguments: a queryset takes keywords only. What is called on a
    module of `flows` is a flow, and what stands in a decorator is a route.
    """
    tree = parsed(source)
    flows = _imported_from(tree, "myosotis.flows")
    return [
        (function, call.func.attr)
        for function, call in _calls_by_function(tree, "")
        if isinstance(call.func, ast.Attribute) and dotted(call.func.value) not in flows
        if call.func.attr in ALWAYS_WRITES | RAW_SQL or _updates_queryset(call)
    ]


def _updates_queryset(call: ast.Call) -> bool:
    return called(call) in {"update", "aupdate"} and bool(call.keywords) and not call.args


def _imported_from(tree: ast.AST, package: str) -> set[str]:
    """The names under which a module knows modules and functions of a package."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package)
        for alias in node.names
    }


def _calls_by_function(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call outside decorators, with the dotted name of the function or class that it stands in."""
    inside = function
    decorators: list[ast.expr] = []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        inside = f"{function}.{node.name}".lstrip(".")
        decorators = node.decorator_list
    if isinstance(node, ast.Call):
        yield function, node
    for child in ast.iter_child_nodes(node):
        if child not in decorators:
            yield from _calls_by_function(child, inside)


def routes_without_authentication(source: str) -> list[str]:
    """API routes that say nowhere who may call them: neither on the route, nor on the router made in the same file."""
    tree = parsed(source)
    declared = {
        dotted(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if called(node.value) in {"Router", "NinjaAPI"} and _has_keyword(node.value, "auth")
        for target in node.targets
    }
    return [
        f"line {function.lineno}: {function.name}"
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
        if decorator.func.attr in ROUTE_METHODS
        if dotted(decorator.func.value) not in declared and not _has_keyword(decorator, "auth")
    ]


def _has_keyword(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name for keyword in call.keywords)


def foreign_imports(source: str) -> list[str]:
    """Imports of the domain that are neither the standard library's nor the domain's own, nor the way values are written."""
    imported = [
        (node.lineno, name)
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    ]
    return [
        f"line {line}: {name}"
        for line, name in imported
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith(("myosotis.domain", "myosotis.value_class"))
    ]


def sql_clocks(source: str) -> list[str]:
    """Strings of code that would ask the database for the time; docstrings may speak of it."""
    tree = parsed(source)
    prose = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        f"line {node.lineno}: {node.value.strip()[:60]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        if SQL_CLOCK.search(node.value)
    ]


def silenced_without_reason(source: str) -> list[str]:
    """Comments that switch a check off without its code or without saying why on the line."""
    comments = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and SILENCER.search(token.string)
    ]
    return [
        f"line {token.start[0]}: {token.string}" for token in comments if not SILENCER_WITH_REASON.search(token.string)
    ]


def sleeps(source: str) -> list[str]:
    """Sleeps in tests that do not say on their line why nothing better can be waited for."""
    lines = source.splitlines()
    return [
        f"line {call.lineno}: {lines[call.lineno - 1].strip()}"
        for call in calls(source)
        if dotted(call.func) in {"time.sleep", "asyncio.sleep", "sleep"} and not _sleeps_for_nothing(call)
        if "#" not in lines[call.lineno - 1]
    ]


def _sleeps_for_nothing(call: ast.Call) -> bool:
    """`asyncio.sleep(0)` only gives way to other tasks."""
    return bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0


def package_indexes(text: str) -> list[str]:
    """Lines that name a package index, a registry or a network of copies."""
    return [
        f"line {number}: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), 1)
        if INDEX_NAMES.search(line)
    ]


def too_long(source: str) -> bool:
    """More than 400 lines, and no comment among the first lines that says why ("# Long because ...")."""
    lines = source.splitlines()
    return len(lines) > LONGEST_FILE and not any(line.startswith("# Long because ") for line in lines[:20])


def uncovered_providers(folders: set[str], *, registry: str, harnesses: str) -> set[str]:
    """Provider folders that the registry does not offer, or that the conformance suite does not run over."""
    offered = set(re.findall(r"myosotis\.channels\.providers\.(\w+)", registry))
    return folders - (offered & _keys(harnesses, "HARNESSES"))


def _keys(source: str, name: str) -> set[str]:
    """The literal keys of the dict that a module assigns to `name`."""
    return {
        str(key.value)
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
        if name in {dotted(target) for target in (node.targets if isinstance(node, ast.Assign) else [node.target])}
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    }
