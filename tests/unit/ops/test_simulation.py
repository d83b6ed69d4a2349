"""Where the parts of a simulation have their databases."""

import pytest

from myosotis.ops.simulation import beside


@pytest.mark.parametrize(
    ("server", "there"),
    [
        ("postgresql://me:secret@db.example:5433/postgres", "postgresql://me:secret@db.example:5433/part"),
        ("postgresql://db/postgres?sslmode=require", "postgresql://db/part?sslmode=require"),
        ("postgresql:///postgres?host=/run/postgresql", "postgresql:///part?host=/run/postgresql"),
        ("postgresql://db?sslrootcert=/etc/ca.pem", "postgresql://db/part?sslrootcert=/etc/ca.pem"),
    ],
)
def test_another_database_of_the_server_is_reached_in_the_same_way(server: str, there: str) -> None:
    assert beside(server, "part") == there
