"""What people do with dreams on pages: start with settings, again, cancel, discard, compare."""

import pytest

from reviews.dreams import dreams, pipeline
from reviews.dreams.asking import budgets
from reviews.dreams.engines import registry
from reviews.dreams.models import Dream, HostedStore, Schedule
from reviews.proposals import decisions
from reviews.proposals.models import Proposal
from tests.dreams.factories import a_dreaming_store, a_failing_run, import_runs
from tests.factories import ADA, a_store, a_team
from tests.web.conftest import htmx

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counting(monkeypatch):
    monkeypatch.setitem(registry.ENGINES, "counting", "tests.dreams.counting.Counting")


@pytest.fixture
def store(team):
    store = a_dreaming_store(runs=3, name="refunds", team=team)
    agent = store.subscriptions.get().agent
    import_runs(agent, *[a_failing_run(number, "ship") for number in range(3)])
    return store


def dream_of(store, **options):
    return pipeline.run_inline(
        dreams.start(store, by=ADA, engine="counting", **options)
    )


@pytest.fixture
def dreamt(store):
    return dream_of(store)


def states():
    return list(Proposal.objects.order_by("pk").values_list("state", flat=True))


def test_a_dream_is_started_with_an_engine_a_window_and_dry(as_ada, store):
    typed = {"store": "refunds", "engine": "counting", "window_days": "7", "dry": "on"}

    as_ada.post("/dreams/start/", typed)

    dream = Dream.objects.get()
    assert (dream.engine, dream.dry) == ("counting", True)
    assert dream.settings["window_days"] == 7


def test_the_form_says_first_what_each_engine_would_cost_and_why_one_cannot(
    as_ada, store
):
    shown = as_ada.get("/dreams/start/?store=refunds").content.decode()

    assert "Costs nothing." in shown
    claude = shown.split('id="engine-claude"')[1].split("</label>")[0]
    assert " disabled" in claude
    assert "No key for Anthropic&#x27;s API is set" in claude


def test_with_a_key_claude_is_offered_with_what_it_costs_at_most(
    as_ada, store, settings
):
    settings.ANTHROPIC_API_KEY = "sk-ant-nothing-of-the-kind"

    shown = as_ada.get("/dreams/start/?store=refunds").content.decode()

    claude = shown.split('id="engine-claude"')[1].split("</label>")[0]
    assert " disabled" not in claude
    assert "Costs at most $2.00" in claude
    assert "$2.00 a dream" in claude


def test_with_an_empty_budget_nobody_is_asked(as_ada, store, settings):
    settings.ANTHROPIC_API_KEY = "sk-ant-nothing-of-the-kind"
    budgets.change(store.team, by=ADA, per_dream="0")
    HostedStore.objects.create(store=store, remote_id="memstore_1", by="person:max")

    shown = as_ada.get("/dreams/start/?store=refunds").content.decode()
    answer = as_ada.post("/dreams/start/", {"store": "refunds", "engine": "claude"})

    assert shown.count("Not now: The budget of $0.00 a dream is spent.") == 2
    assert answer.status_code == 422
    assert not Dream.objects.exists()


def test_a_linked_store_is_offered_a_hosted_dream_that_nothing_here_bounds(
    as_ada, store, settings
):
    settings.ANTHROPIC_API_KEY = "sk-ant-nothing-of-the-kind"
    HostedStore.objects.create(store=store, remote_id="memstore_1", by="person:max")

    shown = as_ada.get("/dreams/start/?store=refunds").content.decode()

    hosted = shown.split('id="engine-hosted"')[1].split("</label>")[0]
    assert " disabled" not in hosted
    assert "no budget of ours bounds it" in hosted


def test_the_form_opens_as_a_dialog_and_leads_to_the_dream(as_ada, store):
    dialog = htmx(as_ada.get, "/dreams/start/", {"store": "refunds"})
    answer = htmx(as_ada.post, "/dreams/start/", {"store": "refunds"})

    assert dialog.content.decode().lstrip().startswith("<form")
    assert answer["HX-Redirect"] == f"/dreams/{Dream.objects.get().pk}/"


@pytest.mark.parametrize(
    ("typed", "status", "complaint"),
    [
        ({"engine": "oracle"}, 422, "There is no engine “oracle”"),
        ({"engine": "claude"}, 422, "No key for Anthropic"),
        ({"window_days": "0"}, 422, "between 1 and 3,660 days"),
        ({"window_days": "3661"}, 422, "between 1 and 3,660 days"),
        ({"window_days": "soon"}, 422, "Enter a whole number."),
    ],
)
def test_what_cannot_be_started_comes_back_with_what_was_typed(
    as_ada, store, typed, status, complaint
):
    answer = as_ada.post("/dreams/start/", {"store": "refunds", "dry": "on", **typed})

    shown = answer.content.decode()
    assert answer.status_code == status
    assert complaint in shown
    assert 'name="dry" id="dry" checked' in shown
    assert not Dream.objects.exists()


