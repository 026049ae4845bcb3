# One image for all programs; docker-compose.yml says which one a service runs. What is done in it is
# in scripts/image, where tests/image/test_image.sh does the same without a container engine.
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
    gcc libc6-dev cmake ninja-build pkg-config \
    librdkafka-dev libcurl4-openssl-dev libjansson-dev libcsv-dev uthash-dev libunistring-dev libssl-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY common common
COPY entities entities
COPY producers producers
COPY consumers consumers
COPY monitors monitors
COPY scripts/image scripts/image
RUN scripts/image/build /out

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
    ca-certificates libcsv3 libcurl4 libjansson4 librdkafka1 libssl3 libunistring2 zlib1g \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/ /
# Any number that is nobody's: the programs own nothing and need no name.
USER 10001:10001
CMD ["product-producer", "--help"]
