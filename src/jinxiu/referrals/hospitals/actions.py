"""Adding a hospital, and changing one, with the day from which it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.referrals.actions import ReferralError
from jinxiu.referrals.models import Hospital

ADDED = define("hospital.added", _("%(actor)s added hospital %(hospital)s."))
CHANGED = define("hospital.changed", _("%(actor)s changed hospital %(hospital)s: %(fields)s."))
_TAKEN = _("This centre has a hospital of that name already; look at its entry.")


@transaction.atomic
def add_hospital(*, centre_id: int, values: Mapping[str, Any], actor: Actor) -> Hospital:
    """Add a hospital to a centre's list. Raises ReferralError when it has one of that name."""
    try:
        with transaction.atomic():
            added = Hospital.objects.create(centre_id=centre_id, **values)
    except IntegrityError as error:
        raise ReferralError(_TAKEN, "name") from error
    audit.record(ADDED, actor=actor, detail={"hospital": added.pk})
    return added


@transaction.atomic
def change_hospital(*, hospital_id: int, revision: int, values: Mapping[str, Any], actor: Actor) -> Hospital:
    """Write what is said of a hospital; letters that were sent keep the name they were sent with.

    `revision` is the one that was looked at. Raises ReferralError when somebody else changed it meanwhile, or when the
    centre has another one of that name.
    """
    found = Hospital.objects.select_for_update().get(pk=hospital_id)
    if found.revision != revision:
        raise ReferralError(
            _("Somebody else changed this hospital meanwhile; nothing was saved. Please open the page again.")
        )
    changed = [name for name, value in values.items() if getattr(found, name) != value]
    if not changed:
        return found
    for name in changed:
        setattr(found, name, values[name])
    found.revision += 1
    try:
        with transaction.atomic():
            found.save(update_fields=[*changed, "revision"])
    except IntegrityError as error:
        raise ReferralError(_TAKEN, "name") from error
    audit.record(CHANGED, actor=actor, detail={"hospital": found.pk, "fields": ", ".join(changed)})
    return found
