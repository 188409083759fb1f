"""A bare view, and an endpoint that validates the facts of the contract and gives them back."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI, Schema
from pydantic import ConfigDict, Field

Months = Annotated[int, Field(strict=True, ge=0, le=1440)]
Amount = Annotated[Decimal, Field(ge=0, le=10**15)]
Flag = Annotated[bool, Field(strict=True)]


class Facts(Schema):
    """The facts of the public contract, typed as a django-ninja project would."""

    model_config = ConfigDict(extra="forbid")

    target_township: Annotated[str, Field(pattern=r"^[0-9]{9}$")] | None = None
    target_in_town_area: Flag | None = None
    hukou_place: (
        Literal[
            *("330402", "330411", "330421", "330424", "330481", "330482", "330483"),
            *("zhejiang", "outside", "none"),
        ]
        | None
    ) = None
    zhejiang_hukou_years: Annotated[int, Field(strict=True, ge=0, le=120)] | None = None
    birth_date: date | None = None
    sex: Literal["male", "female"] | None = None
    marital_status: Literal["single", "married", "divorced", "widowed"] | None = None
    has_own_income: Flag | None = None
    housing: (
        Literal[
            *("owned", "rented_private", "rented_public"),
            *("dormitory", "with_relatives", "none"),
        ]
        | None
    ) = None
    housing_area_per_person_m2: Amount | None = None
    lease_registered: Flag | None = None
    months_in_current_rental: Months | None = None
    continuous_residence_months: Months | None = None
    residence_registration_months: Months | None = None
    has_residence_registration: Flag | None = None
    has_residence_permit: Flag | None = None
    employment: (
        Literal["contract", "self_employed", "business_owner", "public_sector", "none"] | None
    ) = None
    special_occupation: Flag | None = None
    pension_insurance_months: Months | None = None
    education: (
        Literal[
            *("none", "junior_middle", "senior_middle", "secondary_vocational"),
            *("junior_college", "bachelor", "master", "doctor"),
        ]
        | None
    ) = None
    graduation_date: date | None = None
    foreign_degree_certified: Flag | None = None
    professional_title: (
        Literal["none", "junior", "intermediate", "associate_senior", "senior"] | None
    ) = None
    skill_grade: Literal["none", "grade5", "grade4", "grade3", "grade2", "grade1"] | None = None
    skill_in_shortage: Flag | None = None
    rural_transfer: Flag | None = None
    invests_locally: Flag | None = None
    investment_cny: Amount | None = None
    annual_tax_cny: Amount | None = None
    honour: (
        Literal[
            *("none", "model_worker", "moral_model", "outstanding_migrant_worker"),
            *("good_samaritan", "other"),
        ]
        | None
    ) = None
    honour_level: Literal["none", "county", "city", "province", "national"] | None = None
    graduate_status: Literal["none", "fresh"] | None = None
    has_migration_certificate: Flag | None = None
    studying_in_zhejiang_college: Flag | None = None
    sponsor: Literal["none", "child", "spouse", "parent"] | None = None
    lives_with_sponsor: Flag | None = None
    sponsor_owns_home: Flag | None = None


class Body(Schema):
    """A body as `/eligibility/check` takes it."""

    model_config = ConfigDict(extra="forbid")

    as_of: date | None = None
    facts: Facts


api = NinjaAPI(openapi_url=None, docs_url=None)


@api.post("/echo", response=Body)
def echo(request: HttpRequest, body: Body) -> Body:
    """Give back what was validated."""
    return body


def hello(request: HttpRequest) -> HttpResponse:
    """Answer with next to nothing."""
    return HttpResponse("Hello, world.")


urlpatterns = [path("", hello), path("api/", api.urls)]
