"""The Celery application. `set_default` makes it the one of every thread of a web worker too."""

import os
import signal
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from channels_portal.runtime import processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "channels_portal.settings")
app = Celery("channels_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()


@worker_process_init.connect
def end_with_the_worker(**_: Any) -> None:
    """A job whose worker was killed is given to another; the old process must not go on with it."""
    processes.tie_to_parent(signal.SIGKILL)
