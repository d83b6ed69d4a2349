"""What a change of a card does to the messages that are still ahead: said after it was saved."""

from collections.abc import Mapping
from typing import Final

from django.db.models import Count
from django.utils.translation import ngettext

from myosotis.domain.words import Channel, MessageStatus
from myosotis.flows.card_taken_back import State
from myosotis.store.models import Patient
from myosotis.value_class import value_class

AHEAD: Final = (MessageStatus.WAITING, MessageStatus.PLANNED)
ADDRESSES: Final = {
    Channel.EMAIL: ("email", "guardian_email", "guardian_until"),
    Channel.SMS: ("phone", "guardian_phone", "guardian_until"),
}
"""By which a message finds its way on a channel."""


@value_class
class Ahead:
    """A card, and how many messages to it are ahead on each channel."""

    state: State
    messages: Mapping[str, int]

    @property
    def count(self) -> int:
        return sum(self.messages.values())


def ahead_of(patient: Patient, state: State) -> Ahead:
    """What is planned for a patient; in one query."""
    rows = patient.messages.filter(status__in=AHEAD).order_by()
    return Ahead(state=state, messages=dict(rows.values_list("channel").annotate(count=Count("id"))))


def sentence(before: Ahead, after: Ahead) -> str:
    """ "3 messages go to another address. 1 message is not sent any more."; empty where nothing changes."""
    said = []
    redirected = sum(
        min(before.messages.get(channel, 0), after.messages.get(channel, 0))
        for channel, columns in ADDRESSES.items()
        if any(before.state[name] != after.state[name] for name in columns)
    )
    if redirected:
        said.append(
            ngettext(
                "%(number)s message that is ahead goes to the new address.",
                "%(number)s messages that are ahead go to the new address.",
                redirected,
            )
            % {"number": redirected}
        )
    more = after.count - before.count
    if more > 0:
        said.append(
            ngettext("%(number)s message more is planned.", "%(number)s messages more are planned.", more)
            % {"number": more}
        )
    if more < 0:
        said.append(
            ngettext("%(number)s message is not sent any more.", "%(number)s messages are not sent any more.", -more)
            % {"number": -more}
        )
    return " ".join(said)
