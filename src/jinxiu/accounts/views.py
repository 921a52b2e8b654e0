"""The administrator's pages about staff, the invited person's first page, and everybody's own sign-ins."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jinxiu.accounts import actions, mail, queries
from jinxiu.accounts.actions import AccountError, Invitation
from jinxiu.accounts.forms import EndForm, InviteForm, MailForm, RoleForm
from jinxiu.accounts.watching.queries import KINDS
from jinxiu.people import access
from jinxiu.people.access import Viewer
from jinxiu.people.roles import MANAGE_ACCOUNTS


@require_GET
def staff(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, with roles and accounts."""
    viewer = _administrator(request)
    text = request.GET.get("name", "").strip()[:100]
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    page = queries.members(text, request.GET.get("page", ""), viewer.today, kind)
    return render(request, "accounts/staff.html", {"page": page, "text": text, "kind": kind, "label": KINDS.get(kind)})


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """A new staff member; the answer shows the one-time address, this once."""
    viewer = _administrator(request)
    form = InviteForm(request.POST or None, today=viewer.today)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data.pop("email", "")
        try:
            return _show_link(request, viewer, actions.invite(**form.cleaned_data, actor=viewer.actor), email)
        except AccountError as refused:
            form.add_error(None, str(refused.sentence))
    return render(request, "accounts/invite.html", {"form": form})


@require_GET
def member(request: HttpRequest, staff_id: int) -> HttpResponse:
    """One staff member: account, roles, sign-ins."""
    viewer = _administrator(request)
    return _show_member(request, viewer, staff_id, RoleForm(today=viewer.today))


@require_POST
def give_role(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Give a further role from a day to a day."""
    viewer = _administrator(request)
    form = RoleForm(request.POST, today=viewer.today)
    if form.is_valid():
        try:
            actions.give_role(staff_id=staff_id, **form.cleaned_data, actor=viewer.actor)
        except AccountError as refused:
            messages.error(request, str(refused.sentence))
        else:
            messages.success(request, gettext("The role is given."))
            return redirect("staff-member", staff_id)
    return _show_member(request, viewer, staff_id, form)


@require_POST
def end_role(request: HttpRequest, staff_id: int, assignment_id: int) -> HttpResponse:
    """End a role with a day."""
    viewer = _administrator(request)
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Say the last day of the role."))
        return redirect("staff-member", staff_id)
    return _done(
        request,
        staff_id,
        gettext("The role ends with that day."),
        lambda: actions.end_role(
            staff_id=staff_id, assignment_id=assignment_id, **form.cleaned_data, actor=viewer.actor
        ),
    )


@require_POST
def new_link(request: HttpRequest, staff_id: int) -> HttpResponse:
    """A new invitation, for a lost one or a forgotten password."""
    viewer = _administrator(request)
    form = MailForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["email"][0]))
        return redirect("staff-member", staff_id)
    try:
        invitation = actions.invite_again(staff_id=staff_id, actor=viewer.actor)
        return _show_link(request, viewer, invitation, form.cleaned_data.get("email", ""))
    except AccountError as refused:
        messages.error(request, str(refused.sentence))
        return redirect("staff-member", staff_id)


@require_POST
def close(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Close the account at once."""
    viewer = _administrator(request)
    words = gettext("The account is closed, and nobody is signed in with it any more.")
    return _done(request, staff_id, words, lambda: actions.close_account(staff_id=staff_id, actor=viewer.actor))


@require_POST
def reopen(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Open a closed account again."""
    viewer = _administrator(request)
    words = gettext("The account is open again.")
    return _done(request, staff_id, words, lambda: actions.open_account(staff_id=staff_id, actor=viewer.actor))


@require_POST
def reset_second_step(request: HttpRequest, staff_id: int) -> HttpResponse:
    """Take away the second step of somebody who lost it."""
    viewer = _administrator(request)
    words = gettext("The second step is reset. The next sign-in asks for the password only, and to set it up anew.")
    return _done(request, staff_id, words, lambda: actions.reset_second_step(staff_id=staff_id, actor=viewer.actor))


@require_POST
def end_member_sessions(request: HttpRequest, staff_id: int) -> HttpResponse:
    """End every sign-in of a staff member."""
    viewer = _administrator(request)
    user_id = queries.member(staff_id, viewer.today).user_id
    if user_id is not None:
        actions.end_sessions(user_id=user_id, actor=viewer.actor)
    messages.success(request, gettext("All sign-ins of this person are ended."))
    return redirect("staff-member", staff_id)


@require_GET
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    viewer = access.viewer_for(request)
    assert viewer.user_id is not None
    found = queries.sessions_of(viewer.user_id, request.session.session_key)
    return render(request, "accounts/sessions.html", {"sessions": found})


@require_POST
def end_own_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of my sign-ins."""
    viewer = access.viewer_for(request)
    assert viewer.user_id is not None
    actions.end_session(user_id=viewer.user_id, session_id=session_id, actor=viewer.actor)
    messages.success(request, gettext("That sign-in is ended."))
    return redirect("own-sessions")


class AcceptInvitation(PasswordResetConfirmView):
    """The invited person chooses a password. Django takes the token out of the address before the page is shown."""

    template_name = "accounts/accept.html"
    success_url = reverse_lazy("account_login")
    reset_url_token = "choose"  # noqa: S105 (what stands in the address instead of the token)

    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password and write it down."""
        answer = super().form_valid(form)
        actions.invitation_accepted(user=form.user)
        messages.success(self.request, gettext("Your password is set. Sign in with it."))
        return answer


def _administrator(request: HttpRequest) -> Viewer:
    viewer = access.viewer_for(request)
    access.require(viewer, MANAGE_ACCOUNTS)
    return viewer


def _show_member(request: HttpRequest, viewer: Viewer, staff_id: int, form: RoleForm) -> HttpResponse:
    found = queries.member(staff_id, viewer.today)
    sessions = queries.sessions_of(found.user_id, None) if found.user_id is not None else []
    page = {
        "member": found,
        "form": form,
        "sessions": sessions,
        "mail_form": MailForm(auto_id="mail_%s"),
        "is_me": found.user_id == viewer.user_id,
        "end_form": EndForm(initial={"last_day": viewer.today}, auto_id=False),
    }
    return render(request, "accounts/member.html", page)


def _show_link(request: HttpRequest, viewer: Viewer, invitation: Invitation, email: str) -> HttpResponse:
    """The link, this once, and what became of the mail; the invitation is committed by now."""
    link = request.build_absolute_uri(reverse("invitation", args=[invitation.user_key, invitation.token]))
    trouble = None
    if email:
        trouble = mail.send_invitation(staff_id=invitation.staff_id, link=link, to=email, actor=viewer.actor)
    page = {
        "member": queries.member(invitation.staff_id, viewer.today),
        "link": link,
        "email": email,
        "trouble": trouble,
    }
    return render(request, "accounts/link.html", page)


def _done(request: HttpRequest, staff_id: int, words: str, act: Any) -> HttpResponse:
    try:
        act()
    except AccountError as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, words)
    return redirect("staff-member", staff_id)
