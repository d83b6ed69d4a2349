"""The words of the field, one word per thing (docs/glossary.md).

They are stored in the database and spoken by the API as they stand here, so a word is never renamed, only added.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a message is about (docs/rules.md 2)."""

    DETAILS = "details"
    REMINDER = "reminder"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REVIEW = "review"
    REBOOK = "rebook"
    OFFER = "offer"
    CODE = "code"
    ANSWER = "answer"
    TEST = "test"
    STAFF = "staff"


class Channel(StrEnum):
    """How a message travels. NONE is the channel of a kind that was skipped as a whole."""

    EMAIL = "email"
    PUSH = "push"
    SMS = "sms"
    NONE = "none"


class Wave(StrEnum):
    """First wave, or the SMS that follows it when it did not get through or was not read (docs/rules.md 3)."""

    FIRST = "first"
    FALLBACK = "fallback"


class FallbackRule(StrEnum):
    """What releases a waiting fallback."""

    UNREAD = "unread"
    """4 h after the last real send of the first wave, unless any of it was read; at once if all of it failed."""
    NO_PUSH = "no_push"
    """At once when no push of the first wave was accepted."""


class MessageStatus(StrEnum):
    """Where a message stands; the transitions are in `domain.lifecycle`."""

    WAITING = "waiting"
    PLANNED = "planned"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCLEAR = "unclear"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    EXPIRED = "expired"


class SubjectType(StrEnum):
    """What a message is attached to (docs/rules.md 7.1)."""

    VISIT = "visit"
    CANDIDATE = "candidate"
    VERIFICATION = "verification"
    INCOMING = "incoming"
    TEST = "test"
    STAFF = "staff"


class VisitStatus(StrEnum):
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    DONE = "done"


class Party(StrEnum):
    """Who booked, or asked for a move or a cancellation."""

    PRACTICE = "practice"
    PATIENT = "patient"


class Via(StrEnum):
    """Through which door a change came; the desk alone has an undo time (docs/rules.md 2)."""

    DESK = "desk"
    PORTAL = "portal"
    API = "api"
    SMS = "sms"
    IMPORT = "import"


class VisitEvent(StrEnum):
    """The last thing that happened to a visit of which its patient is to be told."""

    BOOKED = "booked"
    IMPORTED = "imported"
    """Taken over from a file without asking for `details`."""
    MOVED = "moved"
    CANCELLED = "cancelled"
    CORRECTED = "corrected"
    """The patient of the visit was exchanged as a correction of the card, which tells nobody."""


class Language(StrEnum):
    PL = "pl"
    EN = "en"


class Role(StrEnum):
    OWNER = "owner"
    DOCTOR = "doctor"
    RECEPTIONIST = "receptionist"


class Digest(StrEnum):
    """Whether the notices of the desk also go to a staff user by e-mail."""

    NONE = "none"
    DAILY = "daily"


class StaffTopic(StrEnum):
    """What a message to staff is about."""

    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - the topic, not a password
    DIGEST = "digest"


class ConsentBasis(StrEnum):
    """On what the practice bases `review` and `rebook` (docs/rules.md 6)."""

    PRACTICE = "practice"
    """Collected by the practice for all of its patients."""
    CARD = "card"
    """Per patient, on the card."""


class ConsentPurpose(StrEnum):
    COMMERCIAL = "commercial"
    """`review` and `rebook`."""
    TRACKING_IMAGE = "tracking_image"
    """The image in an e-mail that reports its reading."""


class SmsLetters(StrEnum):
    """What a practice does with Polish letters in its SMS."""

    KEEP = "keep"
    STRIP = "strip"
    STRIP_TO_SAVE = "strip_to_save"
    """Strip only where that saves a part."""


class OptOut(StrEnum):
    """What a patient does not want: a channel, or a kind."""

    SMS = "sms"
    EMAIL = "email"
    PUSH = "push"
    REVIEW = "review"
    REBOOK = "rebook"
    OFFER = "offer"


