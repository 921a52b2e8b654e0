"""`./jinxiu invite`: an account for somebody who works here, above all the first one of an installation."""

import argparse
import sys
from typing import TYPE_CHECKING

from jinxiu.cli.environment import database, say
from jinxiu.cli.options import add_data, add_port
from jinxiu.cli.problems import BadInput, Problem
from jinxiu.cli.serve import address_of
from jinxiu.cli.words import choice

if TYPE_CHECKING:
    from jinxiu.people.models import Institution, Team

_HELP = """\
Make an account and print the link with which its owner chooses a password: it works once, for three days. Later
accounts are made by an administrator in the browser; the first one is made here.

  ./jinxiu invite wangfang --name 王芳 --role administrator --at 3f0c…
  ./jinxiu invite lihua --name 李华 --role doctor --at GEN-901-T01 --email lihua@hospital.example

With --email the link goes there too, by the mail server of JINXIU_SMTP and with the first name of JINXIU_HOSTS; should
the mail not go out, the link is printed all the same and the command ends with code 1.

Roles: docs/reference/roles.md. A role reaches one team, or all teams of an institution.
Exit codes: 0 done, 2 the user name is taken, no such role, team or institution, no mail server, 1 a mail not sent or a
fault of ours."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's words to the parser."""
    parser = commands.add_parser("invite", help="make an account for a staff member", description=_HELP)
    parser.add_argument("username", metavar="USERNAME", help="the name to sign in with")
    parser.add_argument("--name", required=True, metavar="NAME", help="the person's real name")
    parser.add_argument("--role", required=True, metavar="ROLE", help="what the person may do, for example doctor")
    parser.add_argument("--at", required=True, metavar="PLACE", help="team or institution, by code or name")
    parser.add_argument("--email", metavar="ADDRESS", help="send the link to this address too")
    add_port(parser)
    add_data(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Invite, and print the link."""
    with database(args, must_exist=True):
        from django.urls import reverse
        from django.utils import translation

        from jinxiu.accounts import mail
        from jinxiu.accounts.actions import AccountError, invite
        from jinxiu.audit.origin import SYSTEM
        from jinxiu.people.clock import today
        from jinxiu.people.roles import ROLES

        site = _site_to_mail(args.email) if args.email else address_of(args.port)
        role, place = choice("role", args.role, ROLES), _place(args.at)
        try:
            made = invite(
                username=args.username, name=args.name, role=role, place=place, start_on=today(), actor=SYSTEM
            )
        except AccountError as error:
            with translation.override("en"):
                raise BadInput(str(error.sentence)) from error
        link = site + reverse("invitation", args=[made.user_key, made.token])
        say("Give this link to nobody but its owner; it opens while ./jinxiu serve runs:")
        sys.stdout.write(f"{link}\n")
        if args.email:
            trouble = mail.send_invitation(staff_id=made.staff_id, link=link, to=args.email, actor=SYSTEM)
            with translation.override("en"):
                if trouble is not None:
                    raise Problem(f"The mail to {args.email} was not sent. {trouble}")
            say(f"Sent to {args.email}.")
    return 0


def _site_to_mail(email: str) -> str:
    """The address of the site as others reach it. Refuses what cannot be mailed, before an account is made."""
    from django.conf import settings
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from jinxiu.accounts import mail

    try:
        validate_email(email)
    except ValidationError:
        raise BadInput(f"{email} is no e-mail address.") from None
    if not mail.is_set_up():
        raise BadInput("No mail server is named; set JINXIU_SMTP and JINXIU_MAIL_FROM, or leave --email out.")
    host = settings.ALLOWED_HOSTS[0]
    if host in settings.LOOPBACK or host[0] in "*.":
        raise BadInput("A link by mail needs the site's own name; write it first in JINXIU_HOSTS.")
    return f"{'https' if settings.JINXIU_HTTPS else 'http'}://{host}"


def _place(wanted: str) -> str:
    """The place as accounts name it: "team:3" or "institution:1"."""
    from jinxiu.cli.queries import open_institutions, open_teams

    teams, institutions = open_teams(), open_institutions()
    found = [f"team:{team.pk}" for team in teams if wanted in _words(team)]
    found += [f"institution:{one.pk}" for one in institutions if wanted in _words(one)]
    if len(found) > 1:
        raise BadInput(f"Several places are named {wanted}; name one by its code.")
    if not found:
        choice("team or institution", wanted, [*(team.code for team in teams), *(one.code for one in institutions)])
    return found[0]


def _words(place: "Team | Institution") -> tuple[str, str, str]:
    return place.code, place.name, place.name_en
