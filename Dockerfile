# Images of the three programs: --target operator, runner or emulator. docs/adr/0010-cluster-and-images-from-source.md has the reasons.
#
#   docker build --target runner --tag culvert/runner:0.1.0 .
#
# BINARIES=prebuilt takes the programs of build/release/bin (`make build` on Debian 12) instead of compiling them again.
ARG DEBIAN=docker.io/library/debian:bookworm-slim
ARG BINARIES=compiled

FROM ${DEBIAN} AS compiled
COPY tools/install_debian.sh /src/tools/
RUN /src/tools/install_debian.sh --build
COPY . /src
WORKDIR /src
RUN cmake --preset release && \
    cmake --build --preset release --target culvert-operator culvert-runner culvert-emulator && \
    mkdir /programs && cp build/release/bin/culvert-* /programs/

FROM ${DEBIAN} AS prebuilt
COPY build/release/bin/culvert-* /programs/

FROM ${BINARIES} AS binaries

# Everything that an image holds, one directory an image: /images/operator, ...
FROM ${DEBIAN} AS images
COPY tools/install_debian.sh tools/image_root.sh tools/image_sbom.py /tools/
RUN /tools/install_debian.sh --image
COPY --from=binaries /programs /programs
RUN for name in operator runner emulator; do /tools/image_root.sh "/programs/culvert-$name" /programs/culvert-parts.tsv "/images/$name" || exit 1; done

FROM scratch AS operator
COPY --from=images /images/operator /
USER 65532:65532
ENTRYPOINT ["/usr/bin/culvert-operator"]

FROM scratch AS runner
COPY --from=images /images/runner /
USER 65532:65532
ENTRYPOINT ["/usr/bin/culvert-runner"]

FROM scratch AS emulator
COPY --from=images /images/emulator /
USER 65532:65532
ENTRYPOINT ["/usr/bin/culvert-emulator"]
