"""Taking a copy: counted, written into the trail, told to the person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.messaging import actions as messages
from jinxiu.oversight.queries import open_copy_file, open_paper
from jinxiu.people.actions import PeopleError
from jinxiu.people.matching.queries import lock_kept
from jinxiu.portal import texts
from jinxiu.portal.access import OWN_COPY, Visit
from jinxiu.portal.copies import queries, rules

COPIED = define("resident.copied", _("The resident %(actor)s took a copy of the data of %(person)s (%(purpose)s)."))


def take(*, visit: Visit, what: str, now: datetime) -> bytes:
    """The record as PDF in Chinese, or bundle, PDF and documents as ZIP (`what` of `rules.WHAT`).

    Two at once come one after the other. Raises PeopleError for too many copies in a day and for one that is too large.
    """
    person_id = visit.person.pk
    if what == rules.ARCHIVE and queries.documents_bytes(person_id) > rules.LARGEST_BYTES:
        raise PeopleError(_("Your documents are too large for this page. Take the PDF here; the centre gives you all."))
    with transaction.atomic():
        lock_kept(person_id)
        if queries.taken_within_a_day(person_id, COPIED.code, now) >= rules.A_DAY:
            raise PeopleError(_("Three copies were taken today. Please come back tomorrow, or ask at your centre."))
        detail = {"resident": visit.resident.person.pk, "what": what}
        audit.record(COPIED, actor=visit.actor, person_id=person_id, purpose=OWN_COPY, detail=detail)
        messages.send(
            person_id=person_id,
            text=texts.COPY_TAKEN,
            expires_at=now + timedelta(days=3),
            dedupe_key=f"copy:{visit.today.isoformat()}",
            actor=visit.actor,
            now=now,
        )
    with translation.override("zh-hans"):
        return open_paper(person_id) if what == rules.PAPER else open_copy_file(person_id)
