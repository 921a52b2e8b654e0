"""All addresses in one place."""

urlpatterns: list = []
