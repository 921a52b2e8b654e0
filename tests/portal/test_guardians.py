"""A grandmother helps with a child's pages: she asks, a parent says yes for the child, and takes it back."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from jinxiu.audit.origin import SYSTEM
from jinxiu.messaging.models import Message
from jinxiu.people.actions import register_person
from jinxiu.people.families.actions import relate
from jinxiu.people.identity import ID_CARD
from jinxiu.people.models import Person, Relationship
from jinxiu.portal.models import HelperWish
from tests.messaging.folk import Folk, folk
from tests.portal.residents import PHONES, home_of, sign_in
from tests.portal.test_helping import helpers_of, wish
from tests.town import TODAY, id_card

__all__ = ["folk"]


@pytest.fixture(autouse=True)
def _inbox(settings) -> None:
    settings.JINXIU_INBOX = True


def child_of(folk: Folk, born: date) -> Person:
    """A child of Li, who is a guardian."""
    child = register_person(
        name="李小宝", sex="M", birth_date=born, actor=SYSTEM, identifiers=[(ID_CARD, id_card(born, 31))]
    )
    relate(
        person_id=child.pk, role="guardian", relation="52", relative_id=folk.li.pk, start_on=born, today=TODAY,
        actor=SYSTEM, recorded_by=None,
    )  # fmt: skip
    return child


def test_a_parent_lets_a_grandmother_in_and_takes_it_back(folk: Folk) -> None:
    born = date(2020, 5, 1)
    child = child_of(folk, born)
    number, phone = id_card(born, 31), PHONES["li"]
    grandmother, parent = sign_in("wu"), sign_in("li")
    wish(grandmother, folk.wu, "li", number=number, phone="13800000000")
    assert HelperWish.objects.get().person is None, "a stranger's phone proves nothing about the child"
    wish(grandmother, folk.wu, "li", number=number, phone=phone, relation="60")
    asked = HelperWish.objects.get(person=child)
    assert Message.objects.filter(text="portal.helper_wish_yours", person=child).count() == 1
    assert grandmother.get(home_of(child)).status_code == 404, "to ask is not enough"
    assert "吴建军 (grandparent) wishes to help with the pages of 李小宝" in parent.get(home_of(child)).content.decode()
    answer = reverse("my-helper-answer", args=[child.pk, asked.pk])
    assert grandmother.post(answer, {"yes": "1"}).status_code == 404
    parent.post(answer, {"yes": "1"})
    bond = Relationship.objects.get(role="helper")
    assert (bond.relative_id, bond.consent_by, bond.consented_on) == (folk.wu.pk, "guardian", TODAY)
    assert grandmother.get(home_of(child)).status_code == 200
    assert grandmother.get(reverse("my-record", args=[child.pk])).status_code == 200
    for name in ("my-helpers", "my-lookers", "my-consents", "my-copy"):
        assert grandmother.get(reverse(name, args=[child.pk])).status_code == 404, name
    page = parent.get(helpers_of(child)).content.decode()
    assert "Who may act for 李小宝" in page
    assert "I wish to help somebody" not in page
    assert parent.post(helpers_of(child), {"relation": "30", "phone": phone, "number": number}).status_code == 404
    assert "given by the guardian" in parent.get(reverse("my-consents", args=[child.pk])).content.decode()
    assert grandmother.post(reverse("my-helper-end", args=[child.pk, bond.pk])).status_code == 404
    parent.post(reverse("my-helper-end", args=[child.pk, bond.pk]))
    assert grandmother.get(home_of(child)).status_code == 404


def test_from_14_nobody_but_the_young_person_lets_somebody_in(folk: Folk) -> None:
    born = date(2011, 5, 1)
    young = child_of(folk, born)
    helper, parent = sign_in("wu"), sign_in("li")
    wish(helper, folk.wu, "li", number=id_card(born, 31), phone=PHONES["li"])
    assert HelperWish.objects.get().person is None
    assert parent.get(home_of(young)).status_code == 200
    for name in ("my-helpers", "my-record", "my-done", "my-lookers", "my-consents", "my-copy"):
        assert parent.get(reverse(name, args=[young.pk])).status_code == 404, name
        assert reverse(name, args=[young.pk]) not in parent.get(home_of(young)).content.decode()