def test_a_dry_run_waits_for_the_dream_that_is_under_way(as_ada, store):
    running = dreams.start(store, by=ADA, engine="counting")

    asked = as_ada.get("/dreams/start/?store=refunds").content.decode()
    answer = as_ada.post("/dreams/start/", {"store": "refunds", "dry": "on"})

    assert f'dreaming already: <a href="/dreams/{running.pk}/">' in asked
    assert answer.status_code == 409
    assert Dream.objects.count() == 1


def test_a_dry_run_is_dreamt_for_real_from_its_page(as_ada, store):
    dry = dream_of(store, dry=True)

    asked = as_ada.get(f"/dreams/{dry.pk}/again/?for=real").content.decode()
    as_ada.post(f"/dreams/{dry.pk}/again/", {"thresholds": "frozen"})

    real = Dream.objects.latest("pk")
    assert 'value="frozen" checked' in asked
    assert (real.again_of, real.dry, real.engine) == (dry, False, "counting")
    assert pipeline.run_inline(real).counts["proposals"] == 2


def test_a_failed_dream_is_tried_again_with_what_it_had(as_ada, store):
    dream = dreams.start(store, by=ADA, engine="counting", dry=True)
    pipeline.endings.fail(dream, "No worker lived long enough.")

    shown = as_ada.get(f"/dreams/{dream.pk}/").content.decode()
    asked = as_ada.get(f"/dreams/{dream.pk}/again/?for=retry").content.decode()

    assert f'href="/dreams/{dream.pk}/again/?for=retry"' in shown
    assert 'name="dry" id="dry" checked' in asked
    assert 'value="frozen" checked' in asked


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"engine": "oracle"}, 422),
        ({"engine": "offline", "thresholds": "frozen"}, 422),
        ({"thresholds": "tomorrow"}, 422),
    ],
)
def test_a_dream_that_cannot_be_dreamt_again_says_why(as_ada, dreamt, typed, status):
    answer = as_ada.post(f"/dreams/{dreamt.pk}/again/", typed)

    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert Dream.objects.count() == 1


def test_a_dream_under_way_is_not_dreamt_again(as_ada, store):
    dream = dreams.start(store, by=ADA, engine="counting")

    assert as_ada.post(f"/dreams/{dream.pk}/again/").status_code == 409


def test_canceling_asks_what_becomes_of_what_was_proposed(as_ada, store, monkeypatch):
    dream = dreams.start(store, by=ADA, engine="counting")
    submit = pipeline.findings.submit

    def canceled_after_the_first(*args):
        submit(*args)
        typed = {"reason": "Wrong store.", "keep": "no"}
        as_ada.post(f"/dreams/{dream.pk}/cancel/", typed)

    monkeypatch.setattr(pipeline.findings, "submit", canceled_after_the_first)

    pipeline.run_inline(dream)

    assert (dream.state, states()) == ("canceled", ["withdrawn"])


def test_canceling_keeps_it_unless_told_otherwise(as_ada, store):
    dream = dreams.start(store, by=ADA, engine="counting")
    shown = as_ada.get(f"/dreams/{dream.pk}/cancel/").content.decode()

    as_ada.post(f"/dreams/{dream.pk}/cancel/")
    second = as_ada.post(f"/dreams/{dream.pk}/cancel/")

    assert 'value="yes" checked' in shown
    assert second.status_code == 409


def test_discarding_states_the_number_and_what_stays(as_ada, dreamt):
    first = Proposal.objects.order_by("pk").first()
    decisions.comment(first, by=ADA, text="Is that so?")

    shown = as_ada.get(f"/dreams/{dreamt.pk}/").content.decode()
    asked = as_ada.get(f"/dreams/{dreamt.pk}/discard/").content.decode()

    assert "Discard 1 undecided" in shown
    assert f"Discard 1 proposal of dream {dreamt.pk}?" in asked
    assert "It cannot be undone." in asked
    assert f"{first.name}</a> has been worked on by somebody." in asked


def test_discarding_withdraws_and_says_how_many(as_ada, dreamt):
    answer = as_ada.post(
        f"/dreams/{dreamt.pk}/discard/", {"reason": "Broken log."}, follow=True
    )

    assert states() == ["withdrawn", "withdrawn"]
    shown = answer.content.decode()
    assert "2 proposals were discarded." in shown
    assert '<b class="num">2</b> discarded or taken back</span>' in shown


