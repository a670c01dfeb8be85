"""A visit through its pages, as a phone without JavaScript sends it."""

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.roles import Role
from audits.models import Violation, Visit
from core.clock import now
from tests.factories import make_city, make_dealer, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def county():
    return make_city()[1]


@pytest.fixture
def manager(county, client):
    user = make_user("manager", Role.CHANNEL_MANAGER, county)
    client.force_login(user)
    return user


@pytest.fixture
def dealer(county, manager):
    return make_dealer(
        county, name="砚山通信店", latitude="23.605768", longitude="104.337244", visit_regime="direct", manager=manager
    )


def jpeg(colour=(90, 9, 9)):
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return SimpleUploadedFile("photo.jpg", out.getvalue(), "image/jpeg")


def check_in(client, dealer, **fields):
    data = {"kind": "routine", "client_id": uuid4(), "latitude": "23.6058", "longitude": "104.3373", "accuracy": "15"}
    return client.post(reverse("audits:visit-start", args=[dealer.pk]), data | fields)


def answers(section, number=0):
    """The best answer to every question of a section, as a browser sends them."""
    best = {"yes_no": lambda q: q.good_answer, "score": lambda q: q.max_score, "choice": lambda q: q.choices[0]}
    data = {f"q-{q.id}": best[q.kind](q) for q in section.questions if q.kind in best}
    files = {f"photo-{q.id}": jpeg((q.id % 250, number, 0)) for q in section.questions if q.kind == "photo"}
    return data | files


def answer_all(client, visit):
    for number, section in enumerate(visit.sections, start=1):
        url = reverse("audits:visit-section", args=[visit.pk, number])
        response = client.post(url, answers(section, number))
        assert response.status_code == 302
    return response.url


def test_from_check_in_to_check_out(client, dealer, manager):
    page = client.get(reverse("audits:visit-start", args=[dealer.pk]))
    assert dealer.name in page.content.decode()
    response = check_in(client, dealer, phone_at="2026-09-10T01:02:03.456Z")
    visit = Visit.objects.get()
    assert response.url == reverse("audits:visit-go-on", args=[visit.pk])
    assert visit.checked_in_phone is not None
    assert client.get(response.url).url == reverse("audits:visit-section", args=[visit.pk, 1])
    Visit.objects.filter(pk=visit.pk).update(checked_in_at=now() - timedelta(minutes=20))

    assert answer_all(client, visit) == reverse("audits:visit-photos", args=[visit.pk])
    photos = reverse("audits:visit-photos", args=[visit.pk])
    assert client.post(photos, {"photo": jpeg(), "caption": "门头"}).status_code == 302
    findings = reverse("audits:visit-findings", args=[visit.pk])
    assert client.post(findings, {"category": "service", "text": "未着工装"}).status_code == 302
    assert "未着工装" in client.get(findings).content.decode()

    assert client.get(reverse("audits:visit-go-on", args=[visit.pk])).url.endswith("/check-out/")
    done = client.post(reverse("audits:visit-check-out", args=[visit.pk]), {"summary": "情况良好"})
    assert done.url == reverse("audits:visit", args=[visit.pk])
    visit.refresh_from_db()
    assert (visit.state, visit.summary, str(visit.score)) == ("done", "情况良好", "100.00")
    page = client.get(done.url).content.decode()
    for words in ("情况良好", "未着工装", "门头", "100"):
        assert words in page


def test_without_a_position_the_visit_goes_on(client, dealer):
    check_in(client, dealer, latitude="", longitude="", accuracy="")
    assert Visit.objects.get().latitude is None


@pytest.mark.parametrize("position", [("abc", "1"), ("91", "0"), ("nan", "nan"), ("1e400", "0"), ("23.6", "")])
def test_a_position_that_makes_no_sense_counts_as_none(client, dealer, position):
    check_in(client, dealer, latitude=position[0], longitude=position[1])
    assert Visit.objects.get().latitude is None


def test_sent_twice_it_is_one_visit(client, dealer):
    client_id = uuid4()
    first, second = (check_in(client, dealer, client_id=client_id) for _ in range(2))
    assert first.url == second.url
    assert Visit.objects.count() == 1


def test_checking_in_again_leads_to_the_open_visit(client, dealer):
    first = check_in(client, dealer)
    assert check_in(client, dealer).url == first.url


