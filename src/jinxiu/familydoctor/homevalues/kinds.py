"""The words of the code list by which values from home are kept, asked about and answered. Pure."""

STANDARD = "home_values"
MEASUREMENT = "home.measurement"
SOURCE = "jinxiu.home"  # of what residents send in

SYSTOLIC, DIASTOLIC, PULSE = "home_systolic", "home_diastolic", "home_pulse"
FASTING, NOT_FASTING = "home_fasting_glucose", "home_random_glucose"
MEASURED = (SYSTOLIC, DIASTOLIC, PULSE, FASTING, NOT_FASTING)

# What asks for a contact is called like the clause that it opens; each has an answer of its own.
CONTACT_NOW, CONTACT_SOON = "home_contact_now", "home_contact_soon"
ANSWERS = {CONTACT_NOW: "home.answered_now", CONTACT_SOON: "home.answered_soon"}
