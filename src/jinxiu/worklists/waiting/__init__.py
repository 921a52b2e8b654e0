"""Contacts that wait for a doctor's word, and the urgent ones among them that no doctor has looked at."""
