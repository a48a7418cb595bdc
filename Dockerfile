# syntax=docker/dockerfile:1
# Works on amd64 and arm64: every dependency has wheels for both.

FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /app/.venv
# The lock alone decides this layer, so that a change of code does not install all anew.
COPY requirements.lock /tmp/requirements.lock
RUN /app/.venv/bin/python -m pip install --quiet --require-hashes --only-binary=:all: \
        -r /tmp/requirements.lock \
    && rm -rf /app/.venv/lib/python*/site-packages/pip /app/.venv/bin/pip*

FROM python:3.13-slim-bookworm
# CA certificates: the OpenAI SDK trusts the system's store, which the slim image may lack.
# A font with Chinese, for charts: without one their words are English.
RUN apt-get update -q \
    && apt-get install -q -y --no-install-recommends ca-certificates fonts-wqy-microhei \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /data switchboard \
    && install -d -o switchboard -g switchboard -m 0750 /data
WORKDIR /app
COPY --from=build /app/.venv /app/.venv
COPY bot ./bot
COPY cogs ./cogs
COPY storage ./storage
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite+aiosqlite:////data/switchboard.db \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8766 \
    LOG_FORMAT=json
USER 10001:10001
VOLUME /data
EXPOSE 8766
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['HTTP_PORT'] + '/healthz', timeout=8)"]
# python is process 1 and gets SIGTERM itself; it reaps the processes it starts.
CMD ["python", "-m", "bot", "run"]
