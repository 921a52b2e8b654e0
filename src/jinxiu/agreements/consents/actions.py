"""Writes: giving one of an agreement's free consents later, or taking it back."""

from __future__ import annotations

from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.agreements import rules
from jinxiu.agreements.actions import AgreementError, By, terminate
from jinxiu.agreements.models import Agreement
from jinxiu.agreements.queries import AgreementNotFound, catalogue
from jinxiu.agreements.renewing.rules import AGREED, CHANNEL
from jinxiu.audit import actions as audit
from jinxiu.audit.sentences import define
from jinxiu.people import clock
from jinxiu.people.matching.queries import lock_kept, whose

GIVEN = define("agreement.consent_given", _("%(actor)s gave a consent of agreement %(agreement)s of %(person)s."))
TAKEN_BACK = define(
    "agreement.consent_taken_back", _("%(actor)s took a consent of agreement %(agreement)s of %(person)s back.")
)


@transaction.atomic
def change(*, by: By, person_id: int, agreement_id: int, consent: str, given: bool) -> bool:
    """Give a free consent of an agreement that holds or waits, or take it back; False where it stood so already.

    The text stays as it was signed. Who takes the consent to renewal back gives up the renewal that was made of it and
    has not begun. Raises AgreementNotFound, and AgreementError for a consent that is not of the
    agreement's terms, that the agreement cannot be without, or of an agreement that has ended.
    """
    person = lock_kept(person_id)
    rows = Agreement.objects.select_for_update(no_key=True).filter(whose(person.pk), pk=agreement_id)
    agreement = rows.first()
    if agreement is None:
        raise AgreementNotFound
    terms = catalogue().terms(agreement.terms_version)
    free = {one.id for one in terms.consents if not one.required} if terms else set()
    if consent not in free:
        raise AgreementError(_("This consent belongs to the agreement; it goes with the agreement's end."))
    if agreement.state not in rules.BINDING:
        raise AgreementError(_("This agreement has ended, and its consents with it."))
    if given == (consent in agreement.consents):
        return False
    agreement.consents = sorted({*agreement.consents, consent} if given else {*agreement.consents} - {consent})
    agreement.save(update_fields=["consents"])
    detail = {"agreement": agreement.pk, "consent": consent}
    audit.record(GIVEN if given else TAKEN_BACK, actor=by.actor, person_id=person.pk, detail=detail)
    if consent == AGREED and not given:
        _give_up_renewal(agreement, by)
    return True


def _give_up_renewal(agreement: Agreement, by: By) -> None:
    for later in agreement.followers.filter(state=rules.ACTIVE, has_begun=False, channel=CHANNEL):
        terminate(by=by, today=clock.today(), agreement_id=later.pk, reason=rules.OWN_WISH, token=uuid4())
