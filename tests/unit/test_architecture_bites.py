"""Each rule of the house finds what it is there to find, and leaves alone what is right."""

import pytest

from tests.unit import architecture


@pytest.mark.parametrize(
    "field",
    [
        "models.DateTimeField(auto_now=True)",
        "models.DateTimeField(auto_now_add=True)",
        "models.DateTimeField(default=timezone.now)",
        "models.DateTimeField(default=clock.now)",
        "models.DateTimeField(default=now)",
        "models.DateField(default=lambda: 1)",
        "models.DateField(default=today())",
        "models.DateTimeField(db_default=Now())",
        "models.CharField(default=stamp)",
    ],
)
def test_a_clock_in_a_model_is_found(field: str) -> None:
    assert architecture.clock_defaults(f"class Visit(models.Model):\n    at = {field}\n")


@pytest.mark.parametrize(
    "field",
    [
        "models.DateTimeField(null=True)",
        "models.TimeField(default=time(7, 0))",
        "models.TimeField(default=OPENS)",
        "models.UUIDField(default=uuid.uuid4)",
        "models.JSONField(default=list)",
        "models.CharField(default=Language.PL)",
        "models.CharField(default='x')",
    ],
)
def test_other_defaults_are_fine(field: str) -> None:
    assert architecture.clock_defaults(f"class Visit(models.Model):\n    at = {field}\n") == []


@pytest.mark.parametrize(
    "statement",
    [
        "visit.save()",
        "practice.visits.create(start=start)",
        "Visit.objects.filter(pk=1).update(status='x')",
        "visit.delete()",
        "Visit.objects.bulk_create(rows)",
        "await visit.asave()",
        "cursor.execute('UPDATE visit SET status = 1')",
    ],
)
def test_a_write_past_a_flow_is_found(statement: str) -> None:
    source = f"async def view(request):\n    {statement}\n"
    assert [function for function, _ in architecture.writes(source)] == ["view"]


@pytest.mark.parametrize(
    "statement", ["flows.visit_booked.book(practice)", "headers.update({'a': 1})", "digest.update(body)"]
)
def test_flows_and_dicts_are_no_writes(statement: str) -> None:
    assert architecture.writes(f"def view(request):\n    {statement}\n") == []


def test_a_flow_may_be_called_update_and_a_route_delete() -> None:
    source = "from myosotis.flows import card\n@router.delete('/x')\ndef view(request):\n    card.update(patient=1)\n"
    assert architecture.writes(source) == []


def test_a_route_without_authentication_is_found() -> None:
    source = "router = Router()\n@router.get('/visits')\ndef visits(request): ...\n"
    assert architecture.routes_without_authentication(source) == ["line 3: visits"]


@pytest.mark.parametrize(
    "source",
    [
        "router = Router(auth=key)\n@router.get('/visits')\ndef visits(request): ...\n",
        "router = Router()\n@router.post('/receipts', auth=None)\ndef receipts(request): ...\n",
    ],
)
def test_declared_authentication_is_fine(source: str) -> None:
    assert architecture.routes_without_authentication(source) == []


@pytest.mark.parametrize(
    "line", ["import django", "from django.db import models", "import phonenumbers", "from myosotis import clock"]
)
def test_a_foreign_import_of_the_domain_is_found(line: str) -> None:
    assert architecture.foreign_imports(line)


def test_the_domain_may_import_itself_and_the_standard_library() -> None:
    own = "from zoneinfo import ZoneInfo\nfrom myosotis.domain.words import Kind\nfrom myosotis.value_class import value_class\n"
    assert architecture.foreign_imports(own) == []


@pytest.mark.parametrize("sql", ["UPDATE m SET at = now()", "SELECT CURRENT_TIMESTAMP", "datetime('now')"])
def test_a_clock_in_sql_is_found(sql: str) -> None:
    assert architecture.sql_clocks(f'SQL = "{sql}"')


def test_prose_may_speak_of_the_clock_in_sql() -> None:
    assert architecture.sql_clocks('"""Never NOW() in SQL."""\nSQL = "UPDATE m SET at = %s"\n') == []


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# noqa: S101", "# type: ignore", "# type: ignore[arg-type]", "# type: ignore[arg-type]  # noqa: S101"],
)
def test_a_silenced_check_without_its_reason_is_found(comment: str) -> None:
    assert architecture.silenced_without_reason(f"x = 1  {comment}\n")


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: S101  # the library asserts as well",
        "# type: ignore[arg-type]  # published without types",
        "# plain words",
    ],
)
def test_a_silenced_check_with_its_reason_is_fine(comment: str) -> None:
    assert architecture.silenced_without_reason(f"x = 1  {comment}\n") == []


def test_a_string_that_looks_like_a_comment_silences_nothing() -> None:
    assert architecture.silenced_without_reason('x = "# noqa"\n') == []


def test_a_sleep_is_found() -> None:
    assert architecture.sleeps("import time\ntime.sleep(1)\n")
    assert architecture.sleeps("await asyncio.sleep(0.1)\n")


def test_giving_way_and_a_reasoned_wait_are_fine() -> None:
    assert (
        architecture.sleeps("await asyncio.sleep(0)\nawait asyncio.sleep(0.01)  # the process has no signal for it\n")
        == []
    )


@pytest.mark.parametrize(
    "host", ["py" + "pi.org/simple", "files.pythonh" + "osted.org", "--extra-index-" + "url x", "deb." + "debian.org"]
)
def test_a_package_index_is_found(host: str) -> None:
    assert architecture.package_indexes(f"first\nhttps://{host}\n")


def test_the_option_that_keeps_the_index_out_is_fine() -> None:
    assert architecture.package_indexes("uv pip compile --no-emit-index-" + "url") == []


def test_a_long_file_is_found() -> None:
    assert architecture.too_long("x = 1\n" * 401)
    assert not architecture.too_long("x = 1\n" * 400)
    assert not architecture.too_long("# Long because the table is one table.\n" + "x = 1\n" * 401)


def test_a_provider_without_its_suite_is_found() -> None:
    registry = (
        "from myosotis.channels.providers.smsapi.config import A\nfrom myosotis.channels.providers.smtp.config import B"
    )
    harnesses = 'HARNESSES = {"smsapi": smsapi, "webpush": webpush}'
    found = architecture.uncovered_providers({"smsapi", "smtp", "webpush"}, registry=registry, harnesses=harnesses)
    assert found == {"smtp", "webpush"}
