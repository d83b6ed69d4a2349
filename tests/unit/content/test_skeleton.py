"""Filling a text once for many messages gives what filling each by itself gives."""

import re

import pytest
from jinja2 import UndefinedError

from myosotis.content.rendered import CannotRender
from myosotis.content.skeleton import OPEN, wording_of
from myosotis.content.texts import CHANNELS, FOLDER, compile_plain, fill
from myosotis.domain.words import Channel, Kind, Language

SOURCES = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*/*.sms.txt")}
TAGS = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_text_only_shows_an_open_name_or_asks_whether_it_is_empty(path: object) -> None:
    for shown, asked in TAGS.findall(SOURCES[path]):  # type: ignore[index]  # a key of it
        for name in set(re.findall(r"\w+", shown + asked)) & set(OPEN):
            assert shown.strip() == name or re.fullmatch(rf"\s*(el)?if (not )?{name}\s*", asked), name


@pytest.mark.parametrize("doctor", ["dr Łucja Źdźbło", ""])
@pytest.mark.parametrize("place", ["ul. Żurawia 3", ""])
def test_it_says_what_the_text_says(doctor: str, place: str) -> None:
    template = compile_plain(
        "{% if doctor %}{{ doctor }}, {% endif %}{{ place }} {{ clock }}{% if actions %}!{% endif %}"
    )
    for actions in (True, False):
        values: dict[str, object] = {"doctor": doctor, "place": place, "clock": "10:00", "actions": actions}
        wanted = " ".join(fill(template, values, Kind.REMINDER, Channel.SMS, Language.PL).split())
        assert wording_of(template, values, Kind.REMINDER, Language.PL).filled(values).strip() == wanted


def test_names_may_change_between_two_fillings() -> None:
    values: dict[str, object] = {"doctor": "dr Anna Nowak"}
    wording = wording_of(compile_plain("U: {{ doctor }}"), values, Kind.REMINDER, Language.PL)
    assert wording.filled(values) == "U: dr Anna Nowak"
    values["doctor"] = "A. Nowak"
    assert wording.filled(values) == "U: A. Nowak"


def test_a_per_cent_sign_says_nothing_else() -> None:
    values: dict[str, object] = {"doctor": "dr 50%(place)s Nowak", "place": "%s"}
    wording = wording_of(compile_plain("100% {{ doctor }}, {{ place }}"), values, Kind.REMINDER, Language.PL)
    assert wording.filled(values) == "100% dr 50%(place)s Nowak, %s"


def test_a_name_that_is_not_there_is_still_missed() -> None:
    template = compile_plain("U: {{ doctor }}")
    wording = wording_of(template, {}, Kind.REMINDER, Language.PL)
    assert wording.filled({"doctor": "dr Anna Nowak"})
    with pytest.raises(CannotRender) as error:
        wording.filled({})
    assert "doctor" in str(error.value)
    assert not isinstance(error.value, UndefinedError)


def test_every_kind_of_sms_is_looked_at() -> None:
    kinds = {path.name.partition(".")[0] for path in SOURCES}
    assert kinds >= {kind.value for kind, channels in CHANNELS.items() if Channel.SMS in channels} - {"staff"}
