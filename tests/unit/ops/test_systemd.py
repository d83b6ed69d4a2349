"""systemd is told; where there is none, nothing happens."""

import socket
from pathlib import Path

import pytest

from myosotis.ops.status import systemd


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, abstract: bool) -> None:
    address = f"@myosotis-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0") if abstract else address)
        manager.settimeout(5)
        monkeypatch.setenv(systemd.SOCKET, address)
        systemd.notify(systemd.READY)
        assert manager.recv(100) == b"READY=1"


def test_nobody_need_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(systemd.SOCKET, raising=False)
    systemd.notify(systemd.ALIVE)
    monkeypatch.setenv(systemd.SOCKET, str(tmp_path / "gone"))
    systemd.notify(systemd.ALIVE)
