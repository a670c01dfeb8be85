from django.urls import path

from core.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.ImportList.as_view(), name="list"),
    path("new/", views.NewImport.as_view(), name="new"),
    path("kinds/<slug:kind>/", views.KindPage.as_view(), name="kind"),
    path("kinds/<slug:kind>/template.xlsx", views.Template.as_view(), name="template"),
    path("<int:pk>/", views.ImportPage.as_view(), name="detail"),
    path("<int:pk>/apply/", views.ApplyImport.as_view(), name="apply"),
    path("<int:pk>/rejected.<slug:form>", views.Rejected.as_view(), name="rejected"),
]
