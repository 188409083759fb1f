"""Addresses of the home page, the help, the rules and the documents."""

from django.urls import path

from eligibility.views import rules, site

urlpatterns = [
    path("", site.home, name="home"),
    path("help/", site.help_page, name="help"),
    path("large-print/", site.elder_mode, name="elder-mode"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/<slug:code>/", rules.rule_detail, name="rule-detail"),
    path("rules/<slug:code>/diff/", rules.rule_diff, name="rule-diff"),
    path("rules/<slug:code>/<str:version>/", rules.rule_version, name="rule-version"),
    path("documents/", rules.document_list, name="document-list"),
    path("documents/<slug:slug>/", rules.document_detail, name="document-detail"),
]
