"""What the tests of processes run as children: make messages, dispatch them, report on them."""

import asyncio
import json
import os
import sys
from dataclasses import replace

import django


def make(count: int) -> None:
    from django.core.management import call_command

    from myosotis import clock
    from myosotis.ops.benchmark import due

    call_command("migrate", verbosity=0)
    due.make(count, clock.now())


def blind() -> None:
    """As if the provider did not refuse repeats."""
    from myosotis.channels import registry
    from myosotis.channels.providers.smsapi.client import SmsapiProvider

    SmsapiProvider.abilities = frozenset()
    registry._TYPES = {**registry._TYPES, "smsapi": replace(registry._TYPES["smsapi"], abilities=frozenset())}


def dispatch() -> None:
    """Until killed, told to stop, or nothing is left."""
    from myosotis.dispatch.loop import Dispatcher
    from myosotis.dispatch.run import run
    from myosotis.store.models import Message

    tasks = []

    async def watch(dispatcher: Dispatcher) -> None:
        ahead = Message.objects.filter(status="planned")
        while await dispatcher._database(ahead.exists):  # noqa: ASYNC110 - another process can only be asked
            await asyncio.sleep(0.05)  # between two questions to another process; nothing here tells when it is done
        dispatcher.stop()

    run(started=lambda dispatcher: tasks.append(asyncio.create_task(watch(dispatcher))))


def report() -> None:
    from myosotis.store.models import Message, MessageEvent

    rows = [
        {"key": uuid.hex, "status": status, "reason": reason, "attempts": attempts}
        for uuid, status, reason, attempts in Message.objects.values_list("uuid", "status", "reason", "attempts")
    ]
    print(json.dumps({"rows": rows, "sent_events": MessageEvent.objects.filter(status="sent").count()}))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "myosotis.site.settings"
    django.setup()
    if os.environ.get("BLIND"):
        blind()
    command = sys.argv[1]
    if command == "make":
        make(int(sys.argv[2]))
    elif command == "dispatch":
        dispatch()
    else:
        report()
