"""The register of what the law asks and the portal cannot compute: read, and added to."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from eligibility import wording
from eligibility.admin.desk_base import READ, WRITE, desk_view, page, url
from eligibility.admin.desk_fields import DeskForm, text_field
from eligibility.models import DataGap
from eligibility.services import desk


class GapForm(DeskForm):
    """A matter that an officer decides; the name stays, since versions are compared by it."""

    leaf = forms.CharField(
        label=gettext_lazy("Name of the line"),
        max_length=80,
        help_text=gettext_lazy(
            "Lower-case words with hyphens, such as outstanding-contribution. It stays."
        ),
    )
    asks_zh = forms.CharField(
        label=gettext_lazy("What an officer decides (Chinese)"),
        max_length=300,
        help_text=gettext_lazy("Residents read it, beginning with 是否."),
    )
    asks_en = forms.CharField(
        label=gettext_lazy("What an officer decides (English)"),
        max_length=400,
        help_text=gettext_lazy("Beginning with “whether”."),
    )
    why_zh = text_field(label=gettext_lazy("Why it cannot be computed (Chinese)"))
    why_en = text_field(label=gettext_lazy("Why it cannot be computed (English)"))
    question_zh = text_field(
        label=gettext_lazy("To be asked of the office (Chinese)"), required=False
    )
    question_en = text_field(
        label=gettext_lazy("To be asked of the office (English)"), required=False
    )

    def clean_leaf(self) -> str:
        """Take a name in the form of the files that no matter has."""
        name = str(self.cleaned_data["leaf"]).strip()
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise forms.ValidationError(
                _("Use lower-case letters and digits with hyphens between, such as own-home.")
            )
        if DataGap.objects.filter(leaf_id=name).exists():
            raise forms.ValidationError(
                _("The register holds a matter of this name; choose another one.")
            )
        return name

    def taken(self) -> dict[str, Any]:
        """Return the matter as the register takes it."""
        data = self.cleaned_data
        texts = {
            key: {"zh": data[f"{key}_zh"].strip(), "en": data[f"{key}_en"].strip()}
            for key in ("asks", "why", "question")
        }
        return {"leaf": data["leaf"], **texts}


@desk_view(READ)
@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """Show what the law asks and the portal cannot compute."""
    context = {
        "title": _("What an officer decides"),
        "gaps": [
            {
                "leaf": gap.leaf_id,
                "asks": wording.say({"zh": gap.asks_zh, "en": gap.asks_en}),
                "why": wording.say({"zh": gap.why_zh, "en": gap.why_en}),
                "question": wording.say({"zh": gap.question_zh, "en": gap.question_en}),
            }
            for gap in DataGap.objects.all()
        ],
    }
    return page(request, "gaps", context)


@desk_view(WRITE)
def gap_new(request: HttpRequest) -> HttpResponse:
    """Add a matter to the register, so that a line can name it."""
    form = GapForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        desk.keep_gaps([form.taken()])
        messages.success(request, _("It is in the register; a line can name it now."))
        return redirect(url("gaps") + f"#{form.cleaned_data['leaf']}")
    context = {"title": _("A matter that an officer decides"), "form": form}
    return page(request, "gap", context, status=422 if form.errors else 200)
