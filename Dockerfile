# The service, `corecraft serve --http`: agents over MCP, the control API behind a token.
#
#   docker build -t corecraft:0.1.0 .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#       -p 127.0.0.1:8765:8765 -v corecraft-runs:/runs -e CORECRAFT_CONTROL_TOKEN corecraft:0.1.0
#
# Everything it fetches is named with its hash in requirements.lock, build tools among it.
FROM python:3.12.8-slim-bookworm AS build
WORKDIR /src
COPY requirements.lock ./
RUN python -m venv /opt/corecraft \
    && /opt/corecraft/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN /opt/corecraft/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.12.8-slim-bookworm
COPY --from=build /opt/corecraft /opt/corecraft
RUN useradd --system --uid 10001 --no-create-home serving \
    && mkdir /runs && chown serving /runs
ENV PATH=/opt/corecraft/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001
# All it writes: the run. The rest of the image can be read-only.
VOLUME /runs
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
# Inside a container the port has to be open to the outside; which host addresses reach it is docker's -p to say.
ENTRYPOINT ["corecraft", "serve", "--http", "0.0.0.0:8765", "--out", "/runs/served"]
