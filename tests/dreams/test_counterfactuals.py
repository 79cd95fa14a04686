"""Before anybody is asked about a rule, it is tried on the runs that there are."""

import msgspec
import pytest

from reviews.dreams import counterfactuals
from reviews.dreams.engines.offline import Offline
from reviews.dreams.mining.counterfactuals import SHOWN, is_tryable
from tests.dreams.stories import call, dream, fails, run, says, stopped

BAD = "Error: the query must not be quoted"


def tried(runs, outcome=None, kind=""):
    """The draft of these runs, and what came of trying it on them."""
    engine = Offline()
    drafts = [one for one in (outcome or dream(runs)).drafts if kind in ("", one.kind)]
    assert drafts, "nothing was proposed"
    documents = [engine.evaluate(*one).digest for one in runs]
    return drafts[0], engine.try_out(documents, drafts[:1])[0]


def quoted(number):
    return run(
        f"q{number}",
        says(f"find thing {number}"),
        fails("search", {"query": f'"thing {number}"'}, BAD),
        call("search", {"query": f"thing {number}"}, "found"),
    )


def plain(number):
    return run(
        f"p{number}", says(f"look {number}"), call("search", {"query": f"it {number}"})
    )


def test_a_rule_about_a_shape_applies_only_where_the_shape_is():
    runs = [*map(quoted, range(14)), *map(plain, range(20))]

    draft, found = tried(runs)

    assert "quotation marks" in draft.title
    assert (found.applied, found.failed, found.fine) == (14, 14, 0)
    assert found.recovered == 14


def test_what_must_come_first_applies_where_it_was_left_out_and_nowhere_else():
    said = "Error: look up the contact with lookup_contact first"
    without = [
        run(f"w{n}", says(f"open {n}"), fails("create_ticket", {"of": f"c-{n}"}, said))
        for n in range(7)
    ]
    lucky = [
        run(f"l{n}", says(f"open it {n}"), call("create_ticket", {"of": f"d-{n}"}))
        for n in range(2)
    ]
    right = [
        run(f"r{n}", says(f"file {n}"), call("lookup_contact", {"of": f"e-{n}"}),
            call("create_ticket", {"of": f"e-{n}"}))
        for n in range(12)
    ]  # fmt: skip

    draft, found = tried([*without, *lucky, *right])

    assert "`lookup_contact`" in draft.title
    assert (found.applied, found.failed, found.fine) == (9, 7, 2)


def test_a_reminder_applies_wherever_its_tool_is_used():
    said = "Error: amount must be in euros"
    runs = [
        run(f"b{n}", says(f"pay {n}"), fails("pay", {"n": n}, said)) for n in range(4)
    ]
    runs += [
        run(f"g{n}", says(f"pay now {n}"), call("pay", {"n": n})) for n in range(9)
    ]

    draft, found = tried(runs)

    assert draft.kind == "constraint"
    assert (found.applied, found.failed, found.fine) == (13, 4, 9)


def test_a_stop_applies_wherever_somebody_went_for_the_tool():
    why = "The user doesn't want to proceed. the user said: rebase from main first"
    ends = ["", " please", " again", " now"]
    runs = [
        run(f"s{n}", says(f"do {n}"), stopped("publish", {"n": n}, f"{why}{end}"))
        for n, end in enumerate(ends)
    ]
    runs += [run(f"f{n}", says(f"go {n}"), call("publish", {"n": n})) for n in range(3)]

    _, found = tried(runs, kind="stop")

    assert (found.applied, found.failed, found.fine) == (7, 4, 3)


def test_a_wish_has_nothing_to_be_tried_on_and_says_so():
    words = ("", " please", " from now on", " everywhere")
    runs = [
        run(
            str(n),
            says(f"Always write amounts with their currency{word}."),
            person=f"p{n}",
        )
        for n, word in enumerate(words)
    ]

    draft, found = tried(runs, kind="wish")

    assert not is_tryable(draft)
    assert found.applied == 0
    assert len(found.sighted) == 4


