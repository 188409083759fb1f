# The portal's image; compose.yaml runs web, worker and beat from it.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/srv/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=jiaxing_hukou.settings.production
RUN useradd --system --create-home portal && python -m venv /srv/venv
WORKDIR /srv/portal

# The packages before the code: they change less often.
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt

COPY . .
# Collecting static files asks neither database nor Redis, but production settings do
# not load without their addresses and keys; these values end with this line.
RUN python -m jiaxing_hukou.catalogs \
    && JIAXING_SECRET_KEY=build JIAXING_ALLOWED_HOSTS=build \
       JIAXING_FIELD_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
       JIAXING_HASH_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
       DATABASE_URL=postgres://build REDIS_URL=redis://build \
       python manage.py collectstatic --noinput --verbosity 0 \
    && mkdir -p var && chown portal: var
USER portal
EXPOSE 8000
