"""The addresses of signing in, under `/desk/account/`. allauth reverses its views by these names."""

from collections.abc import Callable
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from myosotis.web.desk.doors.framed import framed, once_begun


def _path(route: str, view: Callable[..., Any], name: str) -> URLPattern:
    return path(route, framed(view), name=name)


urlpatterns = [
    _path("login/", once_begun(account.login), "account_login"),
    _path("logout/", account.logout, "account_logout"),
    _path("again/", account.reauthenticate, "account_reauthenticate"),
    _path("password/", account.password_change, "account_change_password"),
    _path("password/first/", account.password_set, "account_set_password"),
    _path("closed/", account.account_inactive, "account_inactive"),
    _path("second/", mfa.index, "mfa_index"),
    _path("second/ask/", mfa.authenticate, "mfa_authenticate"),
    _path("second/again/", mfa.reauthenticate, "mfa_reauthenticate"),
    _path("second/app/", totp.activate_totp, "mfa_activate_totp"),
    _path("second/app/off/", totp.deactivate_totp, "mfa_deactivate_totp"),
    _path("second/codes/", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes"),
    _path("second/codes/new/", recovery_codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _path("second/codes/file/", recovery_codes.download_recovery_codes, "mfa_download_recovery_codes"),
    _path("passkeys/", webauthn.list_webauthn, "mfa_list_webauthn"),
    _path("passkeys/add/", webauthn.add_webauthn, "mfa_add_webauthn"),
    _path("passkeys/<int:pk>/edit/", webauthn.edit_webauthn, "mfa_edit_webauthn"),
    _path("passkeys/<int:pk>/remove/", webauthn.remove_webauthn, "mfa_remove_webauthn"),
    _path("passkeys/reauthenticate/", webauthn.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    _path("passkeys/login/", webauthn.login_webauthn, "mfa_login_webauthn"),
    path("language/", require_POST(set_language), name="desk_language"),
]
