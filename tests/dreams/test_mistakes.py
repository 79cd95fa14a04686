"""A mistake that comes back becomes a rule about what to do instead."""

import pytest

from tests.dreams.stories import call, dream, fails, rules, run, says, stopped


def many(number, *told, start=0, **facts):
    """Runs that are alike, each of a person and a task of its own."""
    return [run(f"{start + n}", *told, **facts) for n in range(number)]


def only(outcome, kind):
    """The one draft of a kind."""
    [draft] = [draft for draft in outcome.drafts if draft.kind == kind]
    return draft


def test_a_tool_that_has_to_come_before():
    refused = fails(
        "credit", {"invoice": "INV-20001"}, "Conflict: invoice is not verified"
    )
    verified = [
        call("verify", {"invoice": "INV-20001"}),
        call("credit", {"invoice": "INV-20001"}),
    ]
    outcome = dream(many(6, refused, *verified) + many(9, *verified, start=6))

    draft = only(outcome, "error-fix")
    assert draft.title == (
        "When you call `credit` on something, call `verify` on the same thing first;"
        ' otherwise it answers "Conflict: invoice is not verified".'
    )
    assert draft.because == (
        "6 of 6 groups failed without `verify` on the same thing; otherwise 0 of 15 did;"
        " 6 of 15 groups that used `credit` met it."
    )
    assert draft.counts["groups"] == 6
    assert draft.counts["opportunities"] == 15
    assert draft.counts["base_rate"] == 0


def test_a_value_that_nobody_mentioned():
    invented = fails("track", {"parcel": "PX77"}, "UnknownParcel: PX77 is not known")
    found = [
        call("list", {}, "PX123 is on its way"),
        call("track", {"parcel": "PX123"}),
    ]
    outcome = dream(many(5, invented, *found) + many(6, *found, start=5))

    [rule] = rules(outcome)
    assert rule == (
        "When you call `track`, take `parcel` from an earlier result or from the person"
        " (`list` can find it); never invent one."
    )


def test_an_argument_in_quotation_marks():
    outcome = dream(
        many(5, fails("metric", {"name": '"rent"'}, "no metric has this name"),
             call("metric", {"name": "rent"}))
        + many(5, call("metric", {"name": "rent"}), start=5)
    )  # fmt: skip

    assert "pass `name` without quotation marks" in only(outcome, "error-fix").title


def test_amounts_that_have_to_add_up():
    wrong = fails(
        "pay", {"parts": [{"sum": 5}, {"sum": 6}]}, "parts make 11, the total is 12.5"
    )
    right = call("pay", {"parts": [{"sum": 5}, {"sum": 7.5}]})
    outcome = dream(many(4, wrong, right) + many(3, right, start=4))

    draft = only(outcome, "error-fix")
    assert "make the amounts in `parts` add up to the total it states" in draft.title
    assert draft.because.startswith("4 of 4 groups that recovered did it so")


def test_a_value_that_the_tool_offers():
    outcome = dream(
        many(3, fails("ask", {"city": "Rom"}, "unknown city, did you mean Rome?"),
             call("ask", {"city": "Rome"}))
    )  # fmt: skip

    assert "retry with one of the values that it offers for `city`" in rules(outcome)[0]


def test_who_found_the_way_out_is_never_more_than_who_got_out():
    wrong = fails("ask", {"city": "Rom"}, "unknown city, did you mean Rome?")
    right = call("ask", {"city": "Rome"})
    by_chance = [wrong, call("ask", {"city": "Rom"}), wrong, right]
    outcome = dream(many(3, wrong, right) + many(2, *by_chance, start=3))

    draft = only(outcome, "error-fix")
    assert draft.because.startswith("5 of 5 groups that recovered did it so")


def test_a_prefix_that_is_always_missing():
    told = [
        [fails("query", {"table": name}, f"no table {name} here"),
         call("query", {"table": f"app.{name}"})]
        for name in ("orders", "users", "events", "items")
    ]  # fmt: skip
    outcome = dream([run(str(n), *one) for n, one in enumerate(told)])

    assert "write `table` with its prefix `app.`" in only(outcome, "error-fix").title


