"""A team is not sold its own rules; new ones go where they belong."""

import pytest

from reviews.dreams.engines import Head, Rule
from reviews.dreams.mining.novelty import mentions
from reviews.memory.rules import split
from tests.dreams.stories import call, codes, dream, fails, rules
from tests.dreams.test_mistakes import many, only

REFUSED = fails(
    "issue_credit", {"invoice": "INV-20001"}, "Conflict: invoice is not verified"
)
VERIFIED = [
    call("verify_invoice", {"invoice": "INV-20001"}),
    call("issue_credit", {"invoice": "INV-20001"}),
]
RUNS = many(6, REFUSED, *VERIFIED) + many(9, *VERIFIED, start=6)


def memory(text, path="/notes.md"):
    return Head(number=3, texts={path: text})


def written(text, since=1, **more):
    """A memory whose rules have a name and a version."""
    rules = tuple(
        Rule(
            id=f"r{number}", path="/notes.md", heading=rule.heading, text=rule.text,
            since=since,
        )
        for number, rule in enumerate(split(text))
    )  # fmt: skip
    texts = {"/notes.md": text}
    return Head(number=3, name="desk", texts=texts, rules=rules, **more)


@pytest.mark.parametrize(
    "said",
    [
        "- Always run `verify_invoice` before `issue_credit`.",
        "Credits need a verified invoice: verify_invoice, then issue_credit.",
        "# Billing\n\n1. verify_invoice\n   and only then issue_credit\n",
    ],
)
def test_what_memory_says_already_is_covered(said):
    outcome = dream(RUNS, memory(said))

    assert not rules(outcome)
    assert "covered" in codes(outcome).values()


@pytest.mark.parametrize(
    "said",
    [
        "- Be polite.",
        "- Use `verify_invoice_later` and `issue_credit_note`.",
        "- Call `verify_invoice` daily.\n- `issue_credit` sends a mail.",
    ],
)
def test_what_memory_does_not_say_is_proposed(said):
    assert len(rules(dream(RUNS, memory(said)))) == 1


def test_rules_that_the_head_names_are_used_as_they_are():
    rule = Rule(
        id="r1", path="/a.md", heading=("B",), text="verify_invoice, then issue_credit"
    )
    head = Head(number=1, texts={"/a.md": "…"}, rules=(rule,))

    assert not rules(dream(RUNS, head))


@pytest.mark.parametrize(
    ("text", "name", "mentioned"),
    [
        ("use `Read` first", "Read", True),
        ("use ReadTemporary first", "Read", False),
        ("please read it", "Read", False),
        ("the DUPL linter", "dupl", True),
        ("run git push-all", "git push", False),
    ],
)
def test_names_are_whole_words(text, name, mentioned):
    assert mentions(text, name) is mentioned


def test_what_people_took_out_again_is_not_proposed_as_if_it_were_new():
    text = "- Always run `verify_invoice` before `issue_credit`."
    head = Head(number=5, texts={"/notes.md": ""}, past=written(text).rules)
    outcome = dream(RUNS, head)

    assert not rules(outcome)
    assert "withdrawn" in codes(outcome).values()


def test_a_rule_about_one_order_is_completed_with_the_other_tools():
    locked = call("change_items", {"order": "W-1001"})
    free = [call(f"change_{n}", {"order": "W-1001"}) for n in ("street", "name")]

    def refused(what):
        return [locked, fails(f"change_{what}", {"order": "W-1001"}, "order is locked")]

    runs = (
        many(4, *refused("street"))
        + many(4, *refused("name"), start=4)
        + many(9, *free, locked, start=8)
    )
    draft = only(
        dream(runs, written("- Do change_items after change_street.")), "order"
    )

    assert draft.operations[0].kind == "edit"
    assert draft.operations[0].after == (
        "Do change_items after change_street."
        " After `change_items`, `change_name` is refused as well."
    )


def test_a_rule_goes_under_the_heading_that_speaks_of_its_tools():
    text = "# Handbook\n\n## Invoices\n\n- Round to cents.\n\n## Mails\n\n- No exclamation marks.\n"
    [draft] = dream(RUNS, memory(text)).drafts

    assert draft.operations[0].path == "/notes.md"
    assert draft.operations[0].heading == ("Handbook", "Invoices")


def test_a_heading_that_shares_a_bare_verb_is_no_place():
    runs = many(3, fails("Edit", {}, "a closed file cannot be edited"))
    [draft] = dream(runs, memory("## Editing prose\n\n- Be brief.\n")).drafts

    assert draft.operations[0].path == "/mistakes.md"


def test_a_rule_goes_beside_rules_about_the_same_tool():
    text = "## Odds\n\n- `issue_credit` needs a reason.\n\n## Ends\n\n- Sign off.\n"
    [draft] = dream(RUNS, memory(text)).drafts

    assert draft.operations[0].heading == ("Odds",)


def test_without_such_a_heading_it_goes_to_the_file_of_its_family():
    [draft] = dream(RUNS, memory("# Style\n\n- Be polite.\n")).drafts

    assert draft.operations[0].path == "/mistakes.md"
    assert draft.operations[0].heading == ("Mistakes to avoid",)


def test_a_rule_for_one_agent_stays_out_of_everybodys_files():
    runs = [(facts, made) for facts, made in RUNS] + many(
        3, call("x", {}), start=50, agent="other"
    )
    text = "## Invoices\n\n- Round to cents.\n"

    [draft] = dream(runs, memory(text)).drafts

    assert draft.operations[0].path == "/agents/clerk/mistakes.md"


def test_a_fingerprint_does_not_change_with_counts_or_wording():
    [few] = dream(RUNS).drafts
    [more] = dream(RUNS + many(5, REFUSED, *VERIFIED, start=90)).drafts

    assert few.fingerprint == more.fingerprint
    assert few.counts != more.counts


def test_a_fingerprint_does_not_change_when_more_is_refused_or_said_otherwise():
    locked = call("change_items", {"order": "W-1001"})
    free = [
        call(f"change_{n}", {"order": "W-1001"}) for n in ("street", "name", "date")
    ]

    def refused(what, said):
        return [locked, fails(f"change_{what}", {"order": "W-1001"}, said)]

    two = (
        many(3, *refused("street", "order W-1001 takes no changes"))
        + many(2, *refused("name", "order W-1001 takes no changes"), start=3)
        + many(9, *free, locked, start=5)
    )
    three = two + many(4, *refused("date", "order W-1001 takes no change"), start=50)

    before, after = only(dream(two), "order"), only(dream(three), "order")
    assert before.title != after.title
    assert before.fingerprint == after.fingerprint


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("/notes.md", True),
        ("/agents/clerk/mistakes.md", False),
        ("/people/ada/notes.md", False),
    ],
)
def test_what_only_some_read_does_not_cover_what_concerns_all(path, covered):
    runs = RUNS + [
        made
        for n in range(3)
        for made in many(6, REFUSED, *VERIFIED, start=100 * n + 100, agent=f"agent-{n}")
    ]
    said = memory("- `verify_invoice` comes before `issue_credit`.", path)

    outcome = dream(runs, said)

    assert bool(rules(outcome)) is not covered
    assert {draft.scope for draft in outcome.drafts} <= {"store"}


def test_what_an_agent_reads_already_covers_what_concerns_it_alone():
    runs = RUNS + many(3, call("x", {}), start=50, agent="other")
    said = "- `verify_invoice` comes before `issue_credit`."

    assert not rules(dream(runs, memory(said, "/agents/clerk/mistakes.md")))
    assert rules(dream(runs, memory(said, "/agents/other/mistakes.md")))
