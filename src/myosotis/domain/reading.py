"""What counts as "read" (docs/rules.md 3). In doubt unread: that costs one SMS, a false "read" costs a visit."""

import re
import tomllib
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final

from myosotis.domain.lifecycle import ACCEPTED
from myosotis.domain.values import ExistingMessage, VisitFacts
from myosotis.domain.words import MessageStatus
from myosotis.value_class import value_class

READABLE: Final = ACCEPTED | {MessageStatus.UNCLEAR}
TOO_SOON: Final = timedelta(seconds=60)
"""An image loaded this soon after delivery was loaded by a program that looks ahead."""
LONGEST_AGENT: Final = 512
"""Longer User-Agents are not looked at: no mail program sends one."""


@value_class
class MailPrograms:
    """The allow-list: what a User-Agent must match as a whole, and what it must not contain."""

    programs: tuple[re.Pattern[str], ...]
    scanners: tuple[str, ...]

    def has(self, user_agent: str) -> bool:
        """Whether a mail program on the reader's own device calls itself so."""
        if len(user_agent) > LONGEST_AGENT or any(mark in user_agent.casefold() for mark in self.scanners):
            return False
        return any(program.fullmatch(user_agent) for program in self.programs)


def messages_read(facts: VisitFacts, shown_revision: int, at: datetime) -> tuple[ExistingMessage, ...]:
    """The messages that a signal at `at` (UTC) shows to be read now and were not before.

    `shown_revision` is what the patient saw: the revision that the page showed, or the one of the message that was
    clicked, answered or confirmed. Only the present revision counts, and only messages that had left before; also one
    that was handed over, had no answer and waits for its repeat: whoever shows it has got it.
    """
    if shown_revision != facts.revision:
        return ()
    return tuple(
        message
        for message in facts.messages
        if message.key.revision == shown_revision
        and (message.status in READABLE or message.status is MessageStatus.PLANNED)
        and message.read_at is None
        and message.sent_at is not None
        and message.sent_at <= at
    )


def image_counts(
    user_agent: str, *, at: datetime, delivered_at: datetime | None, consented: bool, switched_on: bool
) -> bool:
    """Whether loading an e-mail's image at `at` (UTC) counts as reading it.

    It takes the practice's switch, the patient's consent, a mail program on the allow-list, and at least 60 s since
    the e-mail was delivered (or, where delivery is not reported, handed over). The User-Agent is not kept.
    """
    if not (consented and switched_on) or delivered_at is None or at - delivered_at < TOO_SOON:
        return False
    return mail_programs().has(user_agent)


@lru_cache(maxsize=1)
def mail_programs() -> MailPrograms:
    """The kept allow-list, `data/mail_programs.toml`."""
    kept = tomllib.loads(files("myosotis.domain").joinpath("data/mail_programs.toml").read_text(encoding="utf-8"))
    return MailPrograms(
        programs=tuple(re.compile(program["agent"], re.ASCII) for program in kept["program"]),
        scanners=tuple(scanner["mark"].casefold() for scanner in kept["scanner"] if "mark" in scanner),
    )
