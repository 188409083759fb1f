"""A provider of text messages that listens on a real port, and people who can be reached."""

import threading

import pytest

from residence_permit.notifications.simulator import Simulator


@pytest.fixture
def simulator(settings):
    """Return a simulator that the portal sends its text messages to."""
    with Simulator() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        settings.SMS_PROVIDERS = ("simulator",)
        settings.SMS_SIMULATOR_URL = server.url
        settings.NOTICES = settings.NOTICES | {"PROVIDER_TIMEOUT": 1, "LEASE": 30}
        yield server
        server.shutdown()
        thread.join()
