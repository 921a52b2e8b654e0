"""An agreement is handed out as PDF: its fingerprint is kept, and the trail says to whom."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import queries
from jinxiu.agreements.issuing.paper import paper
from jinxiu.agreements.models import Agreement, IssuedPaper
from jinxiu.audit import actions as audit
from jinxiu.audit.origin import Actor
from jinxiu.audit.sentences import define
from jinxiu.documents import pdf
from jinxiu.people import clock

ISSUED = define("agreement.issued", _("%(actor)s made a PDF of agreement %(agreement)s of %(person)s."))


@transaction.atomic
def issue(*, agreement: Agreement, person_id: int, actor: Actor) -> bytes:
    """The agreement as PDF in Chinese. The same contents give the same file, whose fingerprint is kept once."""
    with translation.override("zh-hans"):
        made = pdf(paper(agreement, queries.signatures_of(agreement)))
    IssuedPaper.objects.get_or_create(
        sha256=hashlib.sha256(made).hexdigest(),
        defaults={"agreement": agreement, "person_id": agreement.person_id, "at": clock.now()},
    )
    audit.record(ISSUED, actor=actor, person_id=person_id, detail={"agreement": agreement.pk})
    return made
