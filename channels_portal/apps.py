from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    name = "channels_portal"
    verbose_name = "Channels portal"

    def ready(self) -> None:
        """Tasks are sent through our Celery application; jobs and follow-ups are known to every process."""
        from channels_portal import celery  # noqa: F401

        autodiscover_modules("tasks", "followups")
