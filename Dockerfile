# One image for web, worker and scheduler; compose.yaml says which is which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 DREAMBOARD_HOME=/var/lib/dreamboard DREAMBOARD_STATIC=/srv/static
WORKDIR /srv/dreamboard
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY manage.py pyproject.toml ./
COPY dreamboard dreamboard
COPY reviews reviews
COPY templates templates
COPY static static
# The key only lets the settings be read here; a real one comes at run time.
RUN SECRET_KEY=build python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q dreamboard reviews \
    && useradd --system --create-home --home-dir /var/lib/dreamboard dreamboard

USER dreamboard
EXPOSE 8000
CMD ["python", "-m", "granian", "--interface", "wsgi", "dreamboard.wsgi:application", \
     "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "--no-ws"]
