"""A visit from check-in to check-out, and what is refused on the way."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from PIL import Image

from accounts.roles import Role
from audits.models import Finding, Visit, VisitPhoto
from audits.queries import checklists
from audits.services import visit as visits
from audits.services.guard import Locked
from audits.services.visit import AlreadyInside, Fix
from core.errors import Forbidden, Refused
from core.models import Transition
from core.transitions import MoveRefused
from dealers.models import DealerEnding
from tests.factories import make_city, make_dealer, make_user, moment

pytestmark = pytest.mark.django_db
NINE = moment("2026-09-10", 9)
NEAR = Fix(23.6058, 104.3373, 12.4)
FAR = Fix(23.6158, 104.3373, 30)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def county():
    return make_city()[1]


@pytest.fixture
def manager(county):
    return make_user("manager", Role.CHANNEL_MANAGER, county)


@pytest.fixture
def dealer(county):
    return make_dealer(county, name="砚山通信店", latitude="23.605768", longitude="104.337244", visit_regime="direct")


def start(dealer, manager, **fields):
    return visits.start(dealer=dealer, manager=manager, **{"kind": "routine", "at": NINE, "fix": NEAR, **fields})


def jpeg(colour=(9, 9, 9)):
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


def questions(visit, kind=None):
    every = [question for section in visit.sections for question in section.questions]
    return [question for question in every if kind is None or question.kind == kind]


def complete(visit, *, at=NINE):
    """Answer whatever must be answered, all for the best."""
    best = {"yes_no": lambda q: q.good_answer, "score": lambda q: str(q.max_score), "choice": lambda q: q.choices[0]}
    for question in questions(visit):
        if question.kind in best:
            visits.answer(
                visit=visit, question_id=question.id, value=best[question.kind](question), by=visit.manager, at=at
            )
        elif question.kind == "photo":
            visits.add_photo(
                visit=visit, data=jpeg((question.id % 250, 0, 0)), by=visit.manager, at=at, question_id=question.id
            )


def test_checking_in_keeps_position_distance_and_the_checklist(dealer, manager):
    visit = start(dealer, manager, phone_at=NINE - timedelta(minutes=2))
    assert (visit.state, visit.accuracy_m, visit.too_far) == ("open", 12, False)
    assert visit.distance_m < 20
    assert visit.checked_in_phone == NINE - timedelta(minutes=2)
    assert visit.template.name == "日常巡店"
    assert visit.sections[0].title == "宣传与陈列"
    assert Transition.objects.get(subject_type="audits.visit", subject_id=visit.pk).action == "check_in"


def test_a_visit_far_away_is_marked_but_not_stopped(dealer, manager):
    visit = start(dealer, manager, fix=FAR)
    assert visit.too_far
    assert 1_000 < visit.distance_m < 1_200


def test_without_a_position_the_visit_goes_on(dealer, manager):
    visit = start(dealer, manager, fix=None)
    assert (visit.latitude, visit.distance_m, visit.too_far) == (None, None, False)


def test_a_store_without_a_position_has_no_distance(county, manager):
    visit = start(make_dealer(county), manager)
    assert (visit.distance_m, visit.too_far) == (None, False)


def test_sent_twice_is_one_visit(dealer, manager):
    client_id = uuid4()
    first = start(dealer, manager, client_id=client_id)
    assert start(dealer, manager, client_id=client_id, at=NINE + timedelta(hours=1)).pk == first.pk
    assert Visit.objects.count() == 1


def test_nobody_is_in_the_same_store_twice_at_once(dealer, manager):
    first = start(dealer, manager)
    with pytest.raises(AlreadyInside) as refusal:
        start(dealer, manager)
    assert refusal.value.params["visit"] == first.pk


def test_the_database_holds_one_open_visit_per_store_and_manager(dealer, manager):
    visit = start(dealer, manager)
    visit.pk, visit.client_id = None, uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        visit.save(force_insert=True)


def test_only_who_logs_visits_and_only_in_his_unit(county, dealer):
    clerk = make_user("clerk", Role.FINANCE_CLERK, county)
    other = make_user("other", Role.CHANNEL_MANAGER, make_city(2)[2])
    for stranger in (clerk, other):
        with pytest.raises(Forbidden):
            start(dealer, stranger)


def test_a_terminated_dealer_is_not_visited(dealer, manager):
    DealerEnding.objects.create(dealer=dealer, ended_on="2026-09-10", cause="closed")
    with pytest.raises(Refused) as refusal:
        start(dealer, manager)
    assert refusal.value.code == "terminated"
    assert start(dealer, manager, at=moment("2026-09-09")).state == "open"


@pytest.mark.parametrize(
    ("regime", "kind", "name"),
    [
        ("authorised", "routine", "授权店日常巡店"),
        ("direct", "routine", "日常巡店"),
        ("air_recharge", "lead_in", "引导期驻店"),
        ("authorised", "patrol", "排他巡查"),
        ("authorised", "spot_check", "市公司抽查"),
    ],
)
def test_the_closest_checklist_is_followed(regime, kind, name):
    assert checklists.for_visit(regime=regime, kind=kind, day=NINE.date()).name == name


def test_before_any_checklist_there_is_none(dealer, manager):
    assert checklists.for_visit(regime="direct", kind="routine", day=moment("2019-01-01").date()) is None
    assert checklists.snapshot(None) == {"name": "", "sections": []}


def test_an_edited_template_does_not_change_what_a_visit_was_asked(dealer, manager):
    visit = start(dealer, manager)
    before = visit.sections
    visit.template.sections.all().delete()
    assert Visit.objects.get(pk=visit.pk).sections == before


def test_an_answer_can_be_changed_and_taken_back(dealer, manager):
    visit = start(dealer, manager)
    question = questions(visit, "yes_no")[0]
    for value in ("yes", "no", ""):
        visits.answer(visit=visit, question_id=question.id, value=value, by=manager, at=NINE)
        assert list(visit.answers.values_list("value", flat=True)) == ([value] if value else [])


def test_a_wrong_answer_opens_one_finding_and_a_right_one_withdraws_it(dealer, manager):
    visit = start(dealer, manager)
    question = next(one for one in questions(visit) if one.finding_on == "no")
    for value, states in (("no", ["open"]), ("no", ["open"]), ("yes", ["withdrawn"]), ("no", ["withdrawn", "open"])):
        visits.answer(visit=visit, question_id=question.id, value=value, by=manager, at=NINE, note="海报脱落")
        assert list(visit.findings.order_by("pk").values_list("state", flat=True)) == states
    finding = visit.findings.last()
    assert finding.text == f"{question.text}: 海报脱落"
    assert finding.category == "display"
    assert finding.dealer == dealer


@pytest.mark.parametrize(
    ("value", "kind"), [("perhaps", "yes_no"), ("9", "score"), ("凑合", "choice"), ("yes", "photo")]
)
def test_impossible_answers_are_refused(dealer, manager, value, kind):
    visit = start(dealer, manager)
    with pytest.raises(Refused) as refusal:
        visits.answer(visit=visit, question_id=questions(visit, kind)[0].id, value=value, by=manager, at=NINE)
    assert refusal.value.code == "invalid_answer"


def test_characters_that_cannot_be_stored_are_dropped(dealer, manager):
    visit = start(dealer, manager)
    question = questions(visit, "yes_no")[0]
    visits.answer(visit=visit, question_id=question.id, value="no\x00", by=manager, at=NINE, note="脱\x00落")
    assert visit.answers.values_list("value", "note").get() == ("no", "脱落")


def test_a_question_of_another_visit_is_refused(dealer, manager):
    with pytest.raises(Refused) as refusal:
        visits.answer(visit=start(dealer, manager), question_id=-1, value="yes", by=manager, at=NINE)
    assert refusal.value.code == "unknown_question"


def test_nobody_else_changes_a_visit(dealer, manager, county):
    visit = start(dealer, manager)
    supervisor = make_user("supervisor", Role.COUNTY_SUPERVISOR, county)
    question = questions(visit, "yes_no")[0]
    with pytest.raises(Forbidden):
        visits.answer(visit=visit, question_id=question.id, value="yes", by=supervisor, at=NINE)
    with pytest.raises(Forbidden):
        visits.add_photo(visit=visit, data=jpeg(), by=supervisor, at=NINE)
    with pytest.raises(Forbidden):
        visits.check_out(visit=visit, by=supervisor, at=NINE)


def test_checking_out_needs_every_answer(dealer, manager):
    visit = start(dealer, manager)
    with pytest.raises(Refused) as refusal:
        visits.check_out(visit=visit, by=manager, at=NINE + timedelta(minutes=20))
    assert refusal.value.code == "unanswered"
    assert set(refusal.value.params["questions"]) == {one.id for one in questions(visit) if one.required}


def test_checking_out_gives_the_score(dealer, manager):
    visit = start(dealer, manager)
    complete(visit)
    visits.check_out(visit=visit, by=manager, at=NINE + timedelta(minutes=20), summary=" 情况良好 ")
    visit = Visit.objects.get(pk=visit.pk)
    assert (visit.state, str(visit.score), visit.summary) == ("done", "100.00", "情况良好")
    assert visit.lasted == timedelta(minutes=20)


def test_checking_out_twice_keeps_the_first(dealer, manager):
    visit = start(dealer, manager)
    complete(visit)
    visits.check_out(visit=visit, by=manager, at=NINE + timedelta(minutes=20))
    again = visits.check_out(visit=visit, by=manager, at=NINE + timedelta(minutes=25))
    assert again.checked_out_at == NINE + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("fix", "minutes", "reasons", "marks"),
    [
        (NEAR, 15, {}, (False, False, False)),
        (NEAR, 14, {"length_reason": "店主外出"}, (False, True, False)),
        (NEAR, 31, {"length_reason": "办理业务"}, (False, False, True)),
        (FAR, 20, {"distance_reason": "店铺搬迁"}, (True, False, False)),
    ],
)
def test_what_is_unusual_asks_for_a_reason(dealer, manager, fix, minutes, reasons, marks):
    visit = start(dealer, manager, fix=fix)
    complete(visit)
    end = NINE + timedelta(minutes=minutes)
    if reasons:
        with pytest.raises(Refused) as refusal:
            visits.check_out(visit=visit, by=manager, at=end)
        assert refusal.value.code == "reason_needed"
    visits.check_out(visit=visit, by=manager, at=end, **reasons)
    visit = Visit.objects.get(pk=visit.pk)
    assert (visit.too_far, visit.too_short, visit.too_long) == marks


def test_the_database_refuses_an_unusual_visit_without_a_reason(dealer, manager):
    visit = start(dealer, manager, fix=FAR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(state="done", checked_out_at=NINE)


def test_a_finding_that_needs_a_photo_must_have_one(dealer, manager):
    visit = start(dealer, manager, kind="patrol")
    complete(visit)
    question = next(one for one in questions(visit) if one.finding_photo)
    visits.answer(visit=visit, question_id=question.id, value="yes", by=manager, at=NINE)
    with pytest.raises(Refused) as refusal:
        visits.check_out(visit=visit, by=manager, at=NINE)
    assert refusal.value.code == "photo_needed"
    finding = visit.findings.get(state="open")
    visits.add_photo(visit=visit, data=jpeg((7, 7, 7)), by=manager, at=NINE, finding=finding)
    assert visits.check_out(visit=visit, by=manager, at=NINE).state == "done"


def done(dealer, manager):
    visit = start(dealer, manager)
    complete(visit)
    return visits.check_out(visit=visit, by=manager, at=NINE + timedelta(minutes=20))


def test_within_a_day_an_edit_is_traced_and_scored_again(dealer, manager):
    visit = done(dealer, manager)
    question = questions(visit, "yes_no")[0]
    visits.answer(visit=visit, question_id=question.id, value="no", by=manager, at=NINE + timedelta(hours=24))
    assert Visit.objects.get(pk=visit.pk).score < 100
    assert Transition.objects.filter(subject_id=visit.pk, action="edit").count() == 1


def test_after_a_day_nothing_changes_but_notes(dealer, manager, county):
    visit = done(dealer, manager)
    late = NINE + timedelta(minutes=20, hours=24, seconds=1)
    question = questions(visit, "yes_no")[0]
    photo = visit.photos.first()
    for attempt in (
        lambda: visits.answer(visit=visit, question_id=question.id, value="no", by=manager, at=late),
        lambda: visits.add_photo(visit=visit, data=jpeg((1, 2, 3)), by=manager, at=late),
        lambda: visits.remove_photo(photo=photo, by=manager, at=late),
        lambda: visits.add_finding(visit=visit, category="other", text="后来想起", by=manager, at=late),
    ):
        with pytest.raises(Locked):
            attempt()
    supervisor = make_user("supervisor", Role.COUNTY_SUPERVISOR, county)
    visits.note(visit=visit, text="陈列得分有误，应为 3 分", by=supervisor, at=late)
    assert visit.notes.get().by == supervisor


def test_who_may_add_notes(dealer, manager, county):
    visit = done(dealer, manager)
    with pytest.raises(Forbidden):
        visits.note(visit=visit, text="x", by=make_user("clerk", Role.FINANCE_CLERK, county), at=NINE)
    with pytest.raises(Refused):
        visits.note(visit=visit, text="  ", by=manager, at=NINE)


def test_findings_are_added_once_and_withdrawn_once(dealer, manager):
    visit = start(dealer, manager)
    for _ in range(2):
        finding = visits.add_finding(visit=visit, category="service", text=" 未着  工装 ", by=manager, at=NINE)
    assert [(one.text, one.state) for one in Finding.objects.all()] == [("未着 工装", "open")]
    visits.withdraw_finding(finding=finding, by=manager, at=NINE, reason="误记")
    with pytest.raises(MoveRefused):
        visits.withdraw_finding(finding=finding, by=manager, at=NINE)


@pytest.mark.parametrize(("category", "text"), [("service", "  "), ("nonsense", "未着工装")])
def test_findings_that_say_nothing_are_refused(dealer, manager, category, text):
    with pytest.raises(Refused):
        visits.add_finding(visit=start(dealer, manager), category=category, text=text, by=manager, at=NINE)


def test_the_same_photo_twice_is_one(dealer, manager):
    visit = start(dealer, manager)
    first = visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE, caption="门头")
    assert visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE).pk == first.pk
    assert default_storage.size(first.file) == first.size


def test_a_photo_serves_one_purpose(dealer, manager):
    visit = start(dealer, manager)
    finding = visits.add_finding(visit=visit, category="service", text="未佩戴工牌", by=manager, at=NINE)
    first = visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE, finding=finding)
    assert visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE, finding=finding).pk == first.pk
    with pytest.raises(Refused, match="另拍一张"):
        visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE)


def test_a_removed_photo_takes_its_file_along(dealer, manager, django_capture_on_commit_callbacks):
    visit = start(dealer, manager)
    photo = visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE)
    with django_capture_on_commit_callbacks(execute=True):
        visits.remove_photo(photo=photo, by=manager, at=NINE)
    assert not default_storage.exists(photo.file)
    assert not VisitPhoto.objects.exists()


def test_photos_of_other_visits_questions_or_findings_are_refused(dealer, manager, county):
    visit = start(dealer, manager)
    other = start(make_dealer(county), manager)
    finding = visits.add_finding(visit=other, category="service", text="未着工装", by=manager, at=NINE)
    for fields in ({"question_id": -1}, {"finding": finding}):
        with pytest.raises(Refused):
            visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE, **fields)
    assert not VisitPhoto.objects.exists()


def test_a_visit_holds_no_more_than_so_many_photos(dealer, manager, monkeypatch):
    monkeypatch.setattr("audits.services.photo.MOST_PER_VISIT", 1)
    visit = start(dealer, manager)
    visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE)
    with pytest.raises(Refused) as refusal:
        visits.add_photo(visit=visit, data=jpeg((5, 5, 5)), by=manager, at=NINE)
    assert refusal.value.code == "too_many"


def test_a_new_manager_takes_open_visits_over(dealer, manager, county):
    visit = start(dealer, manager)
    new = make_user("new", Role.CHANNEL_MANAGER, county)
    assert visits.hand_over(dealer_ids=[dealer.pk], manager=new, by=None, at=NINE) == 1
    assert Visit.objects.get(pk=visit.pk).manager == new
    assert visits.hand_over(dealer_ids=[dealer.pk], manager=new, by=None, at=NINE) == 0


def test_history_is_kept_whoever_changes_a_visit(dealer, manager):
    visit = start(dealer, manager)
    Visit.objects.filter(pk=visit.pk).update(summary="改过")
    assert [event.summary for event in visit.events.order_by("pgh_id")] == ["", "改过"]


def test_a_photo_that_cannot_be_stored_leaves_no_file(dealer, manager, tmp_path):
    visit = start(dealer, manager)
    with pytest.raises(ValueError, match="NUL"):
        visits.add_photo(visit=visit, data=jpeg(), by=manager, at=NINE, caption="\x00")
    assert not list(tmp_path.rglob("*.jpg"))
