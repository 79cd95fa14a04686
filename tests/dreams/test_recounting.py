"""A draft's numbers are counted twice, by two ways, and have to meet."""

import msgspec
import pytest

from reviews.dreams.engines.offline import Offline
from tests.dreams.stories import EMPTY, call, fails, run, says, stopped
from tests.dreams.test_mistakes import many

ASKED = "The user doesn't want to proceed with this tool use. the user said: "
UNCHECKED = [call("refund", {"order": "W-100"})]
CHECKED = [call("check_policy", {"order": "W-100"}), *UNCHECKED]
LOCKED = [
    call("change_items", {"order": "W-1001"}),
    fails("change_address", {"order": "W-1001"}, "order W-1001 takes no changes"),
]
WORLDS = {
    "error-fix": many(
        4, fails("m", {"n": '"a"'}, "no such name"), call("m", {"n": "a"})
    )
    + many(3, call("m", {"n": "a"}), start=4),
    "constraint": [
        *many(3, fails("pay", {}, "a closed order cannot be paid")),
        *many(2, fails("pay", {}, "a closed order cannot be paid."), start=3),
        run("again", fails("pay", {}, "a closed order cannot be paid"), group="task-0"),
    ],
    "order": many(3, *LOCKED)
    + many(9, call("change_address", {"order": "W-1001"}), start=3),
    "slot": many(3, fails("Skill", {"skill": "commit"}, "Unknown skill: commit"))
    + many(2, fails("Skill", {"skill": "plan"}, "Unknown skill: plan"), start=3),
    "procedure": many(9, call("format_code"), call("run_checks"), call("publish"))
    + many(2, call("run_checks"), call("publish"), start=9)
    + many(8, call("explain"), start=20),
    "wish": [
        run("a", says("Always write amounts with their currency.")),
        run("b", says("Please give every amount with its currency.")),
        run("c", says("We write the currency after every amount."), says("Bye now.")),
        run("d", says("Always write amounts with their currency."), group="task-a"),
    ],
    "remark": many(3, says("Build it."), call("Edit", {}), says("Is this tested?")),
    "lookup": many(3, says("I don't have the booking ID."))
    + many(
        4,
        call("get_trip", {"user": "ann_li_12"}, '{"ids":["BK7Q21"]}'),
        call("cancel", {"booking_id": "BK7Q21"}),
        start=3,
    ),
    "loop": many(4, *[fails("save", {"n": 1}, "odd")] * 3),
    "check": many(
        4, fails("Bash", {"command": "make lint"}, "a.py:1:2: F401 unused import")
    ),
    "stop": many(
        3, stopped("Bash", {"command": "git push"}, ASKED + "rebase from main first")
    )
    + many(
        1, stopped("Bash", {"command": "git push"}, ASKED + "please rebase"), start=3
    ),
    "silent": many(12, *UNCHECKED, outcome="failure")
    + many(4, *UNCHECKED, start=12, outcome="success")
    + many(2, *CHECKED, start=16, outcome="failure")
    + many(14, *CHECKED, start=18, outcome="success"),
}


@pytest.mark.parametrize("kind", WORLDS)
def test_both_ways_of_counting_meet(kind):
    engine = Offline()
    digests = [engine.evaluate(*one).digest for one in WORLDS[kind]]
    drafts = engine.propose(engine.reduce(digests), EMPTY, engine.settings()).drafts

    assert kind in {draft.kind for draft in drafts}
    for draft, again in zip(drafts, engine.recount(digests, drafts), strict=True):
        assert again == {name: draft.counts[name] for name in again}
        assert again["groups"] > 0


def test_a_draft_that_claims_more_does_not_meet_its_digests():
    engine = Offline()
    digests = [engine.evaluate(*one).digest for one in WORLDS["constraint"]]
    [draft] = engine.propose(engine.reduce(digests), EMPTY, engine.settings()).drafts
    boasting = msgspec.structs.replace(draft, counts={**draft.counts, "groups": 50})

    [again] = engine.recount(digests, [boasting])

    assert again["groups"] == 5