def test_a_linter_rule_applies_wherever_the_linter_ran():
    broken = "main.go:3:1: error is not wrapped (wrapcheck)"
    runs = [
        run(
            f"b{n}",
            says(f"fix {n}"),
            fails("Bash", {"command": "golangci-lint run"}, broken),
        )
        for n in range(4)
    ]
    runs += [
        run(
            f"g{n}",
            says(f"go {n}"),
            call("Bash", {"command": "golangci-lint run"}, "0 issues"),
        )
        for n in range(6)
    ]

    _, found = tried(runs, kind="check")

    assert (found.applied, found.failed, found.fine) == (10, 4, 6)


def test_a_procedure_would_have_changed_the_runs_that_left_a_step_out():
    steps = [call("fmt"), call("lint")]
    whole = [
        run(f"w{n}", says(f"do {n}"), *steps, call("write_release"), outcome="success")
        for n in range(12)
    ]
    short = [
        run(
            f"s{n}",
            says(f"be quick {n}"),
            call("fmt"),
            call("write_release"),
            outcome="failure" if n else "",
        )
        for n in range(3)
    ]
    others = [run(f"o{n}", says(f"read {n}"), call("peek")) for n in range(12)]

    _, found = tried([*whole, *short, *others], kind="procedure")

    assert (found.applied, found.failed, found.fine, found.rest) == (3, 2, 0, 1)


def test_no_more_runs_are_shown_than_anybody_reads_and_always_the_same_ones():
    runs = [*map(quoted, range(50)), *map(plain, range(20))]

    _, one = tried(runs)
    _, other = tried(runs[::-1])

    assert len(one.runs["failed"]) == SHOWN
    assert one == other


def test_what_would_bother_more_runs_than_it_helps_is_flagged_and_far_more_is_refused():
    runs = [*map(quoted, range(6)), *map(plain, range(20))]
    drafts = [one for one in dream(runs).drafts if "quotation" in one.title]

    def weighed(fine):
        engine = Offline()
        lucky = [
            run(f"x{n}", says(f"hm {n}"), call("search", {"query": f'"thing {n}"'}))
            for n in range(fine)
        ]
        documents = [engine.evaluate(*one).digest for one in [*runs, *lucky]]
        return counterfactuals.weigh(engine, drafts, documents, engine.settings())

    assert weighed(6).passed[0].flags == drafts[0].flags
    assert "collateral" in weighed(7).passed[0].flags
    assert weighed(7).passed[0].counts["collateral"] == 7
    (refusal,) = weighed(25).refused
    assert refusal.code == "collateral"
    assert refusal.reason == (
        "It would have applied in 31 runs: 6 had the failure, 25 were fine without it."
    )


@pytest.mark.parametrize("scope", ["agent", "person"])
def test_a_narrow_rule_is_tried_on_those_who_would_read_it(scope):
    runs = [*map(quoted, range(14)), *map(plain, range(20))]
    draft, _ = tried(runs)
    narrow = msgspec.structs.replace(draft, scope=scope, scope_of="nobody")
    engine = Offline()

    documents = [engine.evaluate(*one).digest for one in runs]

    assert engine.try_out(documents, [narrow])[0].applied == 0


def test_what_people_have_settled_on_is_told_but_not_weighed():
    steps = [call("fmt"), call("lint")]
    whole = [
        run(f"w{n}", says(f"do {n}"), *steps, call("write_release"), outcome="success")
        for n in range(12)
    ]
    others = [run(f"o{n}", says(f"read {n}"), call("peek")) for n in range(12)]
    lucky = [
        run(f"s{n}", says(f"go {n}"), call("write_release"), outcome="success")
        for n in range(3)
    ]
    runs = [*whole, *others, *lucky]
    engine = Offline()
    drafts = [one for one in dream(runs).drafts if one.kind == "procedure"]
    documents = [engine.evaluate(*one).digest for one in runs]

    weighed = counterfactuals.weigh(engine, drafts, documents, engine.settings())

    assert [one.flags for one in weighed.passed] == [one.flags for one in drafts]
    assert weighed.passed[0].counts["collateral"] == 3
