"""The documented table of risk is the one that the program goes by."""

from pathlib import Path

import pytest

from reviews.proposals import flags, requirements, returns, rewordings, telltales
from reviews.proposals.flags import FLAGS

PAGE = Path(__file__).parents[2] / "docs" / "risk.md"


def row(name):
    flag = FLAGS[name]
    policies = "may not approve" if flag.barred else "may decide"
    return (
        f"| {flag.word} | `{name}` | {flag.risk} | {policies} | {flag.sentence} |"
        f" {flag.remedy} |"
    )


@pytest.mark.parametrize("name", FLAGS)
def test_every_flag_stands_in_the_documents_as_it_is(name):
    assert row(name) in PAGE.read_text()


def test_the_documents_know_no_other_flag():
    table = PAGE.read_text().partition("| Flag | Id |")[2].partition("\n\n")[0]
    assert table.count("| `") == len(FLAGS)


def test_what_the_checks_refuse_and_why_things_stay_quiet_is_documented():
    page = PAGE.read_text()
    grounds = ("wrong", "false-pattern", "not-worth-it", "duplicate", "unsafe")
    for ground in grounds:
        assert f"| {requirements.GROUNDS[ground]} |" in page
    for code in ("unheard-name", "collateral", "unquotable", "miscounted", "secret"):
        assert f"| `{code}` |" in page
    assert f"{returns.DAYS} days" in page


def test_any_high_flag_makes_it_high_and_any_flag_at_all_medium():
    assert flags.risk(()) == "low"
    assert flags.risk(("narrow-evidence",)) == "medium"
    assert flags.risk(("narrow-evidence", "deletes")) == "high"
    assert flags.risk(("an-engines-own",)) == "high"


def test_what_words_earn_is_judged_anew_when_they_change():
    earned = {*telltales.ON_WORDS, "weakens", "invisible-characters"}
    assert earned <= rewordings.OF_WORDS <= FLAGS.keys()
