# syntax=docker/dockerfile:1
# The proxy as an image: no root, no compiler, CPU only. Everything it writes goes under /state.
#
# On x86-64 Linux the torch wheel of the default index carries CUDA libraries (several gigabytes). To build a slim image, point
# WHEELS at a folder that has the CPU wheel: docker build --build-arg WHEELS="--find-links FOLDER" .

FROM python:3.13-slim-trixie AS build
ARG WHEELS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /source
RUN python -m venv /opt/proxy
COPY requirements.lock requirements-engine.txt ./
# The lock also names development tools; only what the distribution needs is installed, at the locked versions.
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY proxy proxy
COPY policies policies
COPY migrations migrations
COPY config config
# hadolint ignore=SC2086
RUN /opt/proxy/bin/pip install -c requirements.lock $WHEELS '.[server]' xllamacpp \
    && /opt/proxy/bin/compliance-proxy install-engine \
    && /opt/proxy/bin/python -m compileall -q /opt/proxy/lib \
    && find /opt/proxy -name tests -type d -path '*/torch/*' -prune -exec rm -rf {} +

FROM python:3.13-slim-trixie
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 proxy \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /state --shell /usr/sbin/nologin proxy \
    && install --directory --owner=proxy --group=proxy --mode=0700 /state \
    && install --directory --owner=proxy --group=proxy /bundle
COPY --from=build /opt/proxy /opt/proxy
ENV PATH=/opt/proxy/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PROXY_HOST=0.0.0.0 \
    PROXY_PORT=8080 \
    PROXY_STATE_DIR=/state
USER 10001:10001
WORKDIR /state
VOLUME ["/state"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; e = os.environ; u.urlopen(f\"http://127.0.0.1:{e.get('PROXY_METRICS_PORT') or e['PROXY_PORT']}/livez\", timeout=4)"]
ENTRYPOINT ["compliance-proxy"]
CMD ["serve"]
