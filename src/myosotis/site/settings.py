"""Django's settings, made from `site.config`."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from myosotis.site.config import Config, load

MYOSOTIS: Config = load()
SQLITE_NAME = "myosotis.sqlite3"
PACKAGE = Path(__file__).resolve().parent.parent


def closed_directory(path: Path) -> None:
    """A directory that only this user looks into: it holds patients' data. One that stands already is left as it is."""
    if not path.exists():
        path.mkdir(mode=0o700, parents=True)


def kept_secret(config: Config) -> str:
    """The server key: given, or made once and kept beside the data (mode 0600).

    Never made anew beside data that is there already: all links in messages and all sealed secrets would be void.
    """
    if config.secret_key:
        return config.secret_key
    file = config.data_dir / "secret.key"
    if not file.exists():
        if (config.data_dir / SQLITE_NAME).exists():
            raise SystemExit(f"{file} is missing: bring it back from the backup, or give secret_key")
        closed_directory(config.data_dir)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return file.read_text(encoding="ascii").strip()


VANISHED = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
"""A server whose machine lost its power says no goodbye; without these a connection to it may be waited for for a quarter of
an hour. In seconds, the last in milliseconds; the address may say otherwise."""


def servers(url: SplitResult) -> tuple[str, str]:
    """Hosts and ports of an address. There may be several, as libpq takes them, one of which takes over from another."""
    places = [urlsplit(f"//{place}") for place in url.netloc.rpartition("@")[2].split(",")]
    ports = [str(place.port or "") for place in places]
    return ",".join(place.hostname or "" for place in places), ",".join(ports) if any(ports) else ""


def database(config: Config, process: str = "web") -> dict[str, Any]:
    """Django's description of the database of a process (see `Config.database_of`)."""
    url = urlsplit(config.database_of(process))
    if url.scheme in ("postgresql", "postgres"):
        query = dict(parse_qsl(url.query))
        hosts, ports = servers(url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.lstrip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": query.pop("host", hosts),
            "PORT": query.pop("port", ports),
            "OPTIONS": {"prepare_threshold": None, **VANISHED, **query},
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": True,  # a pooler gives the connection away between two of their parts
        }
    if config.database_url and url.scheme != "sqlite":
        raise ValueError("database_url starts with postgresql:// or sqlite:///")
    path = Path(url.path[1:]) if url.path else config.data_dir / SQLITE_NAME
    closed_directory(path.parent)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
        },
        "CONN_MAX_AGE": None,
    }


SECRET_KEY = kept_secret(MYOSOTIS)
DEBUG = False
ALLOWED_HOSTS = ["*"] if MYOSOTIS.sandbox else [urlsplit(MYOSOTIS.public_url).hostname or "", "127.0.0.1", "localhost"]
DATABASES = {"default": database(MYOSOTIS, os.environ.get("MYOSOTIS_PROCESS", "web"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "store.StaffUser"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "pl"
LANGUAGES = [("pl", "polski"), ("en", "English")]
USE_I18N = True
LOCALE_PATHS = [str(PACKAGE / module / "locale") for module in ("web", "web/desk", "sandbox", "site")]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "myosotis.store",
    *(["myosotis.sandbox"] if MYOSOTIS.sandbox else []),  # before the desk, beside whose pages it puts its clock
    "myosotis.web",
    "myosotis.web.desk",
    "myosotis.api",
    "allauth",  # after the desk, which words its pages anew
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "myosotis.site.requests.watched",
    "django.middleware.security.SecurityMiddleware",
    "myosotis.site.bodies.bounded",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "myosotis.api.middleware.api_middleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "myosotis.site.urls"
WSGI_APPLICATION = "myosotis.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [str(PACKAGE / "site" / "templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody signs up: an invitation's link proves the address
ACCOUNT_ADAPTER = "myosotis.web.desk.doors.adapters.Account"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "myosotis.web.desk.doors.adapters.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:today"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sign_in_tries",
        "KEY_FUNCTION": "myosotis.web.desk.doors.tries.disguised",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
"""What allauth counts of tries to sign in, by all web processes together."""
STATIC_URL = "static/"
STATIC_ROOT = None  # nothing is collected: whitenoise serves the files where they lie
WHITENOISE_USE_FINDERS = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
}
# No address of ours (they hold tokens) goes to others. To ourselves it may go: under "no-referrer" browsers send forms
# with "Origin: null", which no check of a form's origin can accept.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = MYOSOTIS.public_url.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds without doing anything (docs/adr/0033)
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_PATH = "/desk/"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = ["://".join(urlsplit(MYOSOTIS.public_url)[:2])]
"""Behind a proxy that ends TLS, a form's https origin would not match the http that Django sees."""
CSRF_FAILURE_VIEW = "myosotis.site.sorry.not_accepted"
APPEND_SLASH = False
LOGGING_CONFIG = None
