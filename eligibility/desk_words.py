"""Names of generated examples: in Chinese, whoever makes them, as those in the files are."""

from datetime import date

from django.utils.translation import override

from eligibility import wording
from eligibility.core.boundaries import Boundary


def boundary_name(boundary: Boundary, as_of: date) -> str:
    """Return what a generated example is about: the leaf, the value, and whether it is met."""
    with override("zh-hans"):
        asked = wording.leaf_text(boundary.leaf)
        value = boundary.values[boundary.leaf.fact]
        said = {"age_years": f"{value}周岁", "graduation_years_begun": f"毕业第{value}年"}.get(
            boundary.leaf.fact
        ) or wording.value_text(boundary.leaf.fact, value)
    stands = "符合" if boundary.met else "不符合"
    return f"{stands}“{asked}”：{said}，{as_of.year}年{as_of.month}月{as_of.day}日"
