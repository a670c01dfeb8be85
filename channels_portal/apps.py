from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "channels_portal"
    verbose_name = "Channels portal"

    def ready(self) -> None:
        from channels_portal import celery  # noqa: F401 - tasks are sent through this application
