"""Installations that would be unsafe: said at the start, each with what to do about it."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from jinxiu.pay.queries import schemes
from jinxiu.people.keys.secrets import FILE_NAME
from jinxiu.people.queries import keys_fit
from jinxiu.standards.positions import StandardError
from jinxiu.worklists.standards import catalogue

_CHECKED_CERTIFICATES = ("verify-ca", "verify-full")


@register(Tags.security)
def check_hosts(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What must not be together with names that other machines can reach."""
    return list(_hosts()) if _reachable_from_outside() else []


def _hosts() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            "JINXIU_DEBUG shows programmers' pages, with what people typed, to everybody who can reach this server.",
            hint="Unset JINXIU_DEBUG, or let JINXIU_HOSTS name this machine only.",
            id="jinxiu.E001",
        )
    if not settings.JINXIU_HTTPS:
        yield Error(
            "Passwords and health data would travel in the open: JINXIU_HTTPS is 0 although others reach this server.",
            hint="Put a reverse proxy with a certificate before it and unset JINXIU_HTTPS.",
            id="jinxiu.E002",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "JINXIU_HOSTS is *: links in pages can be made to lead elsewhere.",
            hint="Write the names that people type, for example JINXIU_HOSTS=jinxiu.example.cn.",
            id="jinxiu.E003",
        )
    if settings.JINXIU_INBOX:
        yield Error(
            "JINXIU_INBOX shows one-time codes of residents to everybody who can reach this server.",
            hint="Unset JINXIU_INBOX, and name a provider in JINXIU_SMS_URL.",
            id="jinxiu.E010",
        )
    if settings.JINXIU_HTTPS and not settings.JINXIU_PROXY:
        yield checks.Warning(
            "JINXIU_PROXY is not set: behind a reverse proxy every page would lead back to itself.",
            hint="Set JINXIU_PROXY=1 if a proxy that you trust sets X-Forwarded-Proto and X-Forwarded-For.",
            id="jinxiu.W004",
        )
    if os.environ.get("JINXIU_TODAY"):
        yield checks.Warning(
            "JINXIU_TODAY pins the business day; due dates stand still.",
            hint="Unset JINXIU_TODAY; it is meant for demonstrations and tests.",
            id="jinxiu.W005",
        )


def _reachable_from_outside() -> bool:
    return not set(settings.ALLOWED_HOSTS) <= {"localhost", "127.0.0.1", "[::1]", "testserver"}


@register(Tags.security)
def check_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The file with the keys is readable by its owner only. Nothing to say where there is none yet."""
    path: Path = settings.JINXIU_DATA / FILE_NAME
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return []
    if not mode & 0o077:
        return []
    return [
        Error(
            f"Others on this machine can read the keys in {path}.",
            hint=f"chmod 600 {path}; if others had access, the keys should be changed.",
            id="jinxiu.E006",
        )
    ]


@register(Tags.security)
def check_way_to_database(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A database on another machine is reached by TLS with a checked certificate."""
    database: dict[str, Any] = settings.DATABASES["default"]
    host = database.get("HOST") or ""
    sslmode = database["OPTIONS"].get("sslmode")
    if host.startswith("/") or host in ("", "localhost", "127.0.0.1", "::1") or sslmode in _CHECKED_CERTIFICATES:
        return []
    return [
        checks.Warning(
            f"The way to the database on {host} can be listened to or bent: its certificate is not checked.",
            hint="Add ?sslmode=verify-full&sslrootcert=FILE to DATABASE_URL.",
            id="jinxiu.W007",
        )
    ]


@register("standards")
def check_standards(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every standard of the installation can be read."""
    try:
        catalogue()
    except StandardError as error:
        return [
            Error(
                f"{mistake.file}:{mistake.line}: {mistake.message}",
                hint="Correct the file; ./jinxiu standards check FILE looks at it alone.",
                id="jinxiu.E008",
            )
            for mistake in error.mistakes
        ]
    return []


@register("standards")
def check_pay(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every file with rules of pay can be read."""
    try:
        schemes()
    except StandardError as error:
        hint = "Correct the file (docs/how-to/pay.md)."
        return [Error(str(mistake), hint=hint, id="jinxiu.E011") for mistake in error.mistakes]
    return []


@register("standards")
def check_targets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The file with the targets of signing can be read."""
    from jinxiu.familydoctor.managing.queries import targets  # read when it is asked: commands start sooner

    try:
        targets()
    except (OSError, ValueError) as error:
        hint = "Correct the file that JINXIU_TARGETS names (docs/how-to/manage.md)."
        return [Error(f"{settings.JINXIU_TARGETS}: {error}", hint=hint, id="jinxiu.E012")]
    return []


@register(Tags.database)
def check_keys_fit(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The keys open what this database holds."""
    if not databases:
        return []
    try:
        fit = keys_fit()
    except DatabaseError:
        return []  # not migrated yet: then there is nothing to open
    except ImproperlyConfigured as error:
        return [Error(str(error), id="jinxiu.E009")]
    if fit:
        return []
    return [
        Error(
            f"The keys in {settings.JINXIU_DATA} are not those of this database: no number in it could be read.",
            hint=f"Restore {FILE_NAME} from the backup of this database, or name its directory in JINXIU_DATA.",
            id="jinxiu.E009",
        )
    ]
