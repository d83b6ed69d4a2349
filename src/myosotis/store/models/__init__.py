"""All tables, by aggregate."""

from myosotis.store.models.absence import Absence, AbsenceCalendar, AbsenceVisit
from myosotis.store.models.app import Installation, Member
from myosotis.store.models.calendar import (
    Address,
    BlockedTime,
    Calendar,
    Doctor,
    OpeningException,
    OpeningHours,
    Service,
)
from myosotis.store.models.call import CallNote
from myosotis.store.models.door import ApiKey, AuditEntry, IdempotencyKey, IncomingMessage, RateCount, ReplyQuestion
from myosotis.store.models.figures import MonthlyFigure
from myosotis.store.models.intake import ImportBatch, ImportFile
from myosotis.store.models.message import Message, MessageEvent, MessageLinks, MessageText, MessageTrace, ReadingReport
from myosotis.store.models.offer import Candidate, Offer, OfferEvent
from myosotis.store.models.patient import Consent, Patient, PushSubscription, StoppedNumber
from myosotis.store.models.portal import Hold, Opinion, PhoneVerification
from myosotis.store.models.practice import Practice
from myosotis.store.models.provider import BreakerState, ProviderAccount, Ration
from myosotis.store.models.queue import HandOver, QueueEntry, QueueHorizon
from myosotis.store.models.staff import Membership, StaffLetter, StaffUser
from myosotis.store.models.upkeep import Halt, Upkeep
from myosotis.store.models.visit import Visit, VisitLog

__all__ = [
    "Absence",
    "AbsenceCalendar",
    "AbsenceVisit",
    "Address",
    "ApiKey",
    "AuditEntry",
    "BlockedTime",
    "BreakerState",
    "Calendar",
    "CallNote",
    "Candidate",
    "Consent",
    "Doctor",
    "Halt",
    "HandOver",
    "Hold",
    "IdempotencyKey",
    "ImportBatch",
    "ImportFile",
    "IncomingMessage",
    "Installation",
    "Member",
    "Membership",
    "Message",
    "MessageEvent",
    "MessageLinks",
    "MessageText",
    "MessageTrace",
    "MonthlyFigure",
    "Offer",
    "OfferEvent",
    "OpeningException",
    "OpeningHours",
    "Opinion",
    "Patient",
    "PhoneVerification",
    "Practice",
    "ProviderAccount",
    "PushSubscription",
    "QueueEntry",
    "QueueHorizon",
    "RateCount",
    "Ration",
    "ReadingReport",
    "ReplyQuestion",
    "Service",
    "StaffLetter",
    "StaffUser",
    "StoppedNumber",
    "Upkeep",
    "Visit",
    "VisitLog",
]
