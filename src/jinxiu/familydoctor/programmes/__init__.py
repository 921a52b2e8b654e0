"""The programmes of a person: begun, ended, an end taken back, each with what it opens and closes of what is due."""
