"""Celery with RabbitMQ, on threads: persistent messages, acknowledged when the outcome is recorded in PostgreSQL.

`main` fills the queue; then `celery -A bench.celery_peer worker --pool threads ...`, which goes on until it is stopped.
"""

import sys
import threading

import celery
import psycopg
import urllib3

from bench import work

app = celery.Celery("bench", broker=work.BROKER)
app.conf.update(
    task_acks_late=True,  # else what was on its way is lost with the worker
    task_ignore_result=True,  # the outcome is recorded where everybody else records it
    task_default_queue="sms",
    worker_prefetch_multiplier=8,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)
http = urllib3.PoolManager(maxsize=work.IN_FLIGHT, headers=work.HEADERS, retries=False)
mine = threading.local()


def database() -> psycopg.Connection:
    """The connection of this thread."""
    if not hasattr(mine, "database"):
        mine.database = psycopg.connect(work.DATABASE, autocommit=True)
    found: psycopg.Connection = mine.database
    return found


@app.task(name="sms")
def send(number: int, idx: str, phone: str) -> None:
    answer = http.request("POST", work.GATEWAY, body=work.form(idx, phone))
    database().execute(work.OUTCOME, [number, work.provider_id(answer.data)])


def fill(count: int) -> None:
    """So many tasks at the broker."""
    with app.producer_or_acquire() as producer:
        for item in work.items(count):
            send.apply_async(item, producer=producer)


def main() -> None:
    """`fill COUNT`"""
    fill(int(sys.argv[2]))
