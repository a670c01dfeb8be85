"""The Celery application. `set_default` makes it the one of every thread of a web worker too."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "channels_portal.settings")
app = Celery("channels_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()
