"""What a new process does before its first verdict: import the core, compile all rules.

Prints milliseconds of CPU. The interpreter's own start and the reading of the file do not count.
"""

import sys
from pathlib import Path
from time import process_time

text = Path(sys.argv[1]).read_text(encoding="utf-8")
start = process_time()

import json  # noqa: E402
from datetime import date  # noqa: E402

from eligibility.core.check import Check  # noqa: E402, F401  everything that a check needs
from eligibility.core.evaluate import judge_rule, panel  # noqa: E402
from eligibility.core.rule import FAMILY, read_rule, stack  # noqa: E402

ruleset = stack([read_rule(record) for record in json.loads(text)])
for period in ruleset.periods:
    judge_rule(period.rule, {})
    if period.rule.kind != FAMILY:
        judge_rule(period.rule, {}, family=True)
for area_class in ("county", "urban", "rural"):
    panel(ruleset, date.max, (area_class,))

print((process_time() - start) * 1000)