def test_a_wrong_answer_stays_on_the_page_and_the_right_ones_are_kept(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    section = visit.sections[0]
    score = next(question for question in section.questions if question.kind == "score")
    response = client.post(
        reverse("audits:visit-section", args=[visit.pk, 1]), answers(section) | {f"q-{score.id}": "99"}
    )
    assert response.status_code == 422
    assert visit.answers.count() == sum(q.kind == "yes_no" for q in section.questions)


def test_a_section_that_does_not_exist(client, dealer):
    check_in(client, dealer)
    assert client.get(reverse("audits:visit-section", args=[Visit.objects.get().pk, 99])).status_code == 404


def test_the_script_sends_one_answer_at_a_time(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    url = reverse("audits:visit-answer", args=[visit.pk])
    question = next(one for one in visit.sections[0].questions if one.finding_on == "no")
    response = client.post(url, {"question": question.id, "value": "no", "note": "海报脱落"})
    assert (response.status_code, json.loads(response.content)["stored"]) == (200, "no")
    assert visit.findings.get().text.endswith("海报脱落")
    assert client.post(url, {"question": question.id, "value": "perhaps"}).status_code == 409
    for nonsense in ("", "-1", "9" * 40, "x"):
        assert client.post(url, {"question": nonsense, "value": "yes"}).status_code in (400, 409)
    assert client.get(url).status_code == 405


def test_the_script_sends_photos_and_is_told_why_not(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    url = reverse("audits:visit-photos", args=[visit.pk])
    question = next(one for one in visit.sections[0].questions if one.kind == "photo")
    sent = client.post(url, {"photo": jpeg(), "question": question.id}, headers={"Accept": "application/json"})
    assert sent.status_code == 200
    assert visit.photos.get().question == question.id
    assert client.get(json.loads(sent.content)["url"]).status_code == 200
    hostile = SimpleUploadedFile("x.jpg", b"<script>alert(1)</script>", "image/jpeg")
    refused = client.post(url, {"photo": hostile}, headers={"Accept": "application/json"})
    assert refused.status_code == 409
    assert json.loads(refused.content)["message"]
    assert client.post(url, {"photo": SimpleUploadedFile("y.jpg", b"GIF89a", "image/jpeg")}).status_code == 422


def test_what_is_unusual_asks_for_a_reason_and_what_is_missing_is_named(client, dealer):
    check_in(client, dealer, latitude="23.7", longitude="104.4")
    visit = Visit.objects.get()
    url = reverse("audits:visit-check-out", args=[visit.pk])
    page = client.get(url).content.decode()
    assert "distance_reason" in page
    assert visit.sections[0].questions[0].text in page
    assert client.post(url, {}).status_code == 422
    answer_all(client, visit)
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"distance_reason": "店铺搬迁", "length_reason": "店主外出"}).status_code == 302


def test_photos_are_served_to_those_who_see_the_visit_only(client, dealer, county):
    check_in(client, dealer)
    visit = Visit.objects.get()
    client.post(reverse("audits:visit-photos", args=[visit.pk]), {"photo": jpeg()})
    photo = visit.photos.get()
    url = reverse("audits:photo", args=[photo.pk])
    response = client.get(url)
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "private" in response["Cache-Control"]
    small = client.get(url + "?size=small")
    assert Image.open(io.BytesIO(b"".join(small.streaming_content))).format == "JPEG"
    stranger = make_user("stranger", Role.CHANNEL_MANAGER, make_city(2)[2])
    for user, status in ((stranger, 404), (make_user("keeper", Role.KEEPER, county), 403)):
        client.force_login(user)
        assert client.get(url).status_code == status
    client.logout()
    assert client.get(url).status_code == 302


def test_a_photo_whose_file_is_gone_is_not_found(client, dealer, settings, tmp_path):
    check_in(client, dealer)
    visit = Visit.objects.get()
    client.post(reverse("audits:visit-photos", args=[visit.pk]), {"photo": jpeg()})
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    assert client.get(reverse("audits:photo", args=[visit.photos.get().pk])).status_code == 404


def test_photos_and_findings_can_be_taken_back(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    client.post(reverse("audits:visit-photos", args=[visit.pk]), {"photo": jpeg()})
    client.post(reverse("audits:visit-findings", args=[visit.pk]), {"category": "service", "text": "误记"})
    remove = reverse("audits:photo-remove", args=[visit.photos.get().pk])
    withdraw = reverse("audits:finding-withdraw", args=[visit.findings.get().pk])
    assert client.get(remove).status_code == client.get(withdraw).status_code == 200
    assert client.post(remove).status_code == 302
    assert client.post(withdraw, {"reason": ""}).status_code == 422
    assert client.post(withdraw, {"reason": "看错了"}).status_code == 302
    assert visit.photos.count() == 0
    assert visit.findings.get().state == "withdrawn"


def test_only_the_visits_own_manager_takes_its_steps(client, dealer, county):
    check_in(client, dealer)
    visit = Visit.objects.get()
    client.force_login(make_user("colleague", Role.CHANNEL_MANAGER, county))
    for name in ("visit-go-on", "visit-photos", "visit-findings", "visit-check-out"):
        assert client.get(reverse(f"audits:{name}", args=[visit.pk])).status_code == 403
    assert client.get(reverse("audits:visit-section", args=[visit.pk, 1])).status_code == 403
    page = client.get(reverse("audits:visit", args=[visit.pk]))
    assert page.status_code == 200
    assert "go-on" not in page.content.decode()


@pytest.mark.parametrize("name", ["visit", "visit-go-on", "visit-photos", "visit-findings", "visit-check-out"])
def test_an_inspector_finds_no_visit_but_his_own(client, dealer, county, name):
    check_in(client, dealer)
    client.force_login(make_user("spy", Role.INSPECTOR, county))
    assert client.get(reverse(f"audits:{name}", args=[Visit.objects.get().pk])).status_code == 404
    assert client.get(reverse("audits:visit-start", args=[dealer.pk])).status_code == 403


def test_strangers_find_nothing(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    client.force_login(make_user("stranger", Role.CHANNEL_MANAGER, make_city(2)[2]))
    for name in ("visit", "visit-go-on", "visit-photos", "visit-findings", "visit-check-out", "visit-note"):
        assert client.get(reverse(f"audits:{name}", args=[visit.pk])).status_code == 404, name
    assert client.get(reverse("audits:visit-start", args=[dealer.pk])).status_code == 404
    assert check_in(client, dealer).status_code == 404
    assert client.post(reverse("audits:visit-note", args=[visit.pk]), {"text": "x"}).status_code == 404


@pytest.mark.parametrize("role", [Role.FINANCE_CLERK, Role.KEEPER])
def test_wrong_roles_are_turned_away(client, dealer, county, role):
    check_in(client, dealer)
    visit = Visit.objects.get()
    client.force_login(make_user("other", role, county))
    for name, key in (
        ("visits", None),
        ("visit", visit.pk),
        ("visit-start", dealer.pk),
        ("violations", None),
        ("today", None),
    ):
        url = reverse(f"audits:{name}", args=[key] if key else [])
        assert client.get(url).status_code == 403, name


def test_after_a_day_only_notes_are_taken(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    at = now() - timedelta(hours=30)
    Visit.objects.filter(pk=visit.pk).update(state="done", checked_in_at=at, checked_out_at=at + timedelta(minutes=20))
    section = reverse("audits:visit-section", args=[visit.pk, 1])
    assert client.get(section).status_code == 302
    client.post(section, answers(visit.sections[0]))
    assert visit.answers.count() == 0
    assert "pencil" not in client.get(reverse("audits:visit", args=[visit.pk])).content.decode()
    client.post(reverse("audits:visit-note", args=[visit.pk]), {"text": "得分应为 3"})
    assert "得分应为 3" in client.get(reverse("audits:visit", args=[visit.pk])).content.decode()


def test_the_day_shows_where_one_is_and_whom_to_visit(client, dealer, county, manager):
    waiting = make_dealer(county, name="待巡店", manager=manager)
    make_dealer(county, name="别人的店")
    page = client.get(reverse("audits:today")).content.decode()
    assert waiting.name in page
    assert "别人的店" not in page
    check_in(client, dealer)
    assert (
        reverse("audits:visit-go-on", args=[Visit.objects.get().pk])
        in client.get(reverse("audits:today")).content.decode()
    )
    assert client.get(reverse("audits:today-panel"), headers={"HX-Request": "true"}).status_code == 200


def test_lists_ask_the_same_number_of_queries_for_one_and_for_many(
    client, county, manager, django_assert_max_num_queries
):
    counts = []
    for size in (1, 15):
        for _ in range(size):
            dealer = make_dealer(county, manager=manager)
            check_in(client, dealer)
        with django_assert_max_num_queries(20) as context:
            assert client.get(reverse("audits:visits")).status_code == 200
        counts.append(len(context.captured_queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("?whose=all", True),
        ("?mark=no_position", False),
        ("?mark=far", False),
        ("?mark=length", False),
        ("?mark=findings", False),
        ("?kind=patrol", False),
        ("?text=砚山", True),
        ("?text=不存在", False),
        ("?since=2000-01-01&until=2100-01-01", True),
        ("?since=2100-01-01", False),
        ("?state=open", True),
    ],
)
def test_filters_of_the_list(client, dealer, query, shown):
    check_in(client, dealer)
    page = client.get(reverse("audits:visits") + query).content.decode()
    assert (reverse("audits:visit", args=[Visit.objects.get().pk]) in page) is shown


def test_violations_are_listed_and_found(client, dealer):
    Violation.objects.create(
        dealer=dealer, reference="W2026-1", type_id="exclusivity", occurred_on="2026-08-01", confirmed_on="2026-08-05"
    )
    url = reverse("audits:violations")
    for query, shown in (
        ("", True),
        ("?text=W2026", True),
        ("?text=砚山", True),
        ("?text=zzz", False),
        ("?type=service", False),
    ):
        assert ("W2026-1" in client.get(url + query).content.decode()) is shown, query
    assert "W2026-1" in b"".join(client.get(url + "?export=csv").streaming_content).decode()


def test_a_visit_from_an_earlier_month_shows_what_was_unusual(client, dealer, manager):
    check_in(client, dealer, latitude="", longitude="")
    visit = Visit.objects.get()
    at = now() - timedelta(days=40)
    Visit.objects.filter(pk=visit.pk).update(
        state="done",
        checked_in_at=at,
        checked_out_at=at + timedelta(minutes=20),
        too_far=True,
        too_short=True,
        distance_reason="店铺搬迁",
        length_reason="店主外出",
    )
    page = client.get(reverse("audits:visits")).content.decode()
    assert "无定位、距离过远、时长过短" in page
    page = client.get(reverse("audits:visit", args=[visit.pk])).content.decode()
    assert "店铺搬迁" in page
    assert "店主外出" in page


def test_coverage_is_for_those_who_assign(client, dealer, county):
    url = reverse("audits:coverage")
    assert client.get(url).status_code == 403
    client.force_login(make_user("supervisor", Role.COUNTY_SUPERVISOR, county))
    assert "manager" in client.get(url).content.decode()
    assert "<html" not in client.get(url, headers={"HX-Request": "true"}).content.decode()


def test_an_answer_that_is_taken_back_and_a_note_without_one(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    section = visit.sections[0]
    question = section.questions[0]
    url = reverse("audits:visit-section", args=[visit.pk, 1])
    client.post(url, {f"q-{question.id}": "yes", f"note-{question.id}": "新门头"})
    client.post(url, {f"q-{question.id}": "yes", f"note-{question.id}": "新门头"})
    assert visit.answers.get().note == "新门头"
    client.post(url, {f"q-{question.id}": ""})
    assert not visit.answers.filter(value="yes").exists()


def test_a_done_visit_leads_to_its_page(client, dealer):
    check_in(client, dealer)
    visit = Visit.objects.get()
    at = now()
    Visit.objects.filter(pk=visit.pk).update(state="done", checked_in_at=at, checked_out_at=at)
    assert client.get(reverse("audits:visit-check-out", args=[visit.pk])).url == reverse(
        "audits:visit", args=[visit.pk]
    )
    answer_all(client, visit)
    assert client.get(reverse("audits:visit-go-on", args=[visit.pk])).url.endswith("/checklist/1/")


def test_a_finding_needs_words(client, dealer):
    check_in(client, dealer)
    url = reverse("audits:visit-findings", args=[Visit.objects.get().pk])
    assert client.post(url, {"category": "", "text": "x"}).status_code == 422
    assert client.post(url, {"category": "service", "text": ""}).status_code == 422
