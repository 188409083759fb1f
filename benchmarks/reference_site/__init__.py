"""A Django project as `startproject` makes it: what the portal's pages are measured against."""
