from django.urls import path

from inventory.views import card, levels, lists, ranking

app_name = "inventory"
urlpatterns = [
    path("nodes/", lists.Nodes.as_view(), name="nodes"),
    path("cards/", lists.Cards.as_view(), name="cards"),
    path("cards/<slug:serial>/", card.CardPage.as_view(), name="card"),
    path("levels/", levels.Levels.as_view(), name="levels"),
    path("ranking/", ranking.Ranking.as_view(), name="ranking"),
    path("sales/", lists.Sales.as_view(), name="sales"),
]
