"""The consents of an agreement after its signing: given later, taken back, with their history."""
