"""Change the keys: everything sealed is sealed anew, every number is found by a new hash, all or nothing.

The file of keys and the database cannot change in one step. So the file first holds the new keys beside the old ones,
then one transaction changes the database, then the file forgets the old key of the hashes. Wherever this is cut off,
the next call sees in the database how far it came, and goes on from there.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.people import sealing
from jinxiu.people.keys import secrets

KEYS_CHANGED = define("keys.changed", _("%(actor)s changed the keys; %(values)s sealed values were sealed anew."))

_AT_A_TIME = 5000  # rows

Progress = Callable[[str, float], None]


def change_keys(*, actor: Actor, progress: Progress) -> int:
    """Change all keys, or finish a change that was interrupted; returns how many values were sealed anew.

    Nobody else may be working with the database: a process that holds the old keys could read nothing any more.
    Raises ImproperlyConfigured when the file of keys cannot be used, sealing.SealError when a value does not open.
    """
    directory = settings.JINXIU_DATA
    keys = secrets.load(directory)
    if keys.next_index_key is None:
        keys = keys.with_new_keys()
        secrets.replace(directory, keys)
    before, settings.JINXIU_SECRETS = settings.JINXIU_SECRETS, keys.settled()
    try:
        count = 0 if _in_force() else _seal_everything(actor, progress)
    except BaseException:
        settings.JINXIU_SECRETS = before
        raise
    secrets.replace(directory, keys.settled())
    return count


def sealed_models() -> list[Any]:
    """Every table with sealed values, whichever package it is of; `sealed_as` is what they were sealed as."""
    return [model for model in apps.get_models() if hasattr(model, "sealed_as")]


def _in_force() -> bool:
    """Tell whether the database's numbers are already found by the new key: the change was cut off at its very end."""
    for model in sealed_models():
        if _has_hashes(model) and (row := model.objects.filter(sealed__isnull=False).order_by("pk").first()):
            number = sealing.open_sealed(row.sealed, model.sealed_as)
            return bytes(row.whole_hash) == sealing.keyed_hash(number, model.sealed_as)
    return False


def _has_hashes(model: Any) -> bool:
    return any(field.name == "whole_hash" for field in model._meta.fields)


@transaction.atomic
def _seal_everything(actor: Actor, progress: Progress) -> int:
    models = sealed_models()
    total, done = sum(model.objects.filter(sealed__isnull=False).count() for model in models), 0
    for model in models:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {model._meta.db_table} IN EXCLUSIVE MODE")  # readers may go on
        for rows in _portions(model):
            _seal_anew(model, rows)
            done += len(rows)
            progress("Sealing numbers anew", done / total)
    done += _seal_second_steps()
    audit.record(KEYS_CHANGED, actor=actor, detail={"values": done})
    return done


def _portions(model: Any) -> Iterator[list[tuple[int, bytes]]]:
    rows = model.objects.filter(sealed__isnull=False).values_list("pk", "sealed").iterator(chunk_size=_AT_A_TIME)
    while portion := list(islice(rows, _AT_A_TIME)):
        yield portion


def _seal_anew(model: Any, rows: list[tuple[int, bytes]]) -> None:
    names = ("sealed", "whole_hash", "last4_hash") if _has_hashes(model) else ("sealed",)
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for _pk, sealed in rows:
        text = sealing.open_sealed(sealed, model.sealed_as)
        made = sealing.columns(text, model.sealed_as)
        for name in names:
            columns[name].append(made[name])
    changes = ", ".join(f"{name} = new.{name}" for name in names)
    arrays = ", ".join("%s::bytea[]" for _ in names)
    statement = (
        f"UPDATE {model._meta.db_table} AS old SET {changes} "  # noqa: S608 - names of our own tables
        f"FROM unnest(%s::bigint[], {arrays}) AS new (id, {', '.join(names)}) WHERE old.id = new.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [[pk for pk, _ in rows], *columns.values()])


def _seal_second_steps() -> int:
    """Seal the secrets of two-step sign-in anew; allauth keeps them as texts inside one column."""
    count = 0
    for authenticator in apps.get_model("mfa", "Authenticator").objects.select_for_update():
        data = authenticator.data
        for name in {"secret", "seed"} & data.keys():
            data[name] = _text_anew(data[name])
        if "migrated_codes" in data:
            data["migrated_codes"] = [_text_anew(code) for code in data["migrated_codes"]]
        authenticator.save(update_fields=["data"])
        count += 1
    return count


def _text_anew(sealed: str) -> str:
    text = sealing.open_sealed(bytes.fromhex(sealed), sealing.SECOND_STEP)
    return sealing.seal(text, sealing.SECOND_STEP).hex()
