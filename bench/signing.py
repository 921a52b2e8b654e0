"""How long the server works for one person at a signing day, and how often it is asked.

    PYTHONPATH=src python bench/signing.py [--people 300] [--residents 90000] [--data DIR]

Builds a generated district (or takes the one in --data), signs in as the demo clerk, sets a signing day up, and signs
people one after the other as the page does: the ID number scanned, the person's card, the form sent, the page again.
Every one of them must have an agreement in the end. The rows are the server's time for each step and for one person.
"""

import argparse
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from pages import district, show, signed_in, timed

KEYS = "Two keys for each person beside the reader: Space ticks the consent, Enter signs."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--residents", type=int, default=90_000)
    parser.add_argument("--data", type=Path, help="a data directory that a demo has filled; default: a new one")
    args = parser.parse_args()
    with district(args.data, args.residents):
        rows = rows_of(args.people)
    show(args.residents, rows)
    print(KEYS)


def rows_of(number: int) -> list[tuple[str, list[float], int | None]]:
    """Milliseconds of each step and of all of them, by person."""
    from jinxiu.agreements.models import Agreement
    from jinxiu.people.access import open_teams_for, viewer_for
    from jinxiu.people.clock import today
    from jinxiu.people.models import User
    from jinxiu.people.roles import REGISTER_PEOPLE

    client: Any = signed_in("clerk")
    viewer = viewer_for(User.objects.get(username="clerk"))
    team = open_teams_for(viewer, REGISTER_PEOPLE)[0]
    day = {"team": team.pk, "doctor": "", "packages": "groups", "years": "1", "start_on": today(), "method": "paper"}
    assert client.post("/agreements/signing/setup/", day).status_code == 302
    people = without_agreement(viewer, number, today())
    taken = [signed(client, person_id, card) for person_id, card in people.items()]
    assert Agreement.objects.filter(person__in=people, state="pending_team").count() == len(people)
    print(f"{len(people)} people signed by one clerk, each with an agreement of their own.")
    rows = {name: [one[name] for one in taken] for name in ("scan", "card", "sign", "next")}
    rows["one person, all four"] = [sum(one.values()) for one in taken]
    return [(name, times, None) for name, times in rows.items()]


def signed(client: Any, person_id: int, card_number: str) -> dict[str, float]:
    """Sign one person as the page does; milliseconds of each step."""
    address, pages = f"/people/{person_id}/agreements/signing/", list[str]()
    scan = timed(lambda: leads(client, "/agreements/signing/", {"q": card_number}, address))
    card = timed(lambda: pages.append(client.get(address).content.decode()))
    seen = re.search(r'name="seen" value="([^"]+)"', pages[0])
    assert seen, pages[0]
    packages = re.findall(r'name="packages" value="([^"]+)"', pages[0])
    form = {"token": uuid4(), "seen": seen[1], "packages": packages, "consents": ["health_data"]}
    sign = timed(lambda: leads(client, address, form, "/agreements/signing/"))
    return {"scan": scan, "card": card, "sign": sign, "next": timed(lambda: client.get("/agreements/signing/"))}


def without_agreement(viewer: Any, number: int, day: date) -> dict[int, str]:
    """Adults of the clerk's reach who can be signed, with their ID card numbers."""
    from django.db.models import Exists, OuterRef

    from jinxiu.agreements.models import Agreement
    from jinxiu.people import sealing
    from jinxiu.people.access import people_for
    from jinxiu.people.models import Identifier

    binding = Agreement.objects.filter(person=OuterRef("pk"), last_on__gte=day)
    people = people_for(viewer).filter(~Exists(binding), died_on=None, left_on=None, birth_date__lt="2008-01-01")
    cards = Identifier.objects.filter(person__in=people, system="id_card").order_by("person__name", "pk")[:number]
    return {one.person_id: sealing.open_sealed(one.sealed, sealing.IDENTIFIER) for one in cards}


def leads(client: Any, address: str, form: dict[str, Any], place: str) -> None:
    """Send a form; it must lead to the place."""
    answer = client.post(address, form)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == place, answer["Location"]


if __name__ == "__main__":
    main()
