"""The sentences for files, rows and values that cannot be used: what is allowed, and what to do."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jinxiu.familydoctor.imports.layouts import Layout
from jinxiu.familydoctor.imports.rows import Problem
from jinxiu.familydoctor.imports.tables import FileError
from jinxiu.people.families.wording import to_head
from jinxiu.people.identity import IdentityError
from jinxiu.people.wording import SEXES
from jinxiu.people.wording import sentence_for as identity_sentence

_IDENTITY = ("id_card_shape", "id_card_check", "id_card_date", "phone_shape")

_FILES: dict[str, Promise] = {
    "file_empty": _("The file is empty; choose another one."),
    "file_too_large": _("The file is larger than %(most)s; split it into several."),
    "file_kind": _("This is neither Excel nor text with commas or tabs; save it as .xlsx or .csv."),
    "file_broken": _("The file is damaged; open it in the spreadsheet program and save it again."),
    "file_locked": _("The file is locked with a password; save a copy without one."),
    "file_bomb": _("What is packed in the file is far too large; save it again without pictures and empty rows."),
    "file_rows": _("The file has more than %(most)s rows; split it into several."),
    "file_columns": _("A sheet has more than %(most)s columns; delete those without headings."),
    "file_headings": _("No row near the top holds the headings; needed are the columns: %(needed)s."),
}

_VALUES: dict[str, Promise] = {
    "needed": _("This cell must not be empty."),
    "example": _("The made-up row of the template is never taken in; you may leave it or delete it."),
    "who": _("Without an ID number a row needs the birth date."),
    "day_shape": _("A day as 2026-11-05, 2026/11/5, 20261105, with the characters for year, month and day, or a date."),
    "day_future": _("A day no later than %(latest)s."),
    "day_past": _("A day from %(earliest)s on."),
    "number_shape": _("A number, such as 138 or 6.4."),
    "number_range": _("A number from %(low)s to %(high)s; check the unit."),
    "pressure_shape": _("Both pressures with a stroke between them, such as 148/92."),
    "id_digits_lost": _(
        "The spreadsheet has rounded this number and its last digits are lost. Format the column as text, then fetch "
        "the numbers again from the system that they come from."
    ),
    "document_shape": _("The number of a document has 5 to 30 letters and digits."),
    "word_unknown": _("One of: %(words)s."),
    "name_shape": _("A name of at most %(most)s characters, without digits."),
    "birth_date_not_of_card": _("The ID number says %(card)s; correct the one that is wrong."),
    "sex_not_of_card": _("The ID number says %(card)s; correct the one that is wrong."),
    "repeated": _("Each person once; the first is in row %(first)s."),
    "elsewhere": _("This person belongs to another team; ask its clerk, or the centre's manager, to move the person."),
    "gone": _("The register says that this person died or moved away on %(day)s; correct it there first."),
    "maybe_registered": _(
        "Somebody of this name with the same birth date or phone is registered. Compare the two; to update that "
        "record, add the ID number to the row and in the register."
    ),
    "repeated_record": _("One record of a kind, person and day; the first is in row %(first)s."),
    "nobody": _("The number of a registered person; import the residents first."),
    "other_name": _("The name that the register has for this number; compare the two."),
    "closed": _(
        "The use of this person's data is restricted, so nothing new is recorded. Leave the row out, or bring it again "
        "when the restriction has ended."
    ),
    "outside_of_life": _("A day between the birth and the death of the person."),
    "recorded_otherwise": _("The records hold something else for this day; compare, and correct it on the record."),
    "ends_before": _("A last day no earlier than the first."),
    "team_fixed": _("The team was changed today, or will be on a later day; change it on the person's page."),
    "team_unknown": _("The name or the code of a registered team that you may use."),
    "team_unclear": _("Several teams have this name; write the team's code."),
    "street_unknown": _("A street of the list of places, by name or code."),
    "street_unclear": _("Several streets have this name; write the street's code."),
    "community_unknown": _("A community of the list of places, by name or code, inside the street that the row names."),
    "community_unclear": _("Several communities have this name; name the street too, or write the code."),
    "place_retired": _("The list of places has it no longer since %(day)s; look up which one it became."),
    "address_alone": _("An address is kept together with its street or community; add one of the two columns."),
    "programme_without_day": _(
        "Since when is not said; add a column with the day, or the day when the file was opened."
    ),
    "before_birth": _("A day after the birth of the person."),
    "before_leaving": _("A day no earlier than %(day)s, when the person moved away."),
    "seen_later": _("The records hold a contact on %(day)s, after this day; correct the one that is wrong."),
    "head_unknown": _("The number of somebody who is registered or in this file."),
    "represented": _("Somebody else represents this household: %(name)s; change it on the page of the household."),
    "guardian_nameless": _("A guardian has a name; add it."),
    "guardian_of_adult": _("A guardian of somebody of age is recorded on the person's page, with the decision."),
    "guardian_child": _("A guardian is of age."),
    "guardian_self": _("Somebody else than the person."),
    "guardian_other_name": _("The name that belongs to the guardian's number; compare the two."),
    "guardian_dead": _("The register says that the guardian died; name another one."),
    "guardian_guarded": _("The guardian has a guardian; name another one."),
}


def value_sentence(problem: Problem) -> str:
    """What is allowed where the problem is, in the active language."""
    if problem.reason in _IDENTITY:
        return str(identity_sentence(IdentityError(problem.reason)))
    parts = {name: _sex_or(problem.field, part) for name, part in problem.parts.items()}
    return str(_VALUES[problem.reason]) % parts


def found_text(problem: Problem) -> str:
    """What stood there, as people read it."""
    return _sex_or(problem.field, problem.found)


def _sex_or(field: str, value: str) -> str:
    return str(SEXES.get(value, value)) if field == "sex" else value


def file_sentence(error: FileError) -> str:
    """Why a file cannot be used, with its name, in the active language."""
    sentence = str(_FILES[error.reason]) % error.parts
    return f"{error.parts['file']}: {sentence}" if error.parts.get("file") else sentence


def field_title(layout: Layout, name: str, language: str) -> str:
    """A column of a layout as people call it."""
    return layout.columns[name].title.language(language)


def value_text(field: str, value: str) -> str:
    """A value of a column as people read it."""
    return to_head(value) if field == "head_relation" else _sex_or(field, value)


def outcome(problem: Problem) -> str:
    """Whether the row stays out, or only the value, or neither."""
    if problem.is_taken:
        return gettext("It goes in as it stands.")
    return gettext("The row stays out.") if problem.whole_row else gettext("Only this value is left out.")
