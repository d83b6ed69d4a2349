"""Names of faults and peers for people."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myosotis.sandbox.demo.people import Trait
from myosotis.sandbox.peers.faults import POSSIBLE, Fault, Peer

PEERS: Final[dict[Peer, Promise]] = {
    Peer.SMS: _("SMS gateway"),
    Peer.EMAIL: _("Mail server"),
    Peer.PUSH: _("Push service"),
}
FAULTS: Final[dict[Fault, Promise]] = {
    Fault.SLOW: _("answers slowly"),
    Fault.ERROR: _("is down"),
    Fault.REFUSES: _("refuses every recipient"),
    Fault.SILENT: _("takes the message and never answers"),
    Fault.BOUNCES: _("reports that it could not deliver"),
    Fault.NO_REPORTS: _("sends no reports"),
    Fault.REPORTS_LATE: _("reports six hours late"),
    Fault.REPORTS_TWICE: _("reports twice"),
    Fault.REPORTS_REVERSED: _("reports in the wrong order"),
}
TRAITS: Final[dict[Trait, Promise]] = {
    Trait.APP: _("app"),
    Trait.NO_EMAIL: _("no e-mail"),
    Trait.NO_PHONE: _("no telephone"),
    Trait.FIXED_LINE: _("fixed line"),
    Trait.ENGLISH: _("speaks English"),
    Trait.CHILD: _("child, with a guardian"),
    Trait.NO_SMS: _("wants no SMS"),
    Trait.NO_REVIEW: _("wants no requests for opinions"),
    Trait.DECEASED: _("deceased"),
}


def fault_rows(on: dict[Peer, frozenset[Fault]]) -> list[dict[str, object]]:
    """For the form: each peer with its possible faults and which of them are on."""
    return [
        {
            "peer": peer.value,
            "name": PEERS[peer],
            "trouble": bool(on[peer]),
            "faults": [{"value": fault.value, "name": FAULTS[fault], "on": fault in on[peer]} for fault in possible],
        }
        for peer, possible in POSSIBLE.items()
    ]
