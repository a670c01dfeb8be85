from django.urls import path

from core.views.jobs import JobList, JobPage, JobProgress, JobTray
from core.views.shell import Home, Notices, OpenNotice, Search

app_name = "core"
urlpatterns = [
    path("", Home.as_view(), name="home"),
    path("search/", Search.as_view(), name="search"),
    path("notices/", Notices.as_view(), name="notices"),
    path("notices/read/", OpenNotice.as_view(), name="notices_read"),
    path("notices/<int:pk>/open/", OpenNotice.as_view(), name="notice_open"),
    path("system/jobs/", JobList.as_view(), name="jobs"),
    path("system/jobs/tray/", JobTray.as_view(), name="job_tray"),
    path("system/jobs/<int:pk>/", JobPage.as_view(), name="job"),
    path("system/jobs/<int:pk>/progress/", JobProgress.as_view(), name="job_progress"),
]
