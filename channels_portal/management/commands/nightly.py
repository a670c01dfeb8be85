from typing import Any

from channels_portal import nightly
from core import clock
from core.commanding import PortalCommand


class Command(PortalCommand):
    help = "Do what is due each night, for today or the day of --date: endings, pools that are forfeited, deadlines."
    acts_as = False

    def work(self, *, user: Any, **options: Any) -> dict[str, Any]:
        return nightly.run(today=clock.today(), at=clock.now())