def test_two_writes_of_which_one_locks_the_record():
    def order(tool):
        locked = fails(
            tool, {"order": "W-1001"}, "order W-1001 takes no further changes"
        )
        return [call("change_items", {"order": "W-1001"}), locked]

    outcome = dream(
        many(2, *order("change_address")) + many(2, *order("change_delivery"), start=2)
        + many(6, call("change_address", {"order": "W-1001"}),
               call("change_delivery", {"order": "W-1001"}),
               call("change_items", {"order": "W-1001"}), start=4)
    )  # fmt: skip

    draft = only(outcome, "order")
    assert "do `change_items` last" in draft.title
    assert "`change_address` and `change_delivery` are refused" in draft.title


def test_a_lock_seen_in_two_groups_is_enough_when_nothing_speaks_against_it():
    locked = [
        call("change_items", {"order": "W-1001"}),
        fails("change_address", {"order": "W-1001"}, "order W-1001 cannot be changed"),
    ]
    free = call("change_address", {"order": "W-1001"})

    outcome = dream(many(2, *locked) + many(13, free, start=2))

    assert "narrow-evidence" in only(outcome, "order").flags
    assert not [one for one in dream(many(2, *locked)).drafts if one.kind == "order"]


def test_a_tools_own_words_bar_every_policy_whatever_the_form_of_the_rule():
    outcome = dream(
        many(6, fails("act", {}, "Error: call transfer_funds first"))
        + many(6, call("get_ctx", {}), call("act", {}), start=6)
    )

    [draft] = outcome.drafts
    assert "call transfer_funds first" in draft.title
    assert "tool-only" in draft.flags


@pytest.mark.parametrize(
    "name", ["x` **now** `y", "a\nb", "<b>act</b>", "[act](here)", "act " * 30]
)
def test_a_name_that_breaks_out_of_its_quotation_is_refused(name):
    outcome = dream(many(4, fails(name, {}, "Error: only one at a time is allowed")))

    assert outcome.drafts == ()
    assert "odd-name" in {refusal.code for refusal in outcome.refused}


def test_the_tools_own_words_where_no_way_out_was_found():
    draft = only(
        dream(
            many(
                3,
                fails("exchange", {}, "Error: non-delivered order cannot be exchanged"),
            )
        ),
        "constraint",
    )

    assert draft.title == (
        "When you are about to call `exchange`, check what it demands; it refuses otherwise:"
        ' "non-delivered order cannot be exchanged".'
    )
    assert draft.flags == ("tool-only",)
    assert {quote.provenance for quote in draft.quotes if quote.stance == "for"} == {
        "tool"
    }


def test_two_tools_that_refuse_alike_are_one_constraint():
    outcome = dream(
        many(2, fails("change", {"id": "A-101"}, "not enough balance on card"))
        + many(2, fails("book", {"id": "A-101"}, "not enough balance on card"), start=2)
    )

    assert "`book` or `change`" in only(outcome, "constraint").title


def test_a_name_that_is_not_there():
    outcome = dream(
        [
            run(str(n), fails("python", {"code": f"x{n}()"},
                              "Traceback (most recent call last):\n  File \"x\"\n"
                              "NameError: name 'web_search' is not defined"))
            for n in range(4)
        ]
    )  # fmt: skip

    assert only(outcome, "slot").title == (
        "When you use `python`, define or import `web_search` first: it is not there by itself."
    )


def test_the_same_call_again_and_again():
    again = [fails("save", {"n": 1}, "no")] * 3
    outcome = dream(
        many(2, *again) + many(1, *[fails("load", {"n": 2}, "never")] * 4, start=2)
    )

    draft = only(outcome, "loop")
    assert (
        "do not repeat it with the same arguments (seen with `save` and `load`)"
        in draft.title
    )
    assert draft.counts["runs"] == 3


def test_reading_the_same_thing_now_and_then_is_no_loop():
    now_and_then = [call("status", {}, "ok"), call("work", {}, "a")] * 3
    assert not rules(dream(many(4, *now_and_then)))


def test_a_check_that_is_left_out_silently():
    checked = [
        call("check_policy", {"order": "W-100"}),
        call("refund", {"order": "W-100"}),
    ]
    unchecked = [call("refund", {"order": "W-100"})]
    outcome = dream(
        many(12, *unchecked, outcome="failure") + many(4, *unchecked, start=12, outcome="success")
        + many(2, *checked, start=16, outcome="failure")
        + many(14, *checked, start=18, outcome="success")
    )  # fmt: skip

    draft = only(outcome, "silent")
    assert (
        draft.title
        == "When you are about to call `refund`, call `check_policy` before it."
    )
    assert draft.because.startswith(
        "Without `check_policy` 12 of 16 runs were rated bad, with it 2 of 16"
    )
    assert {quote.stance for quote in draft.quotes} == {"for", "against"}


