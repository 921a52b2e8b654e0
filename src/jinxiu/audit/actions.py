"""Writing the trail."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from jinxiu.audit import origin
from jinxiu.audit.models import AuditEntry
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import Action


def record(
    action: Action,
    *,
    actor: Actor,
    person_id: int | None = None,
    purpose: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry, inside the transaction of what it tells.

    `detail` holds ids, codes and counts, never names or values of a person.
    """
    here = origin.current()
    return AuditEntry.objects.create(
        at=timezone.now(),  # the true instant, also where the business day is pinned
        actor_id=actor.user_id,
        actor_name=actor.name,
        role=actor.role,
        action=action.code,
        person_id=person_id,
        purpose=purpose,
        detail=dict(detail or {}),
        request_id=here.request_id,
        address=here.address,
    )
