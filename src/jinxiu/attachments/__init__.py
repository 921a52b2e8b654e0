"""Documents and photos of people: a report, an ECG, a wound, a paper agreement."""