def test_what_people_stop_becomes_a_rule_in_their_words_for_them():
    asked = "The user doesn't want to proceed with this tool use. the user said: "
    reasons = ["rebase from main first", "please rebase first", "oh wait, rebase first"]
    outcome = dream(
        [run(str(n), stopped("Bash", {"command": "git push"}, asked + reason), person="ada")
         for n, reason in enumerate(reasons)]
        + many(3, call("Bash", {"command": "git push"}), start=3)
    )  # fmt: skip

    draft = only(outcome, "stop")
    assert draft.title == "When you are about to run `git push`: rebase first."
    assert (draft.scope, draft.scope_of) == ("person", "ada")
    assert draft.operations[0].path == "/people/ada/mistakes.md"
    assert {quote.provenance for quote in draft.quotes if quote.stance == "for"} == {
        "person"
    }


def test_a_no_that_is_the_reason_itself_stays_in_the_rule():
    asked = "The user doesn't want to proceed with this tool use. the user said: "
    outcome = dream(
        [run(str(n), stopped("Bash", {"command": "git push"}, asked + "no force push"), person="ada")
         for n in range(3)]
        + many(3, call("Bash", {"command": "git push"}), start=3)
    )  # fmt: skip

    assert only(outcome, "stop").title == (
        "When you are about to run `git push`: no force push."
    )


def test_a_linter_rule_that_new_code_keeps_breaking():
    lint = "x.go:{n}:2: Error return value of `F{n}` is not checked (errcheck)"
    outcome = dream(
        [run(str(n), fails("Bash", {"command": "mise run lint"}, lint.format(n=n))) for n in (1, 2, 3)]
    )  # fmt: skip

    assert only(outcome, "check").title == (
        'When you change code, satisfy `errcheck` ("Error return value of ‹text› is not checked")'
        " before you hand it over; `mise run lint` reports it."
    )
    assert len(outcome.drafts) == 1


def test_a_linter_rule_with_a_number_in_its_name_is_no_instance():
    lint = "x.go:{n}:7: G306: Expect WriteFile permissions to be 0600 or less (gosec)"
    outcome = dream(
        [
            run(str(n), fails("Bash", {"command": "make lint"}, lint.format(n=n)))
            for n in (1, 2, 3)
        ]
    )

    assert "satisfy `gosec G306`" in only(outcome, "check").title


def test_a_search_without_a_hit_is_no_failure():
    nothing = fails("Bash", {"command": "cd app && grep -r todo ."}, "Exit code 1")

    assert not dream(many(9, nothing, nothing, nothing)).drafts


@pytest.mark.parametrize("agent", ["clerk", "seller"])
def test_a_mistake_of_one_agent_among_several_is_a_rule_for_that_agent(agent):
    wrong = fails("exchange", {}, "a closed order cannot be exchanged")
    outcome = dream(
        many(4, wrong, agent=agent)
        + many(4, call("exchange", {}), start=4, agent="other")
    )

    draft = only(outcome, "constraint")
    assert (draft.scope, draft.scope_of) == ("agent", agent)
    assert draft.operations[0].path == f"/agents/{agent}/mistakes.md"


def test_the_only_person_there_is_gets_a_rule_for_themselves():
    wrong = fails("exchange", {}, "a closed order cannot be exchanged")
    draft = only(dream(many(3, wrong, person="ada")), "constraint")

    assert (draft.scope, draft.scope_of) == ("person", "ada")


def test_a_task_that_fails_so_in_try_after_try_is_worth_two_groups():
    wrong = fails("exchange", {}, "a closed order cannot be exchanged")
    tries = [
        run(f"{task}.{n}", wrong, group=task, person=task)
        for task in "ab"
        for n in "12"
    ]

    assert only(dream(tries), "constraint").flags == ("tool-only", "narrow-evidence")
    assert not rules(dream(tries[1:]))


def test_what_was_said_by_a_person_is_not_invented():
    asked = says("please track PX77 for me")
    wrong = fails("track", {"parcel": "PX77"}, "UnknownParcel: no such parcel")
    right = call("track", {"parcel": "PX77"})

    assert not rules(dream(many(6, asked, wrong) + many(6, asked, right, start=6)))
