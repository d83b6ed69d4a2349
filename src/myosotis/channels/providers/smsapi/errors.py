"""SMSAPI's error codes (they come inside HTTP 200 as well) in our words.

From the provider's published list of statuses and errors. A code that is not listed concerns the message: it is
refused, with the code in the timeline.
"""

from collections.abc import Mapping
from enum import StrEnum


class Meaning(StrEnum):
    """What an error code says of the message."""

    REFUSED = "refused"
    ADDRESS = "address"
    ALREADY_ACCEPTED = "already_accepted"
    ACCOUNT = "account"
    BUSY = "busy"
    NUMBER_BUSY = "number_busy"
    CLOCK = "clock"


MEANINGS: Mapping[int, Meaning] = {
    13: Meaning.ADDRESS,  # no correct phone number: wrong, a fixed line, or on the account's blacklist
    14: Meaning.ACCOUNT,  # the sender name is not approved: every message of the practice would fail
    52: Meaning.NUMBER_BUSY,  # too many messages to one number within a minute
    53: Meaning.ALREADY_ACCEPTED,  # a message with this idx exists: our own earlier hand-over
    54: Meaning.CLOCK,  # the date until which it is valid is none: our clock is not theirs, the message is blameless
    70: Meaning.ACCOUNT,  # notify_url is not a valid address
    94: Meaning.ACCOUNT,  # links are not allowed for this account
    98: Meaning.ACCOUNT,  # an account that was not verified yet sends to its own number only
    101: Meaning.ACCOUNT,  # no or wrong authorization
    102: Meaning.ACCOUNT,  # wrong user or password
    103: Meaning.ACCOUNT,  # not enough points
    105: Meaning.ACCOUNT,  # address not on the account's list
    110: Meaning.ACCOUNT,  # action not allowed for this account
    200: Meaning.BUSY,  # sending failed, to be tried again
    201: Meaning.BUSY,  # internal error
    202: Meaning.BUSY,  # too many requests at once
    203: Meaning.BUSY,  # too many requests, try again later
    999: Meaning.BUSY,  # internal error
    1000: Meaning.ACCOUNT,  # for the main user of the account only
}
NO_CREDIT = 103
NUMBER_BUSY_SECONDS = 60.0


def meaning(code: int) -> Meaning:
    """What a code says."""
    return MEANINGS.get(code, Meaning.REFUSED)
