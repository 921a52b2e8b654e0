"""A password's hash is slow on purpose, and what the tests ask is who gets in: there it is quick."""

QUICK_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
