"""The area class of every township."""

from tests.eligibility.builders import townships


def test_every_township_has_the_class_of_the_rule_table():
    for township in townships().values():
        known = township.area_classes(True)
        if township.county_code in ("330402", "330411"):
            assert known == ("urban",)
            outside = ("rural",) if township.kind == "镇" else ("urban",)
            assert township.area_classes(False) == outside
        else:
            assert known == township.area_classes(None) == ("county",)
    assert len(townships()) == 72
