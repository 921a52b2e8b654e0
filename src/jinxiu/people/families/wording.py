"""Words about families: roles, relations, and the sentences for what may and what cannot be."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.people.families.rules import HEAD, Answer
from jinxiu.ui.templatetags.jinxiu import day_text

ROLES: dict[str, Promise] = {
    "guardian": _("Guardian"),
    "helper": _("Helper"),
    "contact": _("Contact person"),
}
# What the relative is to the person (GB/T 4761-2008).
RELATIONS: dict[str, Promise] = {
    "10": _("husband or wife"),
    "51": _("father"),
    "52": _("mother"),
    "20": _("son"),
    "30": _("daughter"),
    "28": _("son-in-law"),
    "38": _("daughter-in-law"),
    "40": _("grandchild"),
    "60": _("grandparent"),
    "70": _("brother or sister"),
    "97": _("another relative"),
    "99": _("no relative: neighbour, residents' committee, …"),
}
# What a member is to the head of the household, where the words differ from those above.
_TO_HEAD: dict[str, Promise] = RELATIONS | {
    "50": _("father or mother, own or of the spouse"),
    "99": _("no relative"),
}
CONSENT_BY: dict[str, Promise] = {"person": _("the person"), "guardian": _("the guardian")}

REPRESENTATIVE_CHANGED = _(
    "Somebody else chose another representative of this household meanwhile. Nothing of yours is changed; "
    "please look at who it is now, then choose again if need be."
)
NO_MEMBER = _("This person no longer lives in the household. Nothing is changed; please look at the members again.")
MOVED_MEANWHILE = _(
    "Somebody else moved this person to another household meanwhile. Nothing of yours is changed; "
    "please look at where the person lives now, then move them again if need be."
)
NO_REPRESENTATIVE: dict[str, Promise] = {
    "dead": _("Somebody who has died cannot represent the household; please choose another member."),
    "left": _("Somebody who has moved away cannot represent the household; please choose another member."),
    "age_unknown": _("The birth date of this member is not known; please add it first, or choose another member."),
    "child": _("The representative must be at least 18 years old; please choose another member."),
}
# Why a household has nobody who speaks for it, though somebody once did.
NO_LONGER: dict[str, Promise] = {
    "dead": _("The representative has died, so the household has none; please choose a new one."),
    "left": _("The representative has moved away, so the household has none; please choose a new one."),
    "moved": _("The representative no longer lives here, so the household has none; please choose a new one."),
    "age_unknown": _("The representative's birth date is no longer known, so the household has none."),
    "child": _("The representative is younger than 18, so the household has none; please choose a new one."),
}
# Why a member cannot be chosen, in two words beside the name.
CANNOT: dict[str, Promise] = {
    "dead": _("died"),
    "left": _("moved away"),
    "age_unknown": _("birth date unknown"),
    "child": _("under 18"),
}

TROUBLES: dict[str, Promise] = {
    "person_dead": _("This person has died; nobody can become guardian, helper or contact person any more."),
    "future": _("This day lies in the future; please record it when it has come."),
    "before_birth": _("This day lies before the person's birth; please look at it again."),
    "relative_dead": _("The one you chose had died by that day; please choose somebody else."),
    "relative_child": _("The one you chose is younger than 18 and cannot act for somebody; please choose an adult."),
    "relative_under_guardianship": _(
        "The one you chose has a guardian and cannot be one; please choose somebody else."
    ),
    "who_is_it": _("Please say who it is: the neighbour, the residents' committee, a colleague."),
    "adult_guardianship": _(
        "An adult has a guardian only by a decision; please say which court or committee decided, and when."
    ),
    "consent_missing": _(
        "A helper needs a consent: who gave it, on which day, and how (signed, said here, by phone). "
        "Please ask, then fill in all three."
    ),
    "consent_late": _("The consent must be no later than the first day; please look at both days again."),
    "no_guardian": _("No guardian is recorded who could consent on that day; please record the guardian first."),
    "under_14": _("Below 14 years of age the guardian consents; please ask the guardian."),
    "under_guardianship": _("This person has a guardian, who consents; please ask the guardian."),
    "oneself": _("Nobody is their own guardian, helper or contact person; please choose somebody else."),
    "already": _("This one is recorded in this role already; please look at the list, or end that entry first."),
}
ENDED_BEFORE = _("This entry had ended already; nothing is changed. The list says when, and by whom.")
END_DAY = _("The day of the end lies between the first day and today; please look at it again.")

_ANSWERS: dict[str, Promise] = {
    "guardian_of_child": _("Guardian of a child: decides and signs for the child; ends by itself on %(on)s."),
    "guardian_of_adult": _("Guardian of an adult by a decision: decides and signs for the person since %(on)s."),
    "helper": _("Helps with everyday things by the person's consent of %(on)s; decides and signs nothing."),
    "helper_by_guardian": _(
        "Helps with everyday things by the guardian's consent of %(on)s; decides and signs nothing."
    ),
    "contact": _("Is called when something happens; decides nothing and is told nothing of the record."),
    "person_dead": _("May do nothing: the person died on %(on)s."),
    "relative_dead": _("May do nothing: this one died on %(on)s."),
    "relative_child": _("May do nothing: this one is younger than 18."),
    "not_begun": _("May do nothing yet: it begins on %(on)s."),
    "ended": _("May do nothing any more: it ended on %(on)s."),
    "of_age": _("May do nothing any more: the guardianship ended by itself on %(on)s, the 18th birthday."),
    "no_consent": _("May do nothing: no consent is recorded."),
    "consent_of_guardian_over": _(
        "May do nothing any more: the guardian consented on %(on)s for a child, who is an adult now; please ask anew."
    ),
}


def sentence_for(answer: Answer) -> str:
    """What somebody may do for a person, and why, as a sentence in the active language."""
    return str(_ANSWERS[answer.reason]) % {"on": day_text(answer.on) if answer.on else ""}


def to_head(code: str) -> str:
    """What a member is to the head of the household (a code of `rules.TO_HEAD`), in words; empty where not known."""
    if code == HEAD:
        return gettext("head of the household")
    relation = _TO_HEAD.get(code)
    return gettext("to the head of the household: %(relation)s") % {"relation": relation} if relation else ""
