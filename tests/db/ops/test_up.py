"""`myosotis up` as a new user has it: an empty directory and a few settings; then Ctrl-C or SIGTERM."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from myosotis.ops.ports import free_port

TOKEN = "figures are for us alone"
RUN = [sys.executable, "-m", "myosotis.ops.cli"]


def environment(directory: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MYOSOTIS_")}
    address = f"127.0.0.1:{port}"
    return kept | {
        "MYOSOTIS_DATA_DIR": str(directory / "data"),
        "MYOSOTIS_BIND": address,
        "MYOSOTIS_PUBLIC_URL": f"http://{address}",
        "MYOSOTIS_DISPATCHER_STATUS_BIND": f"127.0.0.1:{free_port()}",
        "MYOSOTIS_WEB_STATUS_BIND": f"127.0.0.1:{free_port()}",
        "MYOSOTIS_STATUS_TOKEN": TOKEN,
    }


def asked(address: str, *, token: str = "") -> str:
    """The answer of a status page, whatever its status."""
    request = urllib.request.Request(f"http://{address}", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode()}"


def shows_itself(settings: dict[str, str]) -> None:
    """What those who watch see: health, readiness, and the figures for whoever has the token."""
    dispatcher, web = settings["MYOSOTIS_DISPATCHER_STATUS_BIND"], settings["MYOSOTIS_WEB_STATUS_BIND"]
    assert json.loads(asked(f"{settings['MYOSOTIS_BIND']}/readyz"))["status"] == "ready"
    assert json.loads(asked(f"{dispatcher}/healthz")) == {"status": "alive"}
    ready = json.loads(asked(f"{dispatcher}/readyz"))
    assert ready["status"] == "ready"
    assert set(ready["checks"]) >= {"database", "migrations", "disk", "loop", "listening"}
    assert asked(f"{dispatcher}/metrics").startswith("401 ")
    assert asked(f"{web}/metrics", token="guessed").startswith("401 ")
    sending = asked(f"{dispatcher}/metrics", token=TOKEN)
    for line in ("myosotis_database_up 1.0", 'myosotis_messages_planned{due="overdue"} 0.0', "myosotis_in_flight 0.0"):
        assert line in sending
    pages = asked(f"{web}/metrics", token=TOKEN)
    assert 'myosotis_requests_total{method="GET",route="readyz",status="2xx"} 1.0' in pages
    assert 'myosotis_build_info{database="sqlite"' in pages


@contextmanager
def up(settings: dict[str, str]) -> Iterator[psutil.Process]:
    """A running installation; whatever happens, nothing of it is left."""
    process = subprocess.Popen(
        [*RUN, "up"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings, cwd="/"
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Myosotis runs at "), line + process.stderr.read()
        first = process.stdout.readline() + process.stdout.readline() + process.stdout.readline()
        assert f"Open {settings['MYOSOTIS_PUBLIC_URL']}/desk/begin" in first
        assert re.search(r"^    ([A-Z2-7]{4}-){3}[A-Z2-7]{4}$", first, re.MULTILINE), "the key of the first owner"
        yield psutil.Process(process.pid)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: psutil.Process, number: signal.Signals) -> list[psutil.Process]:
    """Tell it to stop, see that it says so properly; which of its processes are left."""
    family = process.children(recursive=True)
    assert {child.cmdline()[-1] for child in process.children()} == {"web", "dispatcher"}
    process.send_signal(number)
    assert process.wait(60) == 0
    _gone, left = psutil.wait_procs(family, timeout=10)
    return [child for child in left if child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow
def test_an_empty_directory_becomes_an_installation_that_stops_cleanly(tmp_path: Path) -> None:
    settings = environment(tmp_path, free_port())
    with up(settings) as process:
        with urllib.request.urlopen(settings["MYOSOTIS_PUBLIC_URL"], timeout=30) as answer:
            assert re.search(r'<html lang="(pl|en)">', answer.read().decode())
        other = subprocess.run([*RUN, "up"], env=settings, capture_output=True, text=True, timeout=60, check=False)
        assert other.returncode == 1
        assert f"{settings['MYOSOTIS_BIND']} is taken by another program" in other.stderr
        made = subprocess.run(
            [*RUN, "practice", "create", "Gabinet", "--phone", "22 123 45 67"],
            env=settings, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert re.search(r"^Practice 1: Gabinet\nAPI key \(shown only now\): myo_\S+$", made.stdout, re.MULTILINE)
        key = made.stdout.rpartition(" ")[2].strip()
        request = urllib.request.Request(
            f"{settings['MYOSOTIS_PUBLIC_URL']}/api/v1/practice", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert "Gabinet" in answer.read().decode()
        shows_itself(settings)
        assert ended(process, signal.SIGTERM) == []
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0, "patients' data is nobody else's"
    with up(settings) as process:
        assert ended(process, signal.SIGINT) == []


@pytest.mark.slow
def test_children_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    with up(environment(tmp_path, free_port())) as process:
        family = process.children(recursive=True)
        process.kill()
        _gone, left = psutil.wait_procs(family, timeout=30)
        assert [child for child in left if child.status() != psutil.STATUS_ZOMBIE] == []


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    settings = environment(tmp_path, 1) | {"MYOSOTIS_SMS__PROVIDER": "smsapi"}
    failed = subprocess.run([*RUN, "up"], env=settings, capture_output=True, text=True, timeout=60, check=False)
    assert failed.returncode == 2
    assert "token" in failed.stderr
    assert "Traceback" not in failed.stderr