def test_discarding_twice_or_without_a_reason_is_refused_in_words(as_ada, dreamt):
    silent = as_ada.post(f"/dreams/{dreamt.pk}/discard/", {"reason": " "})
    as_ada.post(f"/dreams/{dreamt.pk}/discard/", {"reason": "Broken log."})
    twice = as_ada.post(f"/dreams/{dreamt.pk}/discard/", {"reason": "Broken log."})

    assert silent.status_code == 422
    assert "Say why they are discarded" in silent.content.decode()
    assert twice.status_code == 409
    assert "is open and untouched" in twice.content.decode()


def test_a_viewer_has_none_of_these_verbs(as_vera, dreamt):
    shown = as_vera.get(f"/dreams/{dreamt.pk}/").content.decode()

    assert "/again/" not in shown
    assert "/discard/" not in shown
    for act in ("again", "discard", "cancel"):
        assert as_vera.get(f"/dreams/{dreamt.pk}/{act}/").status_code == 403
        assert as_vera.post(f"/dreams/{dreamt.pk}/{act}/").status_code == 403


def test_two_dreams_are_compared_by_default_with_the_one_before(as_ada, store, dreamt):
    later = dream_of(store, dry=True)

    shown = as_ada.get(f"/dreams/compare/?b={later.pk}").content.decode()

    assert f"Dream {dreamt.pk} and dream {later.pk} of refunds" in shown
    assert "Proposed → Not proposed: waiting for a decision already" in shown
    assert "dry run</th>" in shown


def test_a_first_dream_offers_others_to_compare_it_with(as_ada, store, dreamt):
    alone = as_ada.get(f"/dreams/compare/?b={dreamt.pk}").content.decode()
    later = dream_of(store, dry=True)
    offered = as_ada.get(f"/dreams/compare/?b={dreamt.pk}").content.decode()

    assert "There is nothing to compare it with" in alone
    assert f'<option value="{later.pk}">' in offered


@pytest.mark.parametrize("query", ["", "?a=&b=", "?b=soon", "?a=-1"])
def test_a_comparison_of_nothing_is_refused_in_words(as_ada, dreamt, query):
    answer = as_ada.get(f"/dreams/compare/{query}")

    assert answer.status_code == 422
    assert "Choose two dreams of one store to compare." in answer.content.decode()


def test_dreams_of_two_stores_are_not_compared(as_ada, dreamt, team):
    other = dream_of(a_store(team, "other"))

    answer = as_ada.get(f"/dreams/compare/?a={other.pk}&b={dreamt.pk}")

    assert answer.status_code == 422
    assert "are of two stores" in answer.content.decode()


def test_dreams_of_another_team_are_nobody_elses(as_ada, dreamt):
    foreign = dream_of(a_dreaming_store(runs=3, team=a_team("elsewhere")))

    for url in (
        f"/dreams/compare/?a={foreign.pk}&b={dreamt.pk}",
        f"/dreams/compare/?b={foreign.pk}",
        f"/dreams/{foreign.pk}/again/",
        f"/dreams/{foreign.pk}/discard/",
        f"/dreams/{foreign.pk}/traces/",
    ):
        assert as_ada.get(url).status_code == 404


def test_the_list_is_narrowed_by_state_engine_and_store(as_ada, store, dreamt):
    failed = dreams.start(store, by=ADA)
    pipeline.endings.fail(failed, "It broke.")

    def listed(query):
        shown = htmx(as_ada.get, f"/dreams/?{query}").content.decode()
        return [d.pk for d in (dreamt, failed) if f">Dream {d.pk}</a>" in shown]

    assert listed("") == [dreamt.pk, failed.pk]
    assert listed("state=failed") == [failed.pk]
    assert listed("engine=counting") == [dreamt.pk]
    assert listed("store=refunds&state=completed") == [dreamt.pk]
    assert listed("state=dreaming") == []


def test_the_list_says_what_each_dream_read_proposed_and_was(as_ada, store, dreamt):
    dream_of(store, dry=True)
    pipeline.run_inline(dreams.again(dreamt, by=ADA))

    shown = as_ada.get("/dreams/").content.decode()

    assert "6 (6 new)" in shown
    assert "2 proposals, 0 not proposed" in shown
    assert "would propose 0, 2 not proposed" in shown
    assert f"again of dream {dreamt.pk}" in shown


def test_a_schedule_names_its_engine(as_max, store):
    typed = {"cron": "0 3 * * *", "timezone": "UTC", "engine": "counting"}

    as_max.post("/dreams/schedule/refunds/", {**typed, "enabled": "on"})
    refused = as_max.post("/dreams/schedule/refunds/", {**typed, "engine": "oracle"})

    assert Schedule.objects.get().engine == "counting"
    assert "with counting" in as_max.get("/dreams/").content.decode()
    assert refused.status_code == 422
