"""The check of translations finds what is missing, wrong or left over."""

from pathlib import Path

import pytest

from tests.unit.test_locks_and_vendored import script

translations = script("translations")

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=4; plural=(n==1 ? 0 : (n%10>=2 && n%10<=4) && (n%100<12 || n%100>14) ? 1 : 2);\\n"\n\n'
)
GOOD = (
    'msgid "Your visit"\nmsgstr "Twoja wizyta"\n\n'
    'msgid "at %(time)s"\nmsgstr "o %(time)s"\n\n'
    'msgid "%(n)s visit"\nmsgid_plural "%(n)s visits"\n'
    'msgstr[0] "%(n)s wizyta"\nmsgstr[1] "%(n)s wizyty"\nmsgstr[2] "%(n)s wizyt"\nmsgstr[3] "%(n)s wizyty"\n'
)
PYTHON = '_("Your visit")\nngettext("%(n)s visit", "%(n)s visits", n)\n'
TEMPLATE = '{% load i18n %}<h1 title="it\'s">{% blocktranslate %}at {{ time }}{% endblocktranslate %}</h1>'


def problems(folder: Path, catalogue: str) -> list[str]:
    (folder / "locale/pl/LC_MESSAGES").mkdir(parents=True)
    (folder / "templates").mkdir()
    (folder / "views.py").write_text(PYTHON, encoding="utf-8")
    (folder / "templates" / "visit.html").write_text(TEMPLATE, encoding="utf-8")
    (folder / "locale/pl/LC_MESSAGES/django.po").write_text(HEADER + catalogue, encoding="utf-8")
    found: list[str] = translations.problems(folder)
    return found


def test_a_complete_catalogue_passes(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('msgid "Your visit"\nmsgstr "Twoja wizyta"\n', "", "is not in the pl catalogue"),
        ('msgid "at %(time)s"\nmsgstr "o %(time)s"\n', "", "is not in the pl catalogue"),
        ('"Twoja wizyta"', '""', "not translated"),
        ('msgid "Your', '#, fuzzy\nmsgid "Your', "fuzzy"),
        ('msgstr[1] "%(n)s wizyty"', 'msgstr[1] ""', "not translated"),
        ('"o %(time)s"', '"o %(hour)s"', "other placeholders: %(hour)s, %(time)s"),
        ('msgid "Your visit"', 'msgid "Old"\nmsgstr "Stare"\n\nmsgid "Your visit"', "stands in no source any more"),
    ],
)
def test_a_flaw_is_found(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new))
    assert len(found) == 1
    assert complaint in found[0]


@pytest.mark.parametrize("imported", ["gettext_lazy as lazy", "gettext as ngettext", "pgettext as _"])
def test_a_marker_by_a_name_that_is_not_looked_for_is_found(tmp_path: Path, imported: str) -> None:
    (tmp_path / "words.py").write_text(f"from django.utils.translation import {imported}\n", encoding="utf-8")
    (complaint,) = problems(tmp_path, GOOD)
    assert complaint.startswith(f"words.py:1: {imported}")


@pytest.mark.parametrize(
    "imported", ["gettext as _", "gettext_lazy as _", "gettext_lazy", "ngettext", "override as say"]
)
def test_a_marker_by_its_own_name_is_none(tmp_path: Path, imported: str) -> None:
    (tmp_path / "words.py").write_text(f"from django.utils.translation import {imported}\n", encoding="utf-8")
    assert problems(tmp_path, GOOD) == []


def test_a_text_within_another_is_found(tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text("said = f\"{_('Saved.')} {pgettext('month', 'May')}\"\n", encoding="utf-8")
    assert [text.key for text in translations.texts(tmp_path)] == [(None, "Saved."), ("month", "May")]


def test_a_message_text_that_lacks_in_one_language_is_found(tmp_path: Path) -> None:
    for language in ("pl", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "details.sms").touch()
    (tmp_path / "pl" / "reminder.sms").touch()
    assert translations.unpaired_texts(tmp_path) == ["content/texts/en/reminder.sms: missing"]
