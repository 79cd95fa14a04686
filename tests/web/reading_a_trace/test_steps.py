"""Reading one run: every step says who speaks, and a run may go on."""

import re

import pytest

from reviews.dreams.models import Signal
from reviews.traces import readings
from reviews.traces.models import Trace, TraceBody
from reviews.web.views import traces
from tests import factories
from tests.web.conftest import htmx
from tests.web.reading_a_trace.conftest import (
    a_run,
    answered,
    body,
    called,
    head,
    quoting,
    read,
    rewritten,
    said,
    step,
)

pytestmark = pytest.mark.django_db


# The run


def test_the_head_says_who_ran_for_whom_and_how_it_ended(as_vera, agent):
    trace = a_run(
        agent,
        said("Refund me."),
        called(),
        answered("Error: no.", error=True),
        person="dana",
        outcome="failure",
        reward=0.25,
        model="model-9",
        tags=("gold",),
        cost=0.5,
        title="A refund",
    )

    page = read(as_vera, trace)

    assert "<h1>A refund</h1>" in page
    assert "billing, for dana" in page
    assert "3 steps, 1 call, 1 error" in page
    for fact in ("run-1", "0.25", "model-9", "gold", "$0.5000"):
        assert f">{fact}<" in page
    assert "failed" in step(page, 2)


def test_every_step_says_who_speaks_and_what_it_is(as_vera, agent):
    trace = a_run(
        agent,
        said("Be brief.", actor="system"),
        said("Look this up."),
        called(tool="search"),
        answered("A page", tool="search", web=True),
        said("Found it.", actor="agent"),
        {"kind": "stop", "actor": "person", "text": "No, do not send that."},
    )

    page = read(as_vera, trace)

    assert [head(step(page, n)) for n in range(6)] == [
        "system",
        "person",
        "search call",
        "search result from outside",
        "agent",
        "Stopped by a person",
    ]
    assert body(step(page, 5)) == "No, do not send that."


def by_explorer(*texts):
    return [said(text, actor="agent", agent="explorer") for text in texts]


def test_what_a_subagent_did_stands_under_its_name_and_folds(as_vera, agent):
    few = by_explorer("Looking.", "Found it.", "Done.")
    many = by_explorer(*(f"Page {n}." for n in range(20)))
    trace = a_run(agent, said("Go."), *few, said("Again."), *many)

    first, second = read(as_vera, trace).split('<li class="nest">')[1:]

    assert first.startswith("<details open>")
    assert "3 steps, 0 calls" in first
    assert second.startswith("<details><summary>")
    assert "20 steps" in second
    # A link into a nest finds it open.
    asked = read(as_vera, trace, "at/10/").split('<li class="nest">')[2]
    assert asked.startswith("<details open>")


def test_speakers_who_take_turns_are_named_and_not_nested(as_vera, agent):
    turns = [*by_explorer("One."), said("Two.", actor="agent"), *by_explorer("Three.")]
    page = read(as_vera, a_run(agent, *turns))

    assert "nest" not in page.partition('id="steps"')[2]
    assert head(step(page, 2)) == "explorer"


def test_arguments_are_laid_out_for_reading_but_keep_their_letters(as_vera, agent):
    text = '{"order":"ø-1","items":[1,2],"note":"a\\nb","pad":"' + "x" * 80 + '"}'
    trace = a_run(agent, called(text), answered(text))

    page = read(as_vera, trace)

    assert body(step(page, 0)).startswith(
        'order: "ø-1"\nitems: [\n  1,\n  2\n]\nnote:\n  a\n  b\npad: "x'
    )
    assert '"order": "ø-1",\n' in body(step(page, 1))


def test_a_patch_says_line_by_line_what_it_adds_and_deletes(as_vera, agent):
    patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old <b>\n+new\n"
    edit = '{"path":"x","old_string":"one\\ntwo\\nend","new_string":"one\\n2\\nend"}'
    trace = a_run(agent, answered(patch), called(edit + " " * 40), answered("- a\n+ b"))

    page = read(as_vera, trace)

    assert "<del>-old &lt;b&gt;\n</del><ins>+new\n</ins>" in step(page, 0)
    assert body(step(page, 0)) == patch
    assert "  one\n<del>- two\n</del><ins>+ 2\n</ins>  end" in step(page, 1)
    assert "<ins>" not in step(page, 2)


def test_calls_made_at_once_are_bracketed_and_their_answers_say_whose_they_are(
    as_vera, agent
):
    at = "2026-01-01T00:00:{:02}+00:00".format
    trace = a_run(
        agent,
        called("a", call="1", at=at(0)),
        called("b", call="2", at=at(1)),
        answered("A", call="1", at=at(10)),
        answered("B", call="2", at=at(3)),
        called("c", call="3", at=at(20)),
    )

    page = read(as_vera, trace)

    assert "2 calls at once" in head(step(page, 0))
    assert 'data-together="last"' in step(page, 1)
    assert "10 s" in head(step(page, 0))
    assert 'data-span="2">2.0 s' in step(page, 1)
    assert "answers step 0" in head(step(page, 2))
    assert "no answer recorded" in head(step(page, 4))
    assert "data-together" not in step(page, 4)


