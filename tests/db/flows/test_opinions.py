"""Opinions: who may give one, what staff may do about it, and what everybody reads (docs/rules.md 6)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from myosotis.domain.opinions import OpinionRule, OpinionState
from myosotis.domain.words import Kind, VisitStatus
from myosotis.flows import opinion_given, opinion_moderated, patient_erased
from myosotis.flows.errors import Conflict, Invalid, NotFound
from myosotis.store.models import AuditEntry, Opinion, Visit
from myosotis.store.opinions import Opinions, of_state, shown, state
from tests.db.make import ACTOR, NEXT_WEEK, Scene, book, hours, make_calendar, make_patient, messages, sent

DAY = hours(24)
AFTER = NEXT_WEEK + hours(3)
RATHER_LATE = AFTER + hours(72)


@pytest.fixture
def visit(scene: Scene) -> Visit:
    """One that is over at `AFTER`."""
    return book(scene.calendar, scene.patient)


def give(
    visit: Visit, stars: int = 4, text: str = "Spokojnie i na temat.", now: datetime = AFTER, **given: Any
) -> Opinion:
    return opinion_given.give(
        practice=visit.practice,
        visit_id=visit.pk,
        patient_id=visit.patient_id,
        stars=stars,
        text=text,
        now=now,
        **given,
    )


def reject(opinion: Opinion, rule: OpinionRule = OpinionRule.INSULT, now: datetime = AFTER) -> Opinion:
    return opinion_moderated.reject(practice=opinion.practice, opinion_id=opinion.pk, rule=rule, actor=ACTOR, now=now)


def publish(opinion: Opinion, now: datetime = AFTER) -> Opinion:
    return opinion_moderated.publish(practice=opinion.practice, opinion_id=opinion.pk, actor=ACTOR, now=now)


def profile(scene: Scene, now: datetime, limit: int = 10) -> Opinions:
    return shown(scene.calendar.doctor, now, limit)


def test_an_opinion_waits_for_staff_and_shows_after_72_hours_without_them(scene: Scene, visit: Visit) -> None:
    give(visit, author="Zofia")
    assert profile(scene, RATHER_LATE - timedelta(seconds=1)).latest == ()
    (row,) = profile(scene, RATHER_LATE).latest
    assert (row.stars, row.text, row.author, row.given_at) == (4, "Spokojnie i na temat.", "Zofia", AFTER)


def test_published_it_shows_at_once(scene: Scene, visit: Visit) -> None:
    publish(give(visit))
    assert profile(scene, AFTER).count == 1


def test_an_unhappy_one_is_shown_like_a_happy_one(scene: Scene, visit: Visit) -> None:
    opinion = give(visit, stars=1, text="")
    for rule in OpinionRule:
        with pytest.raises(Conflict, match="rule_cannot_be_broken"):
            reject(opinion, rule)
    assert profile(scene, RATHER_LATE).average == Decimal("1.0")


def test_kept_back_by_a_rule_it_is_counted_on_the_profile(scene: Scene, visit: Visit) -> None:
    opinion = reject(give(visit))
    found = profile(scene, RATHER_LATE)
    assert (found.latest, found.count, found.average) == ((), 0, None)
    assert found.not_published == {OpinionRule.INSULT: 1}
    publish(opinion, RATHER_LATE)
    assert (profile(scene, RATHER_LATE).count, profile(scene, RATHER_LATE).not_published) == (1, {})


def test_one_shown_already_can_still_break_a_rule(scene: Scene, visit: Visit) -> None:
    reject(publish(give(visit)), OpinionRule.ADVERT, RATHER_LATE)
    assert profile(scene, RATHER_LATE).not_published == {OpinionRule.ADVERT: 1}


def test_marked_a_no_show_later_it_stays_until_somebody_says_by_which_rule_not(scene: Scene, visit: Visit) -> None:
    opinion = give(visit)
    Visit.objects.filter(pk=visit.pk).update(status=VisitStatus.NO_SHOW)
    assert profile(scene, RATHER_LATE).count == 1
    reject(opinion, OpinionRule.NO_VISIT, RATHER_LATE)
    assert profile(scene, RATHER_LATE).not_published == {OpinionRule.NO_VISIT: 1}


def test_average_and_count_are_of_all_and_the_newest_come_first(scene: Scene) -> None:
    for number, stars in enumerate((5, 4, 4)):
        visit = book(scene.calendar, make_patient(scene.practice), NEXT_WEEK + hours(number))
        publish(give(visit, stars, f"nr {number}", AFTER + hours(number)), AFTER + hours(number))
    found = profile(scene, RATHER_LATE, limit=2)
    assert [row.text for row in found.latest] == ["nr 2", "nr 1"]
    assert (found.count, found.average) == (3, Decimal("4.3"))


def test_of_another_doctor_nothing_is_said(scene: Scene, visit: Visit) -> None:
    publish(give(visit))
    other = make_calendar(scene.practice)
    assert shown(other.doctor, RATHER_LATE, 10).count == 0


def test_one_per_visit_sent_again_it_changes(visit: Visit) -> None:
    first = give(visit)
    again = give(visit, stars=2, text="Jednak nie.", now=AFTER + hours(1))
    assert (again.pk, again.stars, again.given_at) == (first.pk, 2, AFTER + hours(1))
    same = give(visit, stars=2, text="Jednak nie.", now=AFTER + hours(2))
    assert same.given_at == AFTER + hours(1), "the same sent twice is no change"
    assert Opinion.objects.count() == 1


def test_what_is_shown_already_is_changed_only_on_purpose_and_looked_at_anew(scene: Scene, visit: Visit) -> None:
    opinion = publish(give(visit))
    opinion_moderated.answer(practice=scene.practice, opinion_id=opinion.pk, text="Dziękujemy.", actor=ACTOR, now=AFTER)
    with pytest.raises(Conflict, match="opinion_shown"):
        give(visit, stars=1, now=AFTER + hours(1))
    changed = give(visit, stars=1, now=AFTER + hours(1), replace_shown=True)
    assert state(changed, AFTER + hours(1)) is OpinionState.WAITING
    assert changed.answer == "", "an answer to other words is none to these"
    assert profile(scene, AFTER + hours(1)).count == 0


def test_what_was_kept_back_can_be_put_otherwise(visit: Visit) -> None:
    reject(give(visit))
    changed = give(visit, text="Długo czekałem.", now=AFTER + hours(1))
    assert (state(changed, AFTER + hours(1)), changed.rejected_because) == (OpinionState.WAITING, "")


def test_taken_back_its_words_are_gone_and_it_can_be_given_anew(scene: Scene, visit: Visit) -> None:
    publish(give(visit, author="Zofia"))
    late = NEXT_WEEK + 200 * DAY
    taken = opinion_given.withdraw(practice=scene.practice, visit_id=visit.pk, patient_id=visit.patient_id, now=late)
    assert taken is not None
    assert (taken.text, taken.author, state(taken, late)) == ("", "", OpinionState.WITHDRAWN)
    assert profile(scene, late).count == 0
    with pytest.raises(Conflict, match="opinion_withdrawn"):
        publish(taken, late)
    again = give(visit, now=AFTER + hours(1))
    assert (again.pk, state(again, AFTER + hours(1))) == (taken.pk, OpinionState.WAITING)


@pytest.mark.parametrize("status", [VisitStatus.CANCELLED, VisitStatus.NO_SHOW])
def test_only_of_a_visit_that_took_place(visit: Visit, status: VisitStatus) -> None:
    Visit.objects.filter(pk=visit.pk).update(status=status)
    with pytest.raises(Conflict, match="no_visit"):
        give(visit)


def test_neither_before_the_end_nor_months_later(visit: Visit) -> None:
    for moment, code in ((visit.end - timedelta(seconds=1), "no_visit"), (visit.end + 90 * DAY, "opinion_too_late")):
        with pytest.raises(Conflict, match=code):
            give(visit, now=moment)


def test_only_by_the_patient_of_the_visit(scene: Scene, visit: Visit) -> None:
    other = make_patient(scene.practice)
    with pytest.raises(NotFound):
        opinion_given.give(practice=scene.practice, visit_id=visit.pk, patient_id=other.pk, stars=5, now=AFTER)
    with pytest.raises(NotFound):
        opinion_given.withdraw(practice=scene.practice, visit_id=visit.pk, patient_id=other.pk, now=AFTER)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"stars": 0}, "stars"),
        ({"stars": 6}, "stars"),
        ({"text": "x" * 2001}, "text"),
        ({"author": "x" * 61}, "author"),
    ],
)
def test_what_is_no_opinion(visit: Visit, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        give(visit, **given)
    assert refused.value.field == field


def test_giving_one_is_having_read_the_request(visit: Visit) -> None:
    request = sent(messages(visit, kind=Kind.REVIEW, channel="email")[0], AFTER)
    give(visit, now=AFTER + hours(1))
    request.refresh_from_db()
    assert request.read_at == AFTER + hours(1)


def test_the_practice_answers_and_takes_its_answer_away(scene: Scene, visit: Visit) -> None:
    opinion = publish(give(visit))
    for text, at in (("Dziękujemy za opinię.", AFTER + hours(1)), ("", AFTER + hours(2))):
        opinion_moderated.answer(practice=scene.practice, opinion_id=opinion.pk, text=text, actor=ACTOR, now=at)
        (row,) = profile(scene, RATHER_LATE).latest
        assert (row.answer, row.answered_at) == (text, at if text else None)


def test_who_decided_stands_in_the_audit_log_without_words(visit: Visit) -> None:
    publish(reject(give(visit)))
    entries = AuditEntry.objects.filter(object_type="opinion").order_by("id").values_list("action", "actor")
    assert list(entries) == [
        ("opinion.given", f"patient:{visit.patient_id}"),
        ("opinion.rejected.insult", ACTOR.name),
        ("opinion.published", ACTOR.name),
    ]


def test_erased_the_patient_cannot_be_told_from_the_opinion(scene: Scene, visit: Visit) -> None:
    opinion = publish(give(visit, author="Zofia z Krakowa"))
    patient_erased.erase(practice=scene.practice, patient_id=scene.patient.pk, actor=ACTOR, now=AFTER + hours(1))
    opinion.refresh_from_db()
    assert (opinion.author, opinion.patient_id) == ("", None)
    assert profile(scene, RATHER_LATE).count == 1, "what was said of the visit stays"


@pytest.mark.parametrize("now", [AFTER, RATHER_LATE])
def test_lists_and_single_opinions_agree(scene: Scene, now: datetime) -> None:
    made = [give(book(scene.calendar, make_patient(scene.practice), NEXT_WEEK - hours(n))) for n in range(4)]
    publish(made[1])
    reject(made[2])
    opinion_given.withdraw(
        practice=scene.practice, visit_id=made[3].visit_id, patient_id=made[3].visit.patient_id, now=AFTER
    )
    rows = list(scene.practice.opinions.all())
    for wanted in OpinionState:
        alone = {row.pk for row in rows if state(row, now) is wanted}
        assert set(of_state(scene.practice.opinions.all(), wanted, now).values_list("pk", flat=True)) == alone
