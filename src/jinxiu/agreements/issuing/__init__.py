"""An agreement as PDF: handed out with its fingerprint kept, so that a file can be told from one that was changed."""
