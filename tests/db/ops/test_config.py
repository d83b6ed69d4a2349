"""Settings: what is wrong is named, secrets come from files, the environment goes before the file."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from myosotis.site.config import Config, load
from myosotis.site.settings import database, kept_secret


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("MYOSOTIS_")]:
        monkeypatch.delenv(name)


def written(path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("MYOSOTIS_CONFIG", str(path))


def test_every_wrong_setting_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'bind = "x"\nsecret_key = "short"\nunheard_of = 1\n[sms]\nprovider = "smsapi"\ntokn = "t0p-secret"\n'
    written(tmp_path / "m.toml", text, monkeypatch)
    with pytest.raises(ValidationError) as refused:
        load()
    named = {str(problem["loc"][0]) for problem in refused.value.errors()}
    assert named == {"bind", "secret_key", "unheard_of", "sms"}
    assert "t0p-secret" not in "".join(problem["msg"] for problem in refused.value.errors())


def test_an_account_of_another_channel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYOSOTIS_SMS", '{"provider": "smtp", "host": "localhost"}')
    with pytest.raises(ValidationError, match="smtp is for email"):
        load()


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("k" * 40 + "\n", encoding="ascii")
    (tmp_path / "token").write_text("abc\n", encoding="ascii")
    monkeypatch.setenv("MYOSOTIS_SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("MYOSOTIS_SMS", f'{{"provider": "smsapi", "token_file": "{tmp_path / "token"}"}}')
    config = load()
    assert config.secret_key == "k" * 40
    assert config.sms == {"provider": "smsapi", "token": "abc"}


def test_paths_in_the_file_are_meant_from_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service starts at the root, a person wherever they are: both find the same data and the same secrets."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "token").write_text("abc", encoding="ascii")
    text = 'data_dir = "data"\nbackup_dir = "/mnt/b"\n[sms]\nprovider = "smsapi"\ntoken_file = "token"\n'
    written(tmp_path / "etc" / "m.toml", text, monkeypatch)
    monkeypatch.chdir(tmp_path)
    config = load()
    assert (config.data_dir, config.backup_dir) == (tmp_path / "etc" / "data", "/mnt/b")
    assert config.sms["token"] == "abc"
    monkeypatch.setenv("MYOSOTIS_CONFIG", "etc/m.toml")
    monkeypatch.setenv("MYOSOTIS_DATA_DIR", "here")
    assert load().data_dir == Path("here"), "what a command was told itself is meant from where it was told"


def test_numbers_and_switches_of_an_account_are_written_as_toml_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = '[email]\nprovider = "smtp"\nhost = "mx"\nport = 465\nper_second = 2.5\n'
    sms = '[sms]\nprovider = "smsapi"\ntoken = "t"\ntest = true\n'
    written(tmp_path / "m.toml", email + sms, monkeypatch)
    config = load()
    assert (config.email["port"], config.email["per_second"]) == ("465", "2.5")
    assert config.sms["test"] == "true"


def test_a_file_that_is_no_toml_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "m.toml", "data_dir = data\n", monkeypatch)
    with pytest.raises(ValueError, match=r"m\.toml: Invalid value \(at line 1"):
        load()


@pytest.mark.parametrize(
    ("name", "text"), [("MYOSOTIS_TRUSTED_PROXIES", "10.0.0.1"), ("MYOSOTIS_SMS", "{provider: smsapi}")]
)
def test_a_list_or_a_table_in_the_environment_says_how_it_is_written(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ValueError, match=rf"^{name}: must be written as JSON, like") as refused:
        load()
    assert text not in str(refused.value)


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYOSOTIS_SMS", '{"provider": "smsapi", "token_file": "/nowhere"}')
    with pytest.raises(ValidationError, match="token_file: cannot be read"):
        load()


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "m.toml", 'public_url = "https://a.pl/"\nbatch_size = 7\n', monkeypatch)
    monkeypatch.setenv("MYOSOTIS_PUBLIC_URL", "https://b.pl/")
    config = load()
    assert (config.public_url, config.batch_size) == ("https://b.pl", 7)


def test_a_lost_server_key_is_not_made_anew_beside_data(tmp_path: Path) -> None:
    first = kept_secret(Config(data_dir=tmp_path))
    (tmp_path / "myosotis.sqlite3").touch()

    assert kept_secret(Config(data_dir=tmp_path)) == first
    (tmp_path / "secret.key").unlink()
    with pytest.raises(SystemExit, match="bring it back"):
        kept_secret(Config(data_dir=tmp_path))


def described(url: str) -> dict[str, str]:
    found = database(Config(database_url=url))
    return {name: found[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD")} | found["OPTIONS"]


def test_an_address_may_name_several_servers() -> None:
    found = described("postgresql://m:p%40s@db1:5432,db2:6543/myosotis?target_session_attrs=read-write")
    assert (found["HOST"], found["PORT"]) == ("db1,db2", "5432,6543")
    assert (found["NAME"], found["USER"], found["PASSWORD"]) == ("myosotis", "m", "p@s")
    assert found["target_session_attrs"] == "read-write"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("postgresql://m@db:5433/m", "db", "5433"),
        ("postgresql://m@db1,db2/m", "db1,db2", ""),
        ("postgresql://m@/m?host=/run/postgresql&port=5444", "/run/postgresql", "5444"),
        ("postgresql://m@[::1]:5432/m", "::1", "5432"),
    ],
)
def test_an_address_may_say_where_in_every_way_that_libpq_knows(url: str, host: str, port: str) -> None:
    found = described(url)
    assert (found["HOST"], found["PORT"]) == (host, port)


def test_a_server_that_vanished_is_not_waited_for_long_unless_wanted() -> None:
    assert described("postgresql://m@db/m")["connect_timeout"] == "10"
    assert described("postgresql://m@db/m?connect_timeout=3")["connect_timeout"] == "3"


def test_each_process_reaches_the_database_as_its_own_user() -> None:
    one = Config(database_url="postgresql://web@db/m")
    assert {one.database_of(process) for process in ("web", "dispatcher", "owner")} == {"postgresql://web@db/m"}
    apart = Config(
        database_url="postgresql://web@db/m",
        dispatcher_database_url="postgresql://sends@db/m",
        migrations_database_url="postgresql://owns@db/m",
    )
    users = [database(apart, process)["USER"] for process in ("web", "dispatcher", "owner")]
    assert users == ["web", "sends", "owns"]
    with pytest.raises(ValidationError, match="SQLite has one file and no users"):
        Config(dispatcher_database_url="sqlite:///other")
