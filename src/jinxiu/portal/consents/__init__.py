"""What somebody has consented to: the agreement's consents, helpers, messages; with the text, and taken back here."""