class CallResult(StrEnum):
    """How a call about a visit went (docs/rules.md 3)."""

    REACHED = "reached"
    """Spoken to: they know."""
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    """The patient cancelled on the phone."""
    MOVED = "moved"
    """The patient asked for another time on the phone, and got it."""
    LEFT_MESSAGE = "left_message"
    NOT_REACHED = "not_reached"


class AbsenceWay(StrEnum):
    """What is to become of a visit while its doctor is not there."""

    CANCEL = "cancel"
    MOVE_DAYS = "move_days"
    """So many local days later, at the same time on the wall."""
    MOVE_CALENDAR = "move_calendar"
    """To another calendar, on the same local day at the same time on the wall."""
    LEAVE = "leave"
    """It stays as it is: somebody sees to it by hand."""


class AbsenceOutcome(StrEnum):
    """What became of a visit while its doctor is not there."""

    WAITING = "waiting"
    CANCELLED = "cancelled"
    MOVED = "moved"
    LEFT = "left"
    """Left as it is, on purpose."""
    NO_ROOM = "no_room"
    """The time to which it was to be moved is not free; it stays as it is."""
    CHANGED = "changed"
    """Somebody changed it meanwhile; it stays as it is."""
    TAKEN_BACK = "taken_back"
    TOO_LATE = "too_late"
    """It was to be taken back when the undo time was over: what was done stays."""


class ReadSignal(StrEnum):
    """How we know that a message was read (docs/rules.md 3)."""

    PAGE = "page"
    ACTION = "action"
    PUSH_CLICK = "push_click"
    REPLY = "reply"
    CONFIRMED = "confirmed"
    """ "I confirm that I have read this" in the e-mail was followed and confirmed."""
    IMAGE = "image"


class Answer(StrEnum):
    """What an incoming SMS is answered with (docs/rules.md 5)."""

    PHONE = "phone"
    """The practice will read it; here is the phone number."""
    AFTER_CUTOFF = "after_cutoff"
    """NIE came after the cut-off: not cancelled, please call."""
    STOPPED = "stopped"
    STARTED = "started"
    WHICH = "which"
    """Several visits could be meant: each with a code to reply."""
    OFFER = "offer"
    """TAK came after an offer: the link of that offer, since a reply moves nothing."""


class Reason(StrEnum):
    """Why a message was skipped, stopped, moved in time, or ended; `content.reasons` has the words for people."""

    # skipped or stopped: settings
    SWITCH_OFF = "switch_off"
    SWITCH_OFF_FOR_VISIT = "switch_off_for_visit"
    VISIT_SILENCED = "visit_silenced"
    PATIENT_SILENCED = "patient_silenced"
    # skipped or stopped: time
    BOOKED_TOO_LATE = "booked_too_late"
    DUE_PASSED = "due_passed"
    VISIT_IN_PAST = "visit_in_past"
    NO_MOMENT_IN_WINDOW = "no_moment_in_window"
    # skipped or stopped: the visit
    IMPORTED = "imported"
    NOT_TOLD_YET = "not_told_yet"
    """Booked and cancelled before anything left."""
    ALREADY_KNOWS = "already_knows"
    """The patient was last told just this start, doctor and address."""
    COVERED_BY_DETAILS = "covered_by_details"
    """Moved before `details` left: one `details` with the new time goes instead."""
    VISIT_CANCELLED = "visit_cancelled"
    VISIT_MOVED = "visit_moved"
    VISIT_CHANGED = "visit_changed"
    NO_SHOW = "no_show"
    NEXT_VISIT_BOOKED = "next_visit_booked"
    LATER_VISIT_SAME_DAY = "later_visit_same_day"
    SENT_THAT_DAY = "sent_that_day"
    """After another visit of the day, agreed before this one was."""
    NO_ONLINE_BOOKING = "no_online_booking"
    CORRECTION = "correction"
    FORMER_PATIENT = "former_patient"
    # skipped or stopped: the patient
    DECEASED = "deceased"
    ERASED = "erased"
    NO_CONSENT = "no_consent"
    OPTED_OUT = "opted_out"
    SMS_STOPPED = "sms_stopped"
    # skipped: the channel
    NO_CHANNEL = "no_channel"
    NO_EMAIL = "no_email"
    NO_PHONE = "no_phone"
    FIXED_LINE = "fixed_line"
    NO_APP = "no_app"
    BAD_EMAIL = "bad_email"
    BAD_PHONE = "bad_phone"
    NO_PROVIDER = "no_provider"
    # fallback
    READ = "read"
    PUSH_ACCEPTED = "push_accepted"
    FIRST_WAVE_FAILED = "first_wave_failed"
    FIRST_WAVE_UNREAD = "first_wave_unread"
    # placed in time
    HELD_FOR_WINDOW = "held_for_window"
    BROUGHT_FORWARD_FOR_WINDOW = "brought_forward_for_window"
    OUTSIDE_WINDOW = "outside_window"
    # ended
    EXPIRED = "expired"
    PROVIDER_REFUSED = "provider_refused"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    ADDRESS_REFUSED = "address_refused"
    NOT_DELIVERED = "not_delivered"
    NO_ANSWER = "no_answer"
    DISPATCHER_DIED = "dispatcher_died"
    CANNOT_RENDER = "cannot_render"
    RESTORED = "restored"
    """The installation was restored from a backup: between the two it may have been sent."""
    REPLANNED = "replanned"
    # ended: the offer
    OFFER_TAKEN = "offer_taken"
    OFFER_CLOSED = "offer_closed"
    OFFER_ANSWERED = "offer_answered"
    """Its patient has taken or declined it already."""
    # ended: what staff wrote, and what is written to them
    TAKEN_BACK = "taken_back"
    """Whoever wrote the answer took it back within the undo time."""
    NOTHING_NEW = "nothing_new"
    """A digest: everything in it was seen at the desk meanwhile."""


