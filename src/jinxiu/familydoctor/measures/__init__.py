"""The family-doctor service's measures, as data: one YAML file each; `international` has those of other countries."""
