"""The officers' part of the admin: the workbench, the case page, the figures, what offices set."""

from residence_permit.admin import cases, office, permits  # noqa: F401  registers them
