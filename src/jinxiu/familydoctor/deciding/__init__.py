"""What a follow-up became: the class suggested, a clinician's word on it, what was done at once, and corrections."""
