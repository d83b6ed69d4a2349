"""One kind of message for one patient of a visit, on its way from "wanted" to rows."""

from datetime import datetime
from typing import Final

from myosotis.domain import window
from myosotis.domain.addresses import Missing
from myosotis.domain.due import Terms
from myosotis.domain.values import MessageKey, PlannedMessage, VisitFacts
from myosotis.domain.words import Channel, FallbackRule, Kind, MessageStatus, Reason, Wave
from myosotis.value_class import value_class

HELD: Final = frozenset({Channel.SMS, Channel.PUSH})
"""Channels that wait for the send window; an e-mail is not held (docs/rules.md 3)."""


@value_class
class Course:
    """What the rows of a kind are made from."""

    facts: VisitFacts
    kind: Kind
    patient_id: int
    terms: Terms
    missing: Missing
    now: datetime

    def key(self, channel: Channel, wave: Wave = Wave.FIRST) -> MessageKey:
        return MessageKey(revision=self.facts.revision, kind=self.kind, channel=channel, wave=wave)

    def first(self, channel: Channel, due: datetime | None = None) -> PlannedMessage:
        """A first-wave row, placed in the send window; skipped if its time has passed or it would come too late."""
        placed = self._placed(channel, self.terms.due if due is None else due)
        if placed.due_at is None:
            return self.skipped(channel, Wave.FIRST, placed.reason or Reason.EXPIRED)
        return PlannedMessage(
            key=self.key(channel),
            patient_id=self.patient_id,
            status=MessageStatus.PLANNED,
            due_at=placed.due_at,
            expires_at=self.terms.expires,
            reason=placed.reason,
        )

    def waiting(self, rule: FallbackRule) -> PlannedMessage:
        """The SMS that follows the first wave, if it has to."""
        return PlannedMessage(
            key=self.key(Channel.SMS, Wave.FALLBACK),
            patient_id=self.patient_id,
            status=MessageStatus.WAITING,
            expires_at=self.terms.expires,
            fallback=rule,
        )

    def skipped(self, channel: Channel, wave: Wave, reason: Reason) -> PlannedMessage:
        return skipped(self.key(channel, wave), self.patient_id, reason)

    def _placed(self, channel: Channel, due: datetime) -> window.Placed:
        terms, facts = self.terms, self.facts
        if channel in HELD:
            placed = window.place(due, self.now, facts.window, facts.zone, limit=terms.limit, expires=terms.expires)
        elif due >= terms.expires:
            placed = window.Placed(due_at=None, reason=Reason.EXPIRED)
        else:
            placed = window.Placed(due_at=due)
        if placed.due_at is not None and placed.due_at < self.now:
            return window.Placed(due_at=None, reason=Reason.DUE_PASSED)
        return placed


def skipped(key: MessageKey, patient_id: int, reason: Reason) -> PlannedMessage:
    """A row that says why nothing is sent."""
    return PlannedMessage(key=key, patient_id=patient_id, status=MessageStatus.SKIPPED, reason=reason)
