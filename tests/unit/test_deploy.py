"""What is in `deploy/` speaks of what there is: metrics by their names, commands, settings, routes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from myosotis.metrics import anywhere, requests, sending
from myosotis.metrics.spread import Spread
from myosotis.ops.cli import COMMANDS

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NAME = re.compile(r"\bmyosotis_[a-z_]+")
METRICS = (MetricWrapperBase, Spread)
ENDINGS = ("", "_total", "_bucket", "_sum", "_count")
ASKED = frozenset(
    {
        "myosotis_build_info", "myosotis_messages_planned", "myosotis_queue_age_seconds", "myosotis_breakers_open",
        "myosotis_breaker_open", "myosotis_database_up", "myosotis_in_flight",
    }
)  # fmt: skip
"""Those of `myosotis.ops.status`, which knows Django; `tests/db/ops/status` shows that these are all of them."""


def families() -> set[str]:
    """Every name that is given to a metric."""
    made = [value for module in (anywhere, requests, sending) for value in vars(module).values()]
    counted = {family.name for metric in made if isinstance(metric, METRICS) for family in metric.describe()}
    return counted | ASKED


def known() -> set[str]:
    """Every name of ours that Prometheus may find."""
    return {family + ending for family in families() for ending in ENDINGS}


def board() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads((DEPLOY / "grafana" / "myosotis.json").read_text(encoding="utf-8"))[
        "panels"
    ]
    return panels


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Where, and what is asked there."""
    for panel in board():
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for rule in rules():
        yield rule["alert"], rule["expr"]


def test_board_and_alerts_ask_for_what_is_measured() -> None:
    unknown = {(where, name) for where, text in expressions() for name in NAME.findall(text) if name not in known()}
    assert unknown == set()


def test_all_that_is_measured_is_shown_on_the_board() -> None:
    shown = {name for panel in board() for target in panel.get("targets", ()) for name in NAME.findall(target["expr"])}
    assert {name for name in families() if not shown & {name + ending for ending in ENDINGS}} == set()


def test_panels_lie_side_by_side_and_have_ids_of_their_own() -> None:
    places = [panel["gridPos"] for panel in board()]
    fields = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(fields) == len(set(fields))
    assert max(x for x, _ in fields) < 24
    assert len({panel["id"] for panel in board()}) == len(places)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_each_alert_says_what_and_how_bad(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description"}
    page = (DEPLOY.parent / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert f"`{rule['alert']}`" in page, "and what to do about it"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_start_what_there_is_and_hold_it_close(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=.*/myosotis ([a-z]+)$", text, re.MULTILINE)
    assert command is not None
    assert command[1] in COMMANDS
    kept = {"User=myosotis", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "CapabilityBoundingSet="}
    assert kept <= set(text.splitlines())
