"""The test run's settings for real workers, with the relay's times shortened."""

from jiaxing_hukou.settings.test import *  # noqa: F403
from jiaxing_hukou.settings.test import NOTICES as GIVEN

CELERY_TASK_ALWAYS_EAGER = False
# The lease outlasts the time-out here, too, by the relay's margin and a little.
NOTICES = GIVEN | {"PROVIDER_TIMEOUT": 1, "LEASE": 7, "REST": 2}
