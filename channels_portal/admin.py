"""Admin pages of the libraries: settings, schedule, locks; and what is not shown at all."""

from typing import Any

from axes.models import AccessAttempt
from axes.utils import reset
from constance.admin import Config, ConstanceAdmin
from constance.forms import ConstanceForm
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_celery_beat.admin import CrontabScheduleAdmin as BeatCrontabAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as BeatTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm, TaskSelectWidget
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from rest_framework.authtoken.models import TokenProxy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.scoping import may_change_globals
from reports.config import CONSTANCE as REPORT_SETTINGS

for model in (Group, TokenProxy, PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
admin.site.unregister([Config])


class _Global(ModelAdmin):
    """Holds for everybody: changed by administrators of a city or province, seen by all of them."""

    compressed_fields = True
    warn_unsaved_form = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_change_globals(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change_globals(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_change_globals(request.user)


class SettingsForm(ConstanceForm):
    """Checks what holds between several settings."""

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        weights = [value for name, value in found.items() if name in REPORT_SETTINGS]
        if len(weights) == len(REPORT_SETTINGS) and sum(weights) != 1:
            raise ValidationError(_("The weights of the effectiveness score must sum to exactly 1."))
        return found


# constance's page of settings is no model
@admin.register(Config)  # type: ignore[arg-type]
class SettingsAdmin(ConstanceAdmin):
    """The thresholds of all apps, each with its own widget and checks."""

    change_list_form = SettingsForm

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and not may_change_globals(request.user):
            raise PermissionDenied
        return super().changelist_view(request, extra_context)


class _TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):
    pass


class TaskForm(PeriodicTaskForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = _TaskSelect()


@admin.register(PeriodicTask)
class TaskAdmin(BeatTaskAdmin, _Global):
    """What runs by itself, and when."""

    form = TaskForm


@admin.register(CrontabSchedule)
class CrontabAdmin(BeatCrontabAdmin, _Global):
    pass


@admin.register(IntervalSchedule)
class IntervalAdmin(_Global):
    pass


@admin.register(AccessAttempt)
class LockAdmin(ModelAdmin):
    """Failed sign-ins. Unlock lets the person try again at once."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent", "path_info")
    actions = ("unlock",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @action(description=_("Unlock"))
    def unlock(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        names = set(queryset.values_list("username", flat=True))
        for name in names:
            reset(username=name)
        told = ngettext("%(count)s user can sign in again.", "%(count)s users can sign in again.", len(names))
        messages.success(request, told % {"count": len(names)})
