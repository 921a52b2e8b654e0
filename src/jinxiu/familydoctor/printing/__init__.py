"""Paper: a recorded form and a person's year as PDF, in Chinese, to hand over or to file."""
