"""What is asked with every booking and every change of a card looks at the patient's own visits, not at all of the practice's."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from myosotis.domain.values import utc
from myosotis.flows import found
from myosotis.store.models import Practice

NOW = utc(2027, 3, 1, 9)


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL chooses by what it knows of the rows")
def test_the_visits_of_a_patient_are_found_by_the_patient() -> None:
    nobody = Practice(id=1)
    with CaptureQueriesContext(connection) as asked:
        found.sibling_ids(nobody, 1, {1}, NOW)
        found.ids_ahead_of(nobody, [1], NOW)
    assert len(asked) == 2
    for query in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            plan = [row[-1] for row in cursor.fetchall()]
        steps = [step for step in plan if " store_visit " in step]
        assert steps
        assert all("patient_id=?" in step for step in steps), plan
