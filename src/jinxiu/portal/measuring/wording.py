"""What residents are told about a value, in words that an old person understands (section 4.2)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.homevalues.kinds import DIASTOLIC, FASTING, NOT_FASTING, PULSE, SYSTOLIC
from jinxiu.portal.measuring.rules import GREEN, ORANGE, PRESSURE, RED, YELLOW, kind_of
from jinxiu.standards.verdict import number_text

HEADS: dict[str, Promise] = {
    RED: _("This is an emergency"),
    ORANGE: _("This value is dangerous"),
    YELLOW: _("This value is unusual"),
    GREEN: _("Thank you, it has arrived"),
}
# What to do now, by the words of rules.Answer.do; each line is a step.
DO: dict[str, tuple[Promise, ...]] = {
    "call_120": (
        _("Call 120 now and say: blood pressure or blood sugar in danger, with these signs."),
        _("Stay with somebody, sit or lie down, open the door. Do not drive yourself."),
        _("Take no extra medicine of your own accord."),
    ),
    "sugar_meanwhile": (_("Until they come, if you can swallow: take sugar, for example a glass of sweet drink."),),
    "rest": (
        _("Sit down and rest quietly for 5 to 15 minutes. No coffee, no cigarette, no walking about."),
        _("Then measure again and send the second value, too."),
        _("Is it still that high? Then you have to see a doctor today."),
        _("Take no extra medicine of your own accord."),
    ),
    "sugar": (
        _("If you can swallow: take sugar now, for example a glass of sweet drink or 3 to 4 sugar cubes."),
        _("Measure again in 15 minutes and send that value, too. Still low? Take sugar again."),
        _("Stay with somebody until it is well above 4."),
    ),
    "refer_today": (
        _("You have to see a doctor today, at your centre or in a hospital."),
        _("Drink water. Take your usual medicine, nothing extra of your own accord."),
    ),
    "expecting": (
        _("While you are pregnant or breast-feeding, a raised value is looked at on the same day."),
        _("Rest for 15 minutes, measure again, and see a doctor today."),
    ),
    "high_pressure": (
        _("Rest, and measure again this evening and tomorrow morning. Take your medicine as you were told."),
    ),
    "low_glucose": (_("Eat something now. Who takes insulin must not wait: measure again in 15 minutes."),),
    "high_glucose": (_("Drink water, take your medicine as you were told, and measure again before the next meal."),),
    "above_target": (
        _("It is above the target. Measure on some other days, too, always at rest: your team looks at all of them."),
    ),
    "low_pressure": (
        _("It is rather low. Sit or lie down and drink some water. If you feel dizzy, call your team today."),
    ),
    "usual": (_("There is nothing that you have to do about this value."),),
}
ARMS: dict[str, Promise] = {"left": _("Left arm"), "right": _("Right arm")}
MEALS: dict[str, Promise] = {
    "fasting": _("Before breakfast, nothing eaten"),
    "after_meal": _("Two hours after a meal"),
    "other": _("Another time"),
}


def value_words(values: Mapping[str, float]) -> str:
    """186/112 mmHg, or 3.4 mmol/L."""
    number, unit = bare_words(values), "mmHg" if kind_of(values) == PRESSURE else "mmol/L"
    return f"{number} {unit}"


def bare_words(values: Mapping[str, float]) -> str:
    """186/112, or 3.4, where the unit stands above; of a pressure with one value only, that one."""
    return "/".join(number_text(values[code]) for code in (SYSTOLIC, DIASTOLIC, FASTING, NOT_FASTING) if code in values)


def more_words(values: Mapping[str, float]) -> str:
    """The pulse, or that nothing was eaten before; empty where there is neither."""
    if PULSE in values:
        return gettext("pulse %(value)s") % {"value": number_text(values[PULSE])}
    return gettext("before breakfast") if FASTING in values else ""
