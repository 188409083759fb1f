"""The places of Jiaxing as the rules tell them apart: county, urban, rural."""

from dataclasses import dataclass

COUNTY, URBAN, RURAL = "county", "urban", "rural"
AREA_CLASSES = (COUNTY, URBAN, RURAL)
CITY_DISTRICTS = ("330402", "330411")  # 南湖区, 秀洲区: 市区
COUNTIES = ("330421", "330424", "330481", "330482", "330483")
UNITS = (*CITY_DISTRICTS, *COUNTIES)


@dataclass(frozen=True)
class Township:
    """A street or town of the seven county-level units."""

    code: str
    name: str
    county_code: str
    county: str
    kind: str  # 街道 or 镇

    @property
    def needs_town_area(self) -> bool:
        """Whether only its 镇区 belongs to the 城区 (嘉政发〔2016〕31号 三(二))."""
        return self.county_code in CITY_DISTRICTS and self.kind == "镇"

    def area_classes(self, in_town_area: bool | None) -> tuple[str, ...]:
        """Return the area classes that an address here may still have."""
        if self.county_code not in CITY_DISTRICTS:
            return (COUNTY,)
        if not self.needs_town_area or in_town_area:
            return (URBAN,)
        return (URBAN, RURAL) if in_town_area is None else (RURAL,)
