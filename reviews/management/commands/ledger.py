"""Check that nobody rewrote the record."""

import argparse

from reviews.audit import verification
from reviews.management.base import Report, Scriptable


class Command(Scriptable):
    help = "Verify every chain of the ledger, link by link."
    in_team = False

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])

    def act(self, options: argparse.Namespace) -> Report:
        reports = verification.verify_all()
        unbroken = all(report.unbroken for report in reports)
        facts = {
            "unbroken": unbroken,
            "chains": [
                {
                    "chain": report.chain,
                    "entries": report.entries,
                    "head": report.head,
                    "unbroken": report.unbroken,
                    "broken_at": report.broken_at,
                    "problem": report.problem,
                }
                for report in reports
            ],
        }
        lines = [_sentence(report) for report in reports] or ["The ledger is empty."]
        return Report(lines, facts, done=unbroken)


def _sentence(report: verification.Report) -> str:
    if report.unbroken:
        return f"{report.chain}: {report.entries} entries, unbroken."
    return f"{report.chain}: broken at {report.broken_at}: {report.problem}."
