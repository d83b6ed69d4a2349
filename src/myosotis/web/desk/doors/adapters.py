"""Where allauth asks the house: nobody signs up, addresses come from trusted proxies, secrets are sealed."""

from typing import TYPE_CHECKING

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from myosotis.store.sealing import seal, unseal
from myosotis.web import openings

if TYPE_CHECKING:
    from myosotis.store.models import StaffUser

ISSUER = "Myosotis"
_SECRET = "secret"  # noqa: S105 - under what name it is sealed, no secret


class Account(DefaultAccountAdapter):  # type: ignore[misc] # allauth is published without types
    """Signing in by e-mail address and password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: staff are invited."""
        del request
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom the limits count."""
        return openings.remote_address(request)

    def is_safe_url(self, url: str) -> bool:
        """Only within the desk's own server; allauth would lead to any that this one may be called by."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        del request
        return reverse("desk:account")

    def reauthenticate(self, user: "StaffUser", password: str) -> bool:
        """Whether it is the password of whoever is signed in. allauth would look for another table of addresses."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc] # as above
    """Codes of an app, passkeys and recovery codes."""

    def get_totp_issuer(self) -> str:
        return ISSUER

    def encrypt(self, text: str) -> str:
        """What a stolen table must not tell: the secret of the app, and recovery codes."""
        return seal({_SECRET: text}).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text.encode("ascii"))[_SECRET]
