"""A gateway that speaks SMSAPI on loopback, for dispatchers in processes of their own. Runs as a process too.

It remembers what it took in a file of its own, one key a line, and answers a repeat with SMSAPI's error 53 if it is asked
to refuse repeats. Some answers are late, so that a killed dispatcher has messages under way.
"""

import asyncio
import json
import sys
from pathlib import Path
from urllib.parse import parse_qs

from aiohttp import web

ALREADY_SENT = 53


def app(kept: Path, *, refuses_repeats: bool, delay: float) -> web.Application:
    taken: set[str] = set()

    async def take(request: web.Request) -> web.Response:
        given = parse_qs((await request.read()).decode())
        key = given["idx"][0]
        if key in taken and refuses_repeats:
            return web.json_response({"error": ALREADY_SENT, "message": "Not unique idx value"})
        taken.add(key)
        with kept.open("a", encoding="ascii") as file:
            file.write(key + "\n")
        await asyncio.sleep(delay)  # a gateway takes its time: messages are to be under way when we kill
        return web.json_response({"count": 1, "list": [{"id": key, "points": 0.16, "status": "QUEUE", "error": None}]})

    made = web.Application()
    made.router.add_post("/sms.do", take)
    return made


async def serve(kept: Path, *, refuses_repeats: bool, delay: float) -> None:
    runner = web.AppRunner(app(kept, refuses_repeats=refuses_repeats, delay=delay), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), refuses_repeats=sys.argv[2] == "refuses", delay=float(sys.argv[3])))
