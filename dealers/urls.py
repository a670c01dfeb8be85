from django.urls import path

from dealers.views import account, applications, archive, life_cycle, lists, managers, pages, ratings, suspension

app_name = "dealers"
urlpatterns = [
    path("", lists.Dealers.as_view(), name="list"),
    path("own/", pages.OwnDealer.as_view(), name="own"),
    path("managers/", managers.AssignMany.as_view(), name="assign"),
    path("ratings/", ratings.Rounds.as_view(), name="ratings"),
    path("ratings/new/", ratings.Rate.as_view(), name="rate"),
    path("ratings/proposals/", ratings.Proposals.as_view(), name="proposals"),
    path("ratings/proposals/approve/", ratings.ApproveProposals.as_view(), name="proposals-approve"),
    path("ratings/proposals/reject/", ratings.RejectProposals.as_view(), name="proposals-reject"),
    path("ratings/proposals/<int:pk>/", ratings.Proposal.as_view(), name="proposal"),
    path("new/", applications.Applications.as_view(), name="applications"),
    path("new/propose/", applications.Propose.as_view(), name="propose"),
    path("plan/", applications.SitePlanPage.as_view(), name="site-plan"),
    path("<int:pk>/documents/", applications.AddDocuments.as_view(), name="documents"),
    path("<int:pk>/documents/<int:document>/", applications.Document.as_view(), name="document"),
    path("<int:pk>/apply/", applications.Apply.as_view(), name="apply"),
    path("<int:pk>/check/<str:part>/", applications.Check.as_view(), name="check"),
    path("<int:pk>/reject/", applications.Reject.as_view(), name="reject"),
    path("<int:pk>/sign/", life_cycle.Sign.as_view(), name="sign"),
    path("<int:pk>/lead-in/", life_cycle.BeginLeadIn.as_view(), name="lead-in"),
    path("<int:pk>/mature/", life_cycle.Mature.as_view(), name="mature"),
    path("<int:pk>/regular/", life_cycle.MakeRegular.as_view(), name="regular"),
    path("<int:pk>/end/", life_cycle.End.as_view(), name="end"),
    path("<int:pk>/", pages.DealerPage.as_view(), name="detail"),
    path("<int:pk>/edit/", archive.EditArchive.as_view(), name="edit"),
    path("<int:pk>/tiers/", pages.TierCheck.as_view(), name="tiers"),
    path("<int:pk>/history/", pages.History.as_view(), name="history"),
    path("<int:pk>/account/", account.EnterAccount.as_view(), name="account"),
    path("<int:pk>/manager/", managers.AssignOne.as_view(), name="manager"),
    path("<int:pk>/suspend/", suspension.Suspend.as_view(), name="suspend"),
    path("<int:pk>/resume/", suspension.Resume.as_view(), name="resume"),
]
