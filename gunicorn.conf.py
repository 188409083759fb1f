"""How gunicorn serves the portal; the number of processes is WEB_CONCURRENCY."""

wsgi_app = "jiaxing_hukou.wsgi"
worker_class = "gthread"
threads = 4  # a thread that waits for the database lets another one work
timeout = 60
graceful_timeout = 20
max_requests = 10_000  # a slow leak ends here
max_requests_jitter = 1_000
accesslog = None  # RequestLogMiddleware logs requests, without personal data
