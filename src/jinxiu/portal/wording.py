"""What is due, in words that everybody understands; the rule's own sentence stands beside them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DANGER = 3  # urgency: now

_PLAIN: dict[tuple[str, int], Promise] = {
    ("refer", DANGER): _(
        "The last values were dangerous. Call the team today. With chest pain, no breath, a weak arm or a crooked "
        "mouth, call 120 at once."
    ),
    ("contact", DANGER): _(
        "The value that was sent from home was dangerous. The team makes contact today; call if nobody has. With chest "
        "pain, no breath, a weak arm or a crooked mouth, call 120 at once."
    ),
    ("refer", 2): _("Your team wishes to talk with you about help from a hospital. Please call."),
    ("contact", 1): _("It was not as it should be last time, or nobody has looked yet. Please come soon."),
    ("contact", 0): _("It is time to look at this together again."),
    ("exam", 0): _("An examination is waiting for you."),
    ("test", 0): _("A test is waiting for you."),
}
_ANYTHING = _("Something is waiting for you here. Your team tells you more.")


def plain_words(action: str, urgency: int) -> str:
    """What somebody should do about a due item, by its action (contact, refer, exam, test) and urgency (0 to 3)."""
    return str(_PLAIN.get((action, urgency)) or _PLAIN.get((action, 0)) or _ANYTHING)
