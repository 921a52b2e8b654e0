"""The door for the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinxiu.config.settings")
application = get_wsgi_application()
_ = get_resolver().url_patterns  # all pages are loaded now, not while the first visitor waits
# What is loaded stays. Unless the collector is told so, it looks through all of it now and then: 0.1 s of a request.
gc.collect()
gc.freeze()
