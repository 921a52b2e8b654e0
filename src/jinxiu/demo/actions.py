"""What the demo writes beside the bulk of the rows: the accounts and the mark of completeness."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from jinxiu.audit import actions as audit
from jinxiu.audit.origin import SYSTEM
from jinxiu.audit.sentences import define
from jinxiu.demo.accounts import Account, new_password
from jinxiu.demo.models import DemoDistrict
from jinxiu.demo.queries import Post
from jinxiu.people import clock
from jinxiu.people.models import Staff, User

BUILT = define("demo.built", _("%(actor)s filled the database with %(residents)s invented residents."))
PASSWORDS_SET = define("demo.passwords", _("%(actor)s gave the demo accounts new passwords."))


def open_accounts(posts: Sequence[Post]) -> list[Account]:
    """Let each of these staff members sign in under the name of the role, with a new password.

    Called again, it gives the same accounts new passwords.
    """
    accounts = [Account(post.role, post.role, post.name, post.scope, new_password()) for post in posts]
    with ThreadPoolExecutor(len(accounts)) as pool:  # hashing is slow on purpose; all at once it is quick enough
        hashes = list(pool.map(make_password, [account.password for account in accounts]))
    with transaction.atomic():
        for post, account, hashed in zip(posts, accounts, hashes, strict=True):
            user, _is_new = User.objects.update_or_create(
                username=account.username, defaults={"password": hashed, "is_active": True}
            )
            Staff.objects.filter(pk=post.staff_id).update(user=user)
        audit.record(PASSWORDS_SET, actor=SYSTEM, detail={"accounts": [account.username for account in accounts]})
    return accounts


def mark_complete(*, residents: int, seed: int, today: dt.date) -> DemoDistrict:
    """Say that the district is whole; the last step of the transaction that loads it."""
    audit.record(BUILT, actor=SYSTEM, detail={"residents": residents, "seed": seed})
    return DemoDistrict.objects.create(
        token=uuid.uuid4(), residents=residents, seed=seed, built_for=today, built_at=clock.now()
    )
