from django.urls import path

from reports.views.effectiveness import Effectiveness

app_name = "reports"
urlpatterns = [
    path("effectiveness/", Effectiveness.as_view(), name="effectiveness"),
]
