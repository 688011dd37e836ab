# One image for every process: `media-gateway serve` by default, `media-gateway subgraph NAME` for one subgraph.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE schema.graphql supergraph.yaml ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY graph graph
COPY subgraphs subgraphs
COPY resolvers resolvers
COPY datasources datasources
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /var/lib/media-gateway media-gateway
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 MEDIA_GATEWAY_HOME=/var/lib/media-gateway \
    MEDIA_GATEWAY_PROFILE=production
USER media-gateway
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 CMD \
    ["python", "-c", "import os,urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\",\"4000\")}/health/ready',timeout=2)"]
CMD ["media-gateway", "serve"]
