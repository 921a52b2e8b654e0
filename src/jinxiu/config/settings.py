"""All settings, read from the environment once; a value that makes no sense stops the start with a sentence.

JINXIU_DATA         where this installation keeps its things (keys, embedded database)
JINXIU_ANCHORS      where the night keeps the trail's anchors, best on another machine (default: JINXIU_DATA/anchors)
DATABASE_URL        postgres://user:password@host:port/name?sslmode=verify-full…
JINXIU_HOSTS        host names that people type, separated by commas (default: this machine only)
JINXIU_HTTPS        1 where people reach us by https (default: 1 as soon as JINXIU_HOSTS names another machine)
JINXIU_PROXY        1 where a reverse proxy that we trust sets X-Forwarded-Proto and X-Forwarded-For
JINXIU_DEBUG        1 shows programmers' error pages; never with other machines' hosts
JINXIU_IDLE_MINUTES how long a session lasts without use (default 240)
JINXIU_EMERGENCY_MINUTES      how long an emergency opening of a record lasts (default 60)
JINXIU_EMERGENCY_GUESSES      after how many numbers of nobody in an hour the name is needed too (default 10)
JINXIU_EXPORT_ROWS            how many rows one export has at most (default 5000)
JINXIU_EMERGENCY_REVIEW_HOURS within how many hours a manager reviews it (default 24)
JINXIU_SHELTER_MINUTES        how long what is under special shelter stays open after a purpose was given (default 30)
JINXIU_DRAFT_DAYS             how many days what was typed and not saved is kept (default 7)
JINXIU_PEOPLE_PER_DOCTOR      how many people a team has at most for each family doctor (default 2000); it only warns
JINXIU_THREADS      database connections that one server process may hold (default 16)
JINXIU_REQUESTS_PER_MINUTE  how many pages one account, and without one an address, may ask for in a minute, of
                            each server process (default 300)
JINXIU_METRICS_TOKEN        at least 20 characters; /metrics answers those who send it (default: there is no such page)
JINXIU_SMTP         smtp://user:password@host:port of the mail server for invitations (default: no mails); smtps://… for
                    TLS at once. In the password @ and / are written %40 and %2F
JINXIU_MAIL_FROM    the sender of these mails, for example 锦绣 <jinxiu@hospital.example>; needed with JINXIU_SMTP
JINXIU_SMS_URL      https address of the provider that sends SMS (docs/how-to/messages.md); default: none are sent
JINXIU_SMS_TOKEN    what we show the provider, as `Authorization: Bearer …`
JINXIU_RESIDENT_MINUTES       how long a resident stays signed in without use (default 60)
JINXIU_INBOX        1 shows what would have gone to phones on the page /inbox/, where no provider is set up; for
                    demonstrations only (the demo sets it)
JINXIU_STANDARDS    further directories with standards, separated by the system's path separator
JINXIU_PACKAGES     further directories with service packages and terms of agreements
JINXIU_TARGETS      a file with what part of the residents should be signed, by year (docs/how-to/manage.md)
JINXIU_PAY          further files with rules of pay, for example of the city
JINXIU_IN_FORCE     the shipped standards that hold in this district, with commas, or all (default: see below)
JINXIU_TODAY        pins the business day (demo and tests)
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import SimpleLazyObject

from jinxiu.config.mail import mail_settings
from jinxiu.config.sms import sms_url
from jinxiu.people.keys import secrets

PACKAGE = Path(__file__).resolve().parent.parent
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def _flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in ("", "0", "false", "no", "1", "true", "yes"):
        return value in ("1", "true", "yes") if value else default
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


def _whole_number(name: str, default: int, least: int) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number of at least {least}.")
    return int(value)


def _list(name: str, separator: str = ",") -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(separator) if part.strip()]


def _default_data_directory() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/jinxiu")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "jinxiu"


# --- this installation ------------------------------------------------------------------------------------------------

JINXIU_DATA = Path(os.environ.get("JINXIU_DATA") or _default_data_directory())
JINXIU_ANCHORS = Path(os.environ.get("JINXIU_ANCHORS") or JINXIU_DATA / "anchors")
# Lazy: commands that need no key (checking a standard, type checking) must not leave a file behind.
JINXIU_SECRETS = SimpleLazyObject(lambda: secrets.load(JINXIU_DATA))
SECRET_KEY = SimpleLazyObject(lambda: JINXIU_SECRETS.django_secret_keys[-1])


class _EarlierKeys(list[str]):
    """Django looks at once whether this is a list; what is in it must wait for the file, like the key itself."""

    def __iter__(self) -> Iterator[str]:
        return iter(JINXIU_SECRETS.django_secret_keys[:-1])


SECRET_KEY_FALLBACKS = _EarlierKeys()

DEBUG = _flag("JINXIU_DEBUG")
ALLOWED_HOSTS = _list("JINXIU_HOSTS") or list(LOOPBACK)
JINXIU_HTTPS = _flag("JINXIU_HTTPS", default=not set(ALLOWED_HOSTS) <= set(LOOPBACK))
JINXIU_PROXY = _flag("JINXIU_PROXY")

# --- parts ------------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "jinxiu.ui",  # before allauth: our templates and words come first
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "django_cotton",
    "procrastinate.contrib.django",
    "jinxiu.audit",
    "jinxiu.emergency",
    "jinxiu.people",
    "jinxiu.accounts",
    "jinxiu.messaging",
    "jinxiu.attachments",
    "jinxiu.evidence",
    "jinxiu.worklists",
    "jinxiu.indicators",
    "jinxiu.agreements",
    "jinxiu.referrals",
    "jinxiu.ratings",
    "jinxiu.pay",
    "jinxiu.familydoctor",
    "jinxiu.fhir",
    "jinxiu.places",
    "jinxiu.oversight",
    "jinxiu.portal",
    "jinxiu.demo",
    "jinxiu.config",
]

MIDDLEWARE = [
    "jinxiu.audit.middleware.RequestOrigin",
    "jinxiu.config.middleware.AccessLog",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "jinxiu.config.middleware.ContentSecurityPolicy",
    "jinxiu.config.middleware.PageAbove",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "jinxiu.ui.middleware.IdleSession",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "jinxiu.config.middleware.RequestLimits",
    # Every page asks for sign-in unless it says that it does not.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "jinxiu.accounts.middleware.SecondStepRequired",
    "django_htmx.middleware.HtmxMiddleware",
    "jinxiu.people.matching.middleware.MergedRecords",
]

ROOT_URLCONF = "jinxiu.config.urls"
WSGI_APPLICATION = "jinxiu.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# django-cotton would rewrite a plain loaders list; it finds this shape and adds its own loader and tags.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jinxiu.config.navigation.context",
            ]
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------------------

_database: dict[str, Any] = {
    **dj_database_url.config(default="postgres:///jinxiu", conn_health_checks=True),
    "ENGINE": "django.db.backends.postgresql",
}
# The server's threads come and go; a pool keeps the connections that each of them would open anew.
# Its pages are made of short queries: more workers, compiling, or a fear of random reads only make them late.
_planner = "-c max_parallel_workers_per_gather=0 -c jit=off -c random_page_cost=1.1"
_given = _database.get("OPTIONS", {})
_pool = {"min_size": 1, "max_size": _whole_number("JINXIU_THREADS", 16, least=1), "timeout": 10}
_database["OPTIONS"] = {**_given, "pool": _pool, "options": f"{_planner} {_given.get('options', '')}".strip()}
DATABASES = {"default": _database}

# Rate limits must hold across processes and restarts, so they live where everything else lives.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# --- who comes in -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "jinxiu.config.accounts.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
# Five failures in 15 minutes lock one account. The limits by address are wide: a whole health centre shares one.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "100/m/ip,5/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if JINXIU_PROXY else 0
# How long a record out of reach stays open in an emergency, and within which time a manager reviews it.
JINXIU_EMERGENCY_MINUTES = _whole_number("JINXIU_EMERGENCY_MINUTES", 60, least=5)
JINXIU_EMERGENCY_GUESSES = _whole_number("JINXIU_EMERGENCY_GUESSES", 10, least=1)
JINXIU_EXPORT_ROWS = _whole_number("JINXIU_EXPORT_ROWS", 5_000, least=1)
JINXIU_EMERGENCY_REVIEW_HOURS = _whole_number("JINXIU_EMERGENCY_REVIEW_HOURS", 24, least=1)
JINXIU_SHELTER_MINUTES = _whole_number("JINXIU_SHELTER_MINUTES", 30, least=5)
JINXIU_DRAFT_DAYS = _whole_number("JINXIU_DRAFT_DAYS", 7, least=1)
JINXIU_PEOPLE_PER_DOCTOR = _whole_number("JINXIU_PEOPLE_PER_DOCTOR", 2_000, least=1)
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60  # an invitation that nobody used in three days is a stray key
MFA_ADAPTER = "jinxiu.config.accounts.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = (
    "required"  # a passkey is two steps only where the device asked for PIN, finger or face
)
MFA_RATE_LIMITS = {"webauthn_login": "600/m/ip"}  # two requests for each sign-in, one address for a whole centre
MFA_FORMS = {
    "add_webauthn": "jinxiu.accounts.passkeys.AddPasskey",
    "edit_webauthn": "jinxiu.accounts.passkeys.RenamePasskey",
    "authenticate_webauthn": "jinxiu.accounts.passkeys.SecondStepByPasskey",
    "login_webauthn": "jinxiu.accounts.passkeys.SignInByPasskey",
    "reauthenticate_webauthn": "jinxiu.accounts.passkeys.ItIsStillMe",
}
MFA_TOTP_ISSUER = "Jinxiu"
MFA_TOTP_TOLERANCE = 1  # half a minute either way: phones' clocks differ
CSRF_FAILURE_VIEW = "jinxiu.config.errors.expired"

# A ward computer is left unlocked sooner or later: the session ends after half a working day without use, or with the
# browser. `jinxiu.ui.middleware.IdleSession` moves the end on while somebody works.
SESSION_COOKIE_AGE = _whole_number("JINXIU_IDLE_MINUTES", 4 * 60, least=5) * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "jinxiu_session"
CSRF_COOKIE_NAME = "jinxiu_csrf"
LANGUAGE_COOKIE_NAME = "jinxiu_language"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = JINXIU_HTTPS
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host not in LOOPBACK and host != "*"]

SECURE_SSL_REDIRECT = JINXIU_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if JINXIU_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if JINXIU_PROXY else None
X_FRAME_OPTIONS = "DENY"

# The largest file that is taken in has 20 MB; a form without a file is small.
JINXIU_LARGEST_REQUEST = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = JINXIU_LARGEST_REQUEST  # what is sent waits on no disk in the clear
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 2
JINXIU_REQUESTS_PER_MINUTE = _whole_number("JINXIU_REQUESTS_PER_MINUTE", 300, least=10)
JINXIU_METRICS_TOKEN = os.environ.get("JINXIU_METRICS_TOKEN", "").strip()
if JINXIU_METRICS_TOKEN and len(JINXIU_METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("JINXIU_METRICS_TOKEN is too short to be a secret; use 20 characters or more.")

# --- mail -------------------------------------------------------------------------------------------------------------

_mail = mail_settings(os.environ.get("JINXIU_SMTP", "").strip(), os.environ.get("JINXIU_MAIL_FROM", "").strip())
JINXIU_MAIL = bool(_mail)
globals().update(_mail)

# --- messages to people -----------------------------------------------------------------------------------------------

JINXIU_SMS_URL = sms_url(os.environ.get("JINXIU_SMS_URL", "").strip())
JINXIU_SMS_TOKEN = os.environ.get("JINXIU_SMS_TOKEN", "").strip()
JINXIU_INBOX = _flag("JINXIU_INBOX")
JINXIU_RESIDENT_MINUTES = _whole_number("JINXIU_RESIDENT_MINUTES", 60, least=5)

# --- language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "config" / "locale"]
FORMAT_MODULE_PATH = ["jinxiu.ui.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
# Served from the packages themselves: a fresh clone needs no collecting step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 60 * 60

# --- services ---------------------------------------------------------------------------------------------------------

# The kernel knows no service: each one puts its standards in here; a city may add directories of its own.
JINXIU_STANDARDS = [PACKAGE / "familydoctor" / "standards", *map(Path, _list("JINXIU_STANDARDS", os.pathsep))]

# A district takes up a shipped standard when it has the data for it: without contacts of children in the records every
# child would look missed. Its own standards always hold. Those for whom somebody is enrolled or referred, or sends
# values from home, do no harm.
JINXIU_IN_FORCE = _list("JINXIU_IN_FORCE") or [
    *(
        "diabetes",
        "elderly",
        "home_values",
        "hypertension",
        "long_prescription",
        "maternal",
        "mental",
        "referral",
        "tb",
    ),
]

# Service packages and the terms that are signed; a city's own directory stands behind the shipped one.
JINXIU_PACKAGES = [PACKAGE / "familydoctor" / "packages", *map(Path, _list("JINXIU_PACKAGES", os.pathsep))]

# How money falls due and is shared; a city's own files stand behind the shipped one, and the youngest of a month holds.
JINXIU_PAY = [PACKAGE / "familydoctor" / "pay.yaml", *map(Path, _list("JINXIU_PAY", os.pathsep))]

# What a team may say of itself, with the words of both languages.
JINXIU_TEAM_OFFERS = PACKAGE / "familydoctor" / "team_offers.yaml"

# What residents are asked of services and of the year.
JINXIU_SURVEYS = PACKAGE / "familydoctor" / "ratings.yaml"

# What part of the residents should be signed, by year; a city names its own file.
JINXIU_TARGETS = Path(os.environ.get("JINXIU_TARGETS") or PACKAGE / "familydoctor" / "targets.yaml")

# What of them is under special shelter.
JINXIU_SHELTERED = PACKAGE / "familydoctor" / "sheltered.yaml"

# --- log --------------------------------------------------------------------------------------------------------------

# Faults go to the terminal (or the service's journal); one line for each answer goes to access.log beside the keys.
# Neither names anybody: jinxiu.audit.discretion and jinxiu.config.middleware.AccessLog say how.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"origin": {"()": "jinxiu.audit.middleware.RequestIdFilter"}},
    "formatters": {
        "line": {
            "()": "jinxiu.audit.discretion.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        },
        "access": {"format": "time={asctime} request={request_id} {message}", "style": "{"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["origin"]},
        "access": {
            "class": "logging.handlers.WatchedFileHandler",  # goes on with a new file after logrotate moved the old one
            "filename": str(JINXIU_DATA / "access.log"),
            "delay": True,
            "formatter": "access",
            "filters": ["origin"],
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "jinxiu.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
    },
}
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # HSTS preload is for the owner of the whole domain to decide
    "security.W005",  # … and so are the subdomains
]
