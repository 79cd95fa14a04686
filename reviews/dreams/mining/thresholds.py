"""Every number that decides what becomes a proposal, in one table.

A dream freezes the table when it starts, so that a later reader can tell why something
was proposed. The values were fixed on development traces and are never tuned per store.
"""

from collections.abc import Mapping
from typing import Any

import msgspec


class Thresholds(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False
):
    """The settings table; each field is a threshold by name."""

    # How many independent groups (tasks, or person and opening) must show a pattern.
    groups: int = 3
    # With total separation and a small p, so many groups are enough.
    groups_if_total: int = 2
    p_if_total: float = 0.01
    # How many people, before a mistake may leave one person's scope.
    people: int = 2
    # One person with so large a share of a pattern owns it.
    person_share: float = 0.9
    # One agent with so large a share of a pattern gets the rule for itself.
    agent_share: float = 0.8
    # A task that is tried again and again and fails so in most tries is worth two groups.
    groups_if_repeated: int = 2
    tries_if_repeated: float = 2.0
    # False discovery rate over all tests of a dream.
    q: float = 0.05
    risk_difference: float = 0.25
    # Share of a pattern's failures that look like weather: no rule from it.
    transient_share: float = 0.5
    # Similarity of two templates of one tool, and of templates of several tools.
    template_ratio: int = 86
    pooled_ratio: int = 80
    # A change that recovered groups must share: how large a share, how many groups.
    fix_share: float = 0.6
    fix_groups: int = 4
    # A value that the error offered is such strong advice that fewer groups will do.
    fix_groups_from_error: int = 2
    # Groups that recovered at all, before their changes mean anything.
    recovered_groups: int = 3
    # A call between failure and success: groups and share.
    between_groups: int = 3
    between_share: float = 0.6
    # How many calls after a failure may still be its recovery.
    recovery_window: int = 8
    # The failing share of a shape of argument, and of a single value.
    shape_share: float = 0.6
    value_share: float = 0.9
    # Total separation: failing groups without the feature, fine groups with it.
    total_failing: int = 5
    total_fine: int = 10
    # One value of a slot: share of its template's groups.
    slot_share: float = 0.3
    # A choice that never worked, as the value of a named argument: groups.
    slot_groups_never_fine: int = 2
    # Equal calls with equal answers that make a loop.
    loop_calls: int = 3
    # Runs with a reason, before a stop is a rule.
    stop_runs: int = 3
    # Share of a linter rule's groups that its commonest message must hold.
    check_share: float = 0.5
    # Silent mistakes: runs per arm, odds ratio, difference of failure rates.
    silent_runs: int = 8
    silent_odds: float = 2.0
    # Share of the checked runs in which check and write were about the same thing.
    silent_related: float = 0.5
    silent_difference: float = 0.15
    # Procedures: runs, groups, steps before the anchor, and groups from which only the
    # newer half is looked at.
    procedure_runs: int = 8
    procedure_groups: int = 5
    procedure_steps: int = 2
    procedure_halved: int = 24
    # Share of the anchor's groups in which a step precedes it, and how much more often
    # than the step occurs at all.
    procedure_share: float = 0.7
    procedure_lift: float = 1.3
    procedure_p: float = 0.05
    # Share of runs in which one step precedes the next: below, any order will do.
    procedure_order: float = 0.8
    # Share of the newer groups that go all the way, and how far it may have fallen.
    procedure_late: float = 0.55
    procedure_fading: float = 0.15
    # Of two procedures with so many steps in common the smaller is left out.
    procedure_subsumed: float = 0.75
    # Preferences: people who make a wish a team's, and groups that make it one person's.
    preference_people: int = 3
    preference_groups: int = 3
    # Share of what was said that must be meant for good.
    preference_standing: float = 0.2
    # Mean distance within a cluster of wordings, and how many wordings are compared.
    preference_distance: float = 0.75
    preference_keys: int = 4_000
    # Stems that so large a share of the wordings have in common; so many are needed.
    preference_anchor_share: float = 0.55
    preference_anchors: int = 2
    # Different wordings: what all say in the same words, a program says for them.
    preference_wordings: int = 2
    # So many people, and so large a share of all, who want the opposite make it contested.
    preference_dissenting: int = 2
    preference_dissenting_share: float = 0.25
    # Faults that people name: groups that make one of them one person's wish, and the share
    # of all groups in which it is named at least.
    remark_groups_of_person: int = 2
    remark_share: float = 0.02
    # Hygiene: deletions that a dream proposes at most.
    hygiene: int = 5
    # Two rules say the same: equal words, or equal names and enough stems in common, with
    # so similar words; or all of the shorter one's stems.
    duplicate_words: int = 4
    duplicate_stems: int = 5
    duplicate_jaccard: float = 0.7
    duplicate_ratio: int = 70
    duplicate_within: float = 0.95
    duplicate_set_ratio: int = 85
    # What more rules than this name is no detail that a remark could make obsolete.
    obsolete_rules: int = 3
    # A tool is not called any more: runs since, and how likely so long a pause would be.
    forsaken_runs: int = 50
    forsaken_p: float = 0.01
    # Two rules that may contradict: stems, and how many of them in common.
    conflict_stems: int = 4
    conflict_jaccard: float = 0.5
    # Share of a rule's own words that a memory must hold to cover it.
    covered_share: float = 0.5
    # Runs that a rule would have bothered for nothing, per run that it could have helped:
    # with more it is flagged, and with still more it is not proposed.
    collateral: float = 1.0
    collateral_refused: float = 4.0
    # A rule is partly told where it has so much of a claim's names, by how telling they are.
    covered_names: float = 0.8
    # A rule that is read does not work where groups that read it still show its pattern at
    # so large a share of the old rate: groups with an opportunity since, and before.
    ineffective_rate: float = 0.7
    ineffective_since: int = 20
    ineffective_before: int = 10
    # A rule is followed where so many groups had an opportunity, and so large a share did.
    confirmed_groups: int = 10
    confirmed_share: float = 0.8
    # A kind of which so many were decided on and less than so large a share approved is
    # muted; and decisions from which on confidences are bent to what became of them.
    muted_from: int = 20
    muted_below: float = 0.4
    calibrated_from: int = 50
    # Days after which a sighting counts for half, by the days of the agent's own runs.
    half_life: float = 30.0
    # So much support must be left of a pattern, and one sighting in the newest days; an
    # open proposal of which less is left is withdrawn.
    decayed: float = 1.0
    fresh_days: int = 30
    faded: float = 0.5
    # Drafts per dream; the rest is listed as below the line.
    drafts: int = 25
    # Quotes for and against per draft.
    quotes: int = 5
    counter_quotes: int = 2
    # Runs that a state holds at most: a sample by hash beyond.
    runs_kept: int = 200_000


DEFAULTS = Thresholds()


def as_settings() -> dict[str, Any]:
    """The table as plain values, to be frozen into a dream."""
    settings: dict[str, Any] = msgspec.to_builtins(DEFAULTS)
    return settings


def from_settings(settings: Mapping[str, Any]) -> Thresholds:
    """The table that a dream froze; what it does not name is as it is today."""
    return msgspec.convert(dict(settings), Thresholds)
