"""`myosotis web` as a process of its own, on loopback."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from myosotis.ops.benchmark.ground import MYOSOTIS, Ground
from myosotis.ops.ports import answers

START_SECONDS: Final = 60.0


@contextmanager
def serving(ground: Ground, port: int, settings: Mapping[str, str], url: str | None = None) -> Iterator[int]:
    """Its process, once it answers on `port`. Raises RuntimeError if it does not."""
    own = {
        "MYOSOTIS_BIND": f"127.0.0.1:{port}",
        "MYOSOTIS_WORKERS": "1",
        "MYOSOTIS_TRUSTED_PROXIES": '["127.0.0.1"]',
    }
    with ground.running([[*MYOSOTIS, "web"]], ground.environment({**own, **settings}, url)) as [process]:
        until = time.monotonic() + START_SECONDS
        while not answers(port):
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError("the web process did not start")
            time.sleep(0.1)
        yield process.pid
