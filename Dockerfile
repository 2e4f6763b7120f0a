# isospine as a BIDS App, for machines without a GPU: docker run isospine/isospine BIDS OUT participant
# Versions are those of constraints.txt. PyTorch's own index has it without CUDA, which is ten times smaller.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/isospine \
    && /opt/isospine/bin/pip install --no-cache-dir --constraint constraints.txt \
        --index-url https://download.pytorch.org/whl/cpu torch \
    && /opt/isospine/bin/pip install --no-cache-dir --constraint constraints.txt '.[compression,validation]'

FROM python:3.11-slim-bookworm
# git-annex comes with the Python packages
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home isospine \
    # a home for whoever `docker run --user` names, who owns the output
    && chmod 1777 /home/isospine
COPY --from=build /opt/isospine /opt/isospine
ENV PATH=/opt/isospine/bin:$PATH \
    HOME=/home/isospine
USER 1000
WORKDIR /home/isospine
ENTRYPOINT ["isospine", "run"]
