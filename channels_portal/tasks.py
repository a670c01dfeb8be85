"""What the worker of the whole portal has to know besides the apps' own tasks."""

from channels_portal import upkeep
from channels_portal.demo import job

__all__ = ["job", "upkeep"]
