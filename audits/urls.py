from django.urls import path

from audits.views import cases, dealer_parts, findings, lists, notices, photos, rectifications, steps, today, visit

app_name = "audits"
urlpatterns = [
    path("visits/", lists.Visits.as_view(), name="visits"),
    path("violations/", lists.Violations.as_view(), name="violations"),
    path("cases/", cases.Cases.as_view(), name="cases"),
    path("cases/<str:number>/", cases.CasePage.as_view(), name="case"),
    path("cases/<str:number>/records/", cases.CaseRecords.as_view(), name="case-records"),
    path("cases/<str:number>/answer/", cases.AnswerCase.as_view(), name="case-answer"),
    path("cases/<str:number>/report/", cases.ReportCase.as_view(), name="case-report"),
    path("cases/<str:number>/dismiss/", cases.DismissCase.as_view(), name="case-dismiss"),
    path("cases/<str:number>/confirm/", cases.ConfirmCase.as_view(), name="case-confirm"),
    path("today/", today.Today.as_view(), name="today"),
    path("today/panel/", today.TodayPanel.as_view(), name="today-panel"),
    path("coverage/", today.CoveragePanel.as_view(), name="coverage"),
    path("visits/new/<int:pk>/", visit.Start.as_view(), name="visit-start"),
    path("visits/<int:pk>/", visit.VisitPage.as_view(), name="visit"),
    path("visits/<int:pk>/note/", visit.AddNote.as_view(), name="visit-note"),
    path("visits/<int:pk>/go-on/", steps.GoOn.as_view(), name="visit-go-on"),
    path("visits/<int:pk>/checklist/<int:number>/", steps.ChecklistStep.as_view(), name="visit-section"),
    path("visits/<int:pk>/answer/", steps.Answer.as_view(), name="visit-answer"),
    path("visits/<int:pk>/photos/", photos.PhotoStep.as_view(), name="visit-photos"),
    path("visits/<int:pk>/findings/", findings.FindingStep.as_view(), name="visit-findings"),
    path("visits/<int:pk>/check-out/", steps.CheckOut.as_view(), name="visit-check-out"),
    path("findings/", notices.Findings.as_view(), name="findings"),
    path("findings/<int:pk>/", notices.FindingPage.as_view(), name="finding"),
    path("findings/<int:pk>/confirm/", notices.ConfirmFinding.as_view(), name="finding-confirm"),
    path("findings/<int:pk>/dismiss/", notices.DismissFinding.as_view(), name="finding-dismiss"),
    path("findings/<int:pk>/rectify/", rectifications.OrderRectification.as_view(), name="finding-rectify"),
    path("rectifications/", rectifications.Rectifications.as_view(), name="rectifications"),
    path("rectifications/<str:number>/", rectifications.RectificationPage.as_view(), name="rectification"),
    path(
        "rectifications/<str:number>/report/", rectifications.ReportRectification.as_view(), name="rectification-report"
    ),
    path(
        "rectifications/<str:number>/verify/", rectifications.VerifyRectification.as_view(), name="rectification-verify"
    ),
    path(
        "rectifications/<str:number>/send-back/",
        rectifications.SendBackRectification.as_view(),
        name="rectification-send-back",
    ),
    path(
        "rectifications/<str:number>/cancel/", rectifications.CancelRectification.as_view(), name="rectification-cancel"
    ),
    path(
        "rectifications/<str:number>/before/<int:pk>/",
        rectifications.RectificationPhoto.as_view(),
        {"of": "finding"},
        name="rectification-before",
    ),
    path(
        "rectifications/<str:number>/photos/<int:pk>/",
        rectifications.RectificationPhoto.as_view(),
        {"of": "rectification"},
        name="rectification-photo",
    ),
    path("notices/", notices.Notices.as_view(), name="notices"),
    path("notices/<str:number>/", notices.NoticePage.as_view(), name="notice"),
    path("notices/<str:number>/sheet/", notices.NoticeSheet.as_view(), name="notice-sheet"),
    path("notices/<str:number>/photos/<int:pk>/", notices.NoticePhoto.as_view(), name="notice-photo"),
    path("notices/<str:number>/appeal/", notices.AppealNotice.as_view(), name="notice-appeal"),
    path("notices/<str:number>/uphold/", notices.UpholdNotice.as_view(), name="notice-uphold"),
    path("notices/<str:number>/annul/", notices.AnnulNotice.as_view(), name="notice-annul"),
    path("findings/<int:pk>/withdraw/", findings.WithdrawFinding.as_view(), name="finding-withdraw"),
    path("photos/<int:pk>/", photos.Photo.as_view(), name="photo"),
    path("photos/<int:pk>/remove/", photos.RemovePhoto.as_view(), name="photo-remove"),
    path("dealers/<int:pk>/sales/", dealer_parts.DealerSales.as_view(), name="dealer-sales"),
    path("dealers/<int:pk>/visits/", dealer_parts.DealerVisits.as_view(), name="dealer-visits"),
]
