"""What must hold when the dust has settled (docs/rules.md 7), told from the messages' rows and from what providers took."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from myosotis.value_class import value_class

ARRIVED: Final = ("sent", "delivered")
AHEAD: Final = ("waiting", "planned")
MOST_MEMORY: Final = 300
"""MB, of one dispatcher."""


@value_class
class Lane:
    """A practice whose messages all go by one kind of provider."""

    name: str
    channel: str
    share: float
    """Of all messages."""
    provider: str = ""
    """Of its own account; empty for the installation's."""
    most: int
    """How often the provider may be seen to take one message."""


LANES: Final = (
    Lane(name="refuses", channel="sms", share=0.5, most=1),
    Lane(name="blind", channel="sms", share=0.3, provider="blind", most=1),
    Lane(name="mail", channel="email", share=0.2, most=2),  # once more is allowed, with the same Message-ID
)
MOST: Final[Mapping[str, int]] = {lane.name: lane.most for lane in LANES}


@value_class
class Message:
    """A message's row as the run left it."""

    id: int
    key: str
    lane: str
    status: str
    reason: str
    detail: str = ""
    attempts: int = 1
    overdue: bool = False
    """Planned, and due for a while."""
    sent_events: int = 0
    """How often its history says that it was sent."""


@value_class
class Offence:
    """Something that must not be, with the ids of the messages (or the names of the processes) concerned."""

    what: str
    who: Sequence[object]

    def __str__(self) -> str:
        shown = ", ".join(str(one) for one in self.who[:20])
        return f"{len(self.who)} {self.what}: {shown}{', ...' if len(self.who) > 20 else ''}"


@dataclass(kw_only=True, slots=True)
class Verdict:
    """What a run came to."""

    statuses: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    """Messages that a provider took more than once, as allowed."""
    unclear: Sequence[Message] = ()
    offences: Sequence[Offence] = ()


def of(messages: Sequence[Message], taken: Mapping[str, int], notes: int) -> Verdict:
    """Judge. `taken` counts what providers took by key; `notes` of what is being handed over must be gone by now."""
    offences = [
        Offence(what=what, who=[message.id for message in messages if wrong(message, taken.get(message.key, 0))])
        for what, wrong in WRONGS.items()
    ]
    known = {message.key for message in messages}
    offences.append(Offence(what="taken that nobody knows of", who=[key for key in taken if key not in known]))
    offences.append(Offence(what="notes of hand-overs left behind", who=range(notes)))
    return Verdict(
        statuses=Counter(message.status for message in messages),
        repeated=sum(1 for message in messages if taken.get(message.key, 0) > 1),
        unclear=[message for message in messages if message.status == "unclear"],
        offences=[offence for offence in offences if offence.who],
    )


WRONGS: Final[Mapping[str, Any]] = {
    "lost (said to be sent, never taken)": lambda message, taken: message.status in ARRIVED and not taken,
    "taken more often than allowed": lambda message, taken: taken > MOST[message.lane],
    "taken, but said not to have left": lambda message, taken: (
        taken and message.status not in (*ARRIVED, *AHEAD, "unclear", "claimed")
    ),
    "stuck (still claimed)": lambda message, taken: message.status == "claimed",
    "still ahead without a reason": lambda message, taken: message.status in AHEAD and not message.reason,
    "stuck (due for a while and not sent)": lambda message, taken: message.status in AHEAD and message.overdue,
    "ended without a reason": lambda message, taken: (
        message.status not in (*ARRIVED, *AHEAD, "claimed") and not message.reason
    ),
    "sent twice by their history": lambda message, taken: message.sent_events > 1,
    "sent without a word in their history": lambda message, taken: (
        message.status in ARRIVED and not message.sent_events
    ),
}
"""Each with the test that finds it, given a message and how often it was taken."""


def lines(verdict: Verdict) -> Iterator[str]:
    """The unclear ones and the offences, to be printed."""
    by_reason = Counter((message.lane, message.reason) for message in verdict.unclear)
    for (lane, reason), count in sorted(by_reason.items()):
        ids = [message.id for message in verdict.unclear if (message.lane, message.reason) == (lane, reason)]
        yield f"unclear, {lane}, {reason}: {count}: {', '.join(map(str, ids))}"
    for offence in verdict.offences:
        yield f"OFFENCE: {offence}"
