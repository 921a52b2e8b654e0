"""Signs that go with a dangerous value, who sent it, and what became of a contact, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SYMPTOMS: dict[str, Promise] = {
    "chest": _("Chest pain or pressure"),
    "stroke": _("Crooked mouth, weak or numb arm or leg, unclear speech"),
    "breath": _("Short of breath, cannot lie flat"),
    "headache": _("Very bad headache or dizziness"),
    "eyes": _("Blurred vision, eye pain"),
    "vomiting": _("Nausea, vomiting"),
    "heart": _("Racing heart"),
    "confused": _("Confused, very sleepy, fainted or cramping"),
    "sweating": _("Cold sweat, trembling, racing heart"),
    "thirst": _("Very thirsty, passing much water"),
    "belly": _("Belly pain, no appetite"),
    "fever": _("Fever above 39 °C"),
}
HOW: dict[str, Promise] = {
    "phone": _("By phone"),
    "home": _("Home visit"),
    "clinic": _("In the centre"),
    "online": _("Online"),
}
BECAME: dict[str, Promise] = {
    "advised": _("Looked at and advised"),
    "medicine": _("A doctor changed the medicine"),
    "come": _("Comes to the centre"),
    "referred": _("Referred to a hospital"),
    "called_120": _("120 was called"),
    "mistake": _("Measured or typed wrongly"),
}
SENT_BY: dict[str, Promise] = {
    "self": _("the person"),
    "helper": _("a helper"),
    "guardian": _("a guardian"),
}
