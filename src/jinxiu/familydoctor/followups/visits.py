"""A visit as one request knows it: who looks, whose record, which forms, and which opened page it is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from jinxiu.evidence.questionnaires import Questionnaire, Value
from jinxiu.familydoctor.drafts.queries import Draft
from jinxiu.familydoctor.followups import forms, queries, rules
from jinxiu.familydoctor.records.queries import Head, facts_of
from jinxiu.people.access import Viewer, reads_sheltered
from jinxiu.people.asked import number_sent
from jinxiu.standards.person import PersonFacts


@dataclass(frozen=True, slots=True)
class Visit:
    """All that one request about a follow-up needs: who looks, whose record, which forms.

    `offered` are all the forms of the visit, of which `forms` may be one. `head` is there where a page is shown.
    """

    viewer: Viewer
    person_id: int
    facts: PersonFacts
    forms: tuple[Questionnaire, ...]
    offered: tuple[Questionnaire, ...]
    head: Head | None = None

    @property
    def page(self) -> Questionnaire:
        """The one page that asks what all the forms ask."""
        return forms.page_of(self.forms)

    def known(self, raw: Mapping[str, str]) -> dict[str, Value]:
        """What is known of the person on the day of the visit, today where that is no day."""
        try:
            day = dt.date.fromisoformat(raw.get("happened_on", ""))
        except ValueError:
            day = self.viewer.today
        return rules.known_of(self.facts, day)

    @property
    def situation(self) -> rules.Situation:
        """What the rules need to know of the person."""
        enrolments = {form.id: queries.enrolment_for(form, self.facts, self.viewer.today) for form in self.forms}
        return rules.Situation(
            today=self.viewer.today,
            birth_date=self.facts.birth_date,
            died_on=self.facts.died_on,
            left_on=self.facts.left_on,
            enrolled_on={form_id: enrolment.start_on for form_id, enrolment in enrolments.items() if enrolment},
        )

    @property
    def seen(self) -> int:
        """The newest record of these forms that the page knows of."""
        sheltered = reads_sheltered(self.viewer, self.person_id)
        return queries.newest(self.person_id, [form.event for form in self.forms], sheltered=sheltered)


def of_programmes(request: HttpRequest, viewer: Viewer, head: Head) -> Visit | None:
    """The follow-ups asked for; with two programmes one visit serves both, unless `only` asks for one."""
    facts = facts_of(head.id, sheltered=reads_sheltered(viewer, head.id))
    offered = tuple(
        form for form in forms.definitions().values() if queries.enrolment_for(form, facts, viewer.today) is not None
    )
    wanted = request.GET.get("form", "")
    if wanted and wanted not in forms.definitions():
        raise Http404
    chosen = tuple(form for form in offered if form.id == wanted) if wanted else offered
    if chosen and "only" not in request.GET:
        chosen = offered
    return Visit(viewer, head.id, facts, chosen, offered, head) if chosen else None


def of_form(viewer: Viewer, head: Head, form: Questionnaire) -> Visit | None:
    """A form of its own, for somebody whom it is for."""
    facts = facts_of(head.id, sheltered=reads_sheltered(viewer, head.id))
    is_for = form.is_for(rules.known_of(facts, viewer.today))
    return Visit(viewer, head.id, facts, (form,), (form,), head) if is_for else None


def fitting(viewer: Viewer, head: Head, form: Questionnaire) -> Questionnaire | None:
    """The form of the same kind of event that is for somebody of this age (child visits), None where there is none."""
    known = rules.known_of(facts_of(head.id, sheltered=reads_sheltered(viewer, head.id)), viewer.today)
    return next((one for one in forms.forms_of_event(form.event) if one.is_for(known)), None)


def offered_to(facts: PersonFacts, today: dt.date) -> list[tuple[str, str]]:
    """The forms of their own that are for the person today, as (address, title) by title."""
    known, language = rules.known_of(facts, today), get_language() or ""
    found = [form for form in forms.every_form().values() if form.offered_when and form.is_for(known)]
    offered = [
        (reverse("record", args=[int(facts.person_id), form.id]), form.title.language(language)) for form in found
    ]
    return sorted(offered, key=lambda one: one[1])


def of_page(viewer: Viewer, person_id: int, page_id: str) -> Visit | None:
    """The visit of a page by its id ("hypertension+diabetes"), whether or not it is offered now; None for no page."""
    chosen = [forms.every_form().get(form_id) for form_id in page_id.split("+")]
    found = tuple(form for form in chosen if form is not None)
    if len(found) < len(chosen) or (len(found) > 1 and any(form.offered_when for form in found)):
        return None
    facts = facts_of(person_id, sheltered=reads_sheltered(viewer, person_id))
    return Visit(viewer, person_id, facts, found, found)


def address_of(person_id: int, page_id: str) -> str:
    """Where the page is opened."""
    form_ids = page_id.split("+")
    if form_ids[0] not in forms.definitions():
        return reverse("record", args=[person_id, form_ids[0]])
    address = reverse("followup-new", args=[person_id])
    return address if len(form_ids) > 1 else f"{address}?{urlencode({'form': form_ids[0], 'only': 1})}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One opened page. `token` makes its record once, `seen` is the newest record that it knew of.

    `window` names the page itself, `earlier` the one by which its draft had been kept when it was opened.
    """

    token: str
    seen: int
    window: str
    earlier: str = ""

    @classmethod
    def fresh(cls, seen: int) -> Sheet:
        """A page on which nothing was typed before."""
        return cls(str(uuid.uuid4()), seen, str(uuid.uuid4()))

    @classmethod
    def of_draft(cls, draft: Draft) -> Sheet:
        """A page that goes on with a draft."""
        return cls(draft.token, draft.seen, str(uuid.uuid4()), draft.window)

    @classmethod
    def sent(cls, sent: Mapping[str, str]) -> Sheet:
        """The page as it comes back; what is missing or none of ours is new, so that saving still works."""
        seen = number_sent(sent.get("seen", "")) or 0
        token, window = _uuid(sent.get("token", "")), _uuid(sent.get("window", ""))
        return cls(token or str(uuid.uuid4()), seen, window or str(uuid.uuid4()), _uuid(sent.get("earlier", "")))


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def raw_of(request: HttpRequest, page: Questionnaire) -> dict[str, str]:
    """What was typed, by linkId; several answers of one question with commas between them."""
    return {item.link_id: ",".join(request.POST.getlist(item.link_id)) for item in page.questions()}