class HaltCause(StrEnum):
    """Why nothing is sent by anybody for a while (docs/rules.md 7.4)."""

    RESTORED = "restored"


class PassedOver(StrEnum):
    """Why a visit of the right calendar and time was not asked about a freed slot (docs/rules.md 4)."""

    FREED_IT = "freed_it"
    WON_EARLIER = "won_earlier"
    """Its patient won an earlier offer of the same chain."""
    OTHER_OFFER = "other_offer"
    ERASED = "erased"
    DECEASED = "deceased"
    PATIENT_SILENCED = "patient_silenced"
    VISIT_SILENCED = "visit_silenced"
    OPTED_OUT = "opted_out"
    NO_CHANNEL = "no_channel"
    SWITCH_OFF = "switch_off"
    SWITCH_OFF_FOR_VISIT = "switch_off_for_visit"
    JUST_MOVED = "just_moved"
    """Moved at the desk within the undo time."""
    TOO_SHORT = "too_short"
    """The free time is too short for what this visit is for."""
    EARLIER_VISIT_ASKED = "earlier_visit_asked"
    """One per patient: an earlier visit of the same patient is asked about."""
    ENOUGH = "enough"
    """Enough others come before."""


class OfferEnd(StrEnum):
    """Why an offer is closed."""

    TAKEN = "taken"
    BOOKED = "booked"
    """Staff, the portal or an import put a visit there."""
    BLOCKED = "blocked"
    DAY_CHANGED = "day_changed"
    """The calendar is not open at that time any more."""
    STOPPED = "stopped"
    UNDONE = "undone"
    """What had freed the slot was taken back."""
    NOBODY = "nobody"
    """There was nobody to ask."""
    NO_MOMENT = "no_moment"
    """No moment inside the send window was left to ask anybody."""
    TIME = "time"
    """Two hours before the slot starts."""


class OfferAnswer(StrEnum):
    """What became of one who was asked."""

    TAKEN = "taken"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The visit was moved, cancelled or given to another patient meanwhile."""


class OfferStep(StrEnum):
    """The words of an offer's history."""

    OPENED = "opened"
    PASSED_OVER = "passed_over"
    ASKED = "asked"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TAKEN = "taken"
    CLOSED = "closed"
    CHAINED = "chained"
    """The slot that the winner left was offered in turn."""
    NOT_CHAINED = "not_chained"
    """... or was not; the reason says why."""
