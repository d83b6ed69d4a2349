"""The public key by which browsers know the sender of a push (RFC 8292): a browser takes one for a whole phone."""

from django.conf import settings

from myosotis.channels.registry import ConfigError, application_server_key
from myosotis.domain.words import Channel
from myosotis.store import installations
from myosotis.store.models import Member, Practice, ProviderAccount
from myosotis.store.sealing import CannotUnseal, unseal
from myosotis.value_class import value_class
from myosotis.web.app.door import Phone


@value_class
class PushState:
    """What the script in the page needs to know."""

    key: str
    """Empty: nobody on this phone is in a practice that sends push."""
    on: bool


def state_of(phone: Phone) -> PushState:
    return PushState(key=key_for(phone)[0], on=installations.push_is_on(phone.installation))


def key_for(phone: Phone) -> tuple[str, list[Member]]:
    """The key, and the people whose practice sends with it: the first one's, where practices differ."""
    keys = {practice.pk: key_of(practice) for practice in phone.practices}
    key = next((keys[member.practice_id] for member in phone.members if keys[member.practice_id]), "")
    return key, [member for member in phone.members if key and keys[member.practice_id] == key]


def key_of(practice: Practice) -> str:
    """The key of a practice's own account, else of the installation's; empty where push cannot be sent."""
    own = ProviderAccount.objects.filter(practice=practice, channel=Channel.PUSH).first()
    if own is not None and not own.enabled:
        return ""
    shared = dict(settings.MYOSOTIS.push)
    try:
        given = shared if own is None else {**own.settings, **unseal(bytes(own.sealed)), "provider": own.provider}
        return application_server_key(given.pop("provider", ""), given)
    except (ConfigError, CannotUnseal):
        return ""