def test_what_was_removed_at_intake_is_counted_and_gone(as_vera, agent):
    key = "AKIAQ3EGRNLZ7WXYZ2AB"
    trace = a_run(agent, said(f"Use {key}, or {key}."))

    page = read(as_vera, trace)

    assert "2 × aws-key" in page
    assert key not in page
    assert body(step(page, 0)) == "Use [redacted:aws-key], or [redacted:aws-key]."
    assert "secrets removed" in as_vera.get("/traces/").content.decode()


def test_it_says_which_version_the_run_read_and_which_it_says_it_read(
    as_vera, agent, store
):
    factories.a_version(store, rules="- One.\n")
    readings.record(agent, store, 1, run="run-1")
    trace = a_run(agent, said("Hello."), read={"handbook": 4})

    facts = " ".join(re.sub(r"<[^>]+>", " ", read(as_vera, trace)).split())

    assert "read support v1" in facts
    assert "says it read handbook v4" in facts


def test_what_evaluators_found_stands_at_its_step(as_vera, agent):
    trace = a_run(agent, said("Hello."), called(), answered("No."))
    Signal.objects.create(
        trace=trace, evaluator="loops", kind="loop", key="k", step=1, note="Six times."
    )

    page = read(as_vera, trace)

    assert re.search(r'title="Six times.">loop</span>', step(page, 1))
    assert "Six times." not in step(page, 0) + step(page, 2)


def test_a_run_whose_body_was_erased_still_says_what_was_quoted(as_vera, agent, store):
    trace = a_run(agent, said("Amounts in euros."))
    (quote,) = quoting(store, trace, "Amounts in euros")
    TraceBody.objects.filter(month=trace.month, trace_id=trace.pk).delete()

    page = read(as_vera, trace)

    assert "No steps" in page
    assert "Text changed since quoted" in page
    assert f'href="/proposals/{quote.operation.proposal_id}/"' in page


# Who may


@pytest.mark.parametrize("rest", ["", "at/0/", "steps/0/", "?hl=1"])
def test_a_viewer_reads_it_and_to_another_team_it_is_not_there(
    as_vera, as_eve, agent, rest
):
    trace = a_run(agent, said("Hello."))

    assert as_vera.get(f"/traces/{trace.pk}/{rest}", follow=True).status_code == 200
    assert as_eve.get(f"/traces/{trace.pk}/{rest}").status_code == 404


def test_a_call_that_fails_is_shown_with_its_failure_and_nothing_else(
    as_vera, agent, store
):
    trace = a_run(
        agent,
        said("Go."),
        called(tool="a", call="1"),
        called(tool="b", call="2"),
        answered("Fine.", call="1"),
        answered("Broken.", call="2", error=True),
        said("Amounts in euros."),
    )
    quoting(store, trace, "in euros")

    shown = {
        only: re.findall(
            r'class="step" id="s(\d+)"', read(as_vera, trace, f"?only={only}")
        )
        for only in ("evidence", "errors", "tools", "nonsense")
    }

    assert shown == {
        "evidence": ["5"],
        "errors": ["2", "4"],
        "tools": ["1", "2", "3", "4"],
        "nonsense": list("012345"),
    }
    page = " ".join(re.sub(r"<[^>]+>", " ", read(as_vera, trace, "?q=go")).split())
    assert "All steps 6 Evidence 1 Failures 1 Calls 2" in page


def test_a_filter_keeps_what_else_was_asked(as_vera, agent):
    trace = a_run(agent, said("Go."), called(), answered("No.", error=True))

    page = read(as_vera, trace, "?q=go&only=tools")

    assert f'href="/traces/{trace.pk}/?q=go&amp;only=errors"' in page
    assert f'href="/traces/{trace.pk}/?q=go"' in page


# Runs that go on, and runs that are not whole


def test_a_run_that_may_go_on_is_asked_for_more_until_it_ends(as_vera, agent):
    steps = [said("One."), called("{}", call="1")]
    trace = a_run(agent, *steps)
    more = f"/traces/{trace.pk}/from/2/"

    assert f'hx-get="{more}"' in read(as_vera, trace)
    assert htmx(as_vera.get, more).status_code == 204

    a_run(agent, *steps, answered("Late <b>", call="1"))
    part = htmx(as_vera.get, more).content.decode()
    assert re.findall(r'class="step" id="s(\d+)"', part) == ["2"]
    assert "Late &lt;b&gt;" in part
    assert f'hx-get="/traces/{trace.pk}/from/3/"' in part

    a_run(agent, *steps, answered("Late <b>", call="1"), outcome="success")
    end = f"/traces/{trace.pk}/from/3/"
    assert htmx(as_vera.get, end).status_code == 286
    assert 'id="watch"' not in read(as_vera, trace)


def test_a_run_that_ended_or_has_long_been_quiet_is_left_alone(as_vera, agent):
    quiet = a_run(agent, said("One."))
    Trace.objects.update(received_at=quiet.received_at - traces.OPEN_FOR)

    assert 'id="watch"' not in read(as_vera, quiet)
    over = a_run(agent, said("One."), name="run-2", outcome="failure")
    assert 'id="watch"' not in read(as_vera, over)


def test_what_is_not_kept_any_more_is_named(as_vera, agent):
    trace = a_run(agent, said("One."), said("Two."), said("Three."))
    rewritten(trace, said("One."))

    page = read(as_vera, trace)

    assert "Not all of this run is here" in page
    assert "steps 1 to 2 are no longer kept" in page
