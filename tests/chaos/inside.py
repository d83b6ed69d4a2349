"""What the runner asks of the database, in processes with the product's own models and settings: make, watch, report."""

import json
import sys
import time
from collections import Counter
from datetime import timedelta

import django

A_WHILE = timedelta(seconds=20)
"""A message due for so long is stuck."""
NOTES = "notes"
"""Of what is being handed over, beside the states of messages."""
LOOK = 0.2
"""Seconds between two looks at what dispatchers of other processes have left."""


def make(count: int, gateway: str) -> None:
    from myosotis import clock
    from tests.chaos.made import make_due

    make_due(count, clock.now(), json.loads(gateway))


def watch(seconds: float) -> None:
    """Say again and again how many messages are in which state, one line of JSON each time, until nobody listens.

    What is due more than so many seconds after the beginning, as after a clock that was ahead, is called `later`: nobody
    waits for it.
    """
    from django.db import DatabaseError, connection
    from django.db.models import Case, CharField, Count, F, Value, When

    from myosotis import clock
    from myosotis.store.models import HandOver, Message

    later = When(status="planned", due_at__gt=clock.now() + timedelta(seconds=seconds), then=Value("later"))
    state = Case(later, default=F("status"), output_field=CharField())
    while True:
        try:
            counts = dict(Message.objects.order_by().values_list(state).annotate(Count("id")))
            counts[NOTES] = HandOver.objects.count()
        except DatabaseError:
            counts = {}
            connection.close()
        print(json.dumps(counts), flush=True)
        time.sleep(LOOK)  # between two looks at what other processes did


def report() -> None:
    """All messages, and what dispatchers left behind."""
    from myosotis import clock
    from myosotis.store.models import HandOver, Message, MessageEvent
    from myosotis.store.queue import claims

    late = clock.now() - A_WHILE
    sent = Counter(MessageEvent.objects.filter(status="sent").values_list("message_id", flat=True))
    columns = ("id", "uuid", "practice__name", "status", "reason", "detail", "attempts", "due_at")
    claimed = set(Message.objects.filter(claims.IS_CLAIMED).values_list("id", flat=True))
    rows = [
        {
            "id": key, "key": uuid.hex, "lane": lane, "status": "claimed" if key in claimed else status,
            "reason": reason, "detail": detail, "attempts": attempts, "overdue": due is not None and due < late,
            "sent_events": sent[key],
        }
        for key, uuid, lane, status, reason, detail, attempts, due in Message.objects.values_list(*columns)
    ]  # fmt: skip
    print(json.dumps({"rows": rows, "notes": HandOver.objects.count()}))


if __name__ == "__main__":
    django.setup()
    command, *given = sys.argv[1:]
    if command == "make":
        make(int(given[0]), given[1])
    elif command == "watch":
        watch(float(given[0]))
    else:
        report()
