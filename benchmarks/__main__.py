"""Measures everything: ``python -m benchmarks [--smoke] [evaluation] [growth] ...``."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import evaluation, growth, notices, population, queues, reports, rounds, web
from benchmarks.figures import RESULTS

PARTS = {
    "evaluation": evaluation.run,
    "growth": growth.run,
    "population": population.run,
    "reports": reports.run,
    "web": web.run,
    "queues": queues.run,
    "rounds": rounds.run,
    "notices": notices.run,
}


def main() -> int:
    """Run the parts; 1 if verdicts differ. Missing a target is no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all if none is named")
    parser.add_argument("--smoke", action="store_true", help="only see that the measuring works")
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        Path(folder).chmod(0o711)  # the servers' own user has to pass through it
        for name in options.parts or PARTS:
            place = Path(folder) / name  # each part has servers and files of its own
            place.mkdir(mode=0o711)
            try:
                figures += PARTS[name](place, smoke=options.smoke)
            except evaluation.VerdictsDiffer as error:
                print(f"The verdicts differ, so nothing was measured. {error}")
                return 1
    missed = [figure.name for figure in figures if figure.verdict == "MISS"]
    print(f"\n{len([f for f in figures if f.verdict == 'pass'])} targets met, {len(missed)} missed")
    for name in missed:
        print(f"  missed: {name}")
    if options.smoke:
        print("A smoke run: its times mean nothing.")
    print(f"Saved in {RESULTS.name}/ beside this program's files.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
