"""The demo as a job that the portal shows with a progress bar."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from channels_portal.demo.plan import SCALES, Plan
from core import jobs
from core.models import Job

KIND = "demo"


def enqueue(plan: Plan, *, owner: User | None) -> Job:
    """The job that loads the demo; its day is kept, so that a later try draws the same."""
    args = {"scale": plan.scale.name, "seed": plan.seed, "today": plan.today.isoformat()}
    return jobs.enqueue(kind=KIND, key=KIND, label=_("Load the demo data"), args=args, owner=owner)[0]


@jobs.handler(KIND)
def run(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    from channels_portal.demo import seed  # with libraries that nothing else of the portal starts with

    plan = Plan(SCALES[job.args["scale"]], job.args["seed"], date.fromisoformat(job.args["today"]))
    return seed.run(plan, progress=progress)
