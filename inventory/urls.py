from django.urls import path

from inventory.views import card, levels, lists, movements, moving, node, ranking

app_name = "inventory"
urlpatterns = [
    path("nodes/", lists.Nodes.as_view(), name="nodes"),
    path("nodes/<str:code>/", node.NodePage.as_view(), name="node"),
    path("cards/", lists.Cards.as_view(), name="cards"),
    path("cards/<slug:serial>/", card.CardPage.as_view(), name="card"),
    path("levels/", levels.Levels.as_view(), name="levels"),
    path("movements/", movements.Movements.as_view(), name="movements"),
    path("movements/new/", moving.NewMovement.as_view(), name="movement-new"),
    path("movements/<str:number>/", movements.MovementPage.as_view(), name="movement"),
    path("movements/<str:number>/sheet/", movements.HandOverSheet.as_view(), name="movement-sheet"),
    path("movements/<str:number>/serials/", moving.AddSerials.as_view(), name="movement-serials"),
    path("movements/<str:number>/quantity/", moving.AddQuantity.as_view(), name="movement-quantity"),
    path("movements/<str:number>/lines/<int:pk>/remove/", moving.RemoveLine.as_view(), name="movement-line-remove"),
    path("movements/<str:number>/submit/", moving.Submit.as_view(), name="movement-submit"),
    path("movements/<str:number>/approve/", moving.Approve.as_view(), name="movement-approve"),
    path("movements/<str:number>/reject/", moving.Reject.as_view(), name="movement-reject"),
    path("movements/<str:number>/cancel/", moving.Cancel.as_view(), name="movement-cancel"),
    path("movements/<str:number>/ship/", moving.Ship.as_view(), name="movement-ship"),
    path("movements/<str:number>/receive/", moving.Receive.as_view(), name="movement-receive"),
    path("movements/<str:number>/give-back/", moving.GiveBack.as_view(), name="movement-back"),
    path("movements/<str:number>/resolve/", moving.Resolve.as_view(), name="movement-resolve"),
    path("ranking/", ranking.Ranking.as_view(), name="ranking"),
    path("sales/", lists.Sales.as_view(), name="sales"),
]
