#!/bin/sh
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian 12 packages that Culvert is built and tested with. Safe to repeat; answers at
# once, without the network, when nothing is missing. Needs root, or sudo.
#
#   tools/install_debian.sh [--build | --test | --lint | --cluster | --image | --list]
#     --build       what `make build` and `make quickstart` need
#     --test        the same and what `make test` and `make bench` need (the default)
#     --lint        all of that and clang 19: `make lint`, `make fuzz`
#     --cluster     --build and what a Kubernetes node and the images need: `make cluster-up`, `make e2e`
#     --image       what the Dockerfile lays the images out from
#     --list        prints the packages of all but --image, installs nothing
set -eu

build="g++ make cmake ninja-build ccache pkg-config git ca-certificates \
  nlohmann-json3-dev libyaml-cpp-dev libcurl4-openssl-dev libssl-dev prometheus-cpp-dev libcli11-dev \
  libsqlite3-dev zlib1g-dev libboost-dev libzstd-dev liblz4-dev libsnappy-dev libre2-dev \
  libgtest-dev libgmock-dev tzdata python3 python3-venv"
test="openjdk-17-jdk-headless maven procps util-linux lua5.4 prometheus python3-yaml openssl"
lint="clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev"
cluster="containerd runc containernetworking-plugins iptables iproute2 conntrack ethtool socat openssl \
  buildah debootstrap prometheus procps util-linux"

# The cluster and Helm are built from Go modules; Debian's old go fetches the toolchain that they want.
if ! command -v go >/dev/null && [ ! -x /usr/local/go/bin/go ]; then
  test="$test golang-go"
  cluster="$cluster golang-go"
fi

# What an image is laid out from (tools/image_root.sh): the libraries that the programs load, and the tools for it.
image="binutils python3 ca-certificates tzdata libcurl4 libssl3 libyaml-cpp0.7 libprometheus-cpp-core1.0 libsqlite3-0 zlib1g \
  libzstd1 liblz4-1 libsnappy1v5 libre2-9 libstdc++6"

# ISA-L has code for these two only; elsewhere Culvert compresses with zlib.
case "$(dpkg --print-architecture)" in
  amd64 | arm64)
    build="$build libisal-dev"
    image="$image libisal2"
    ;;
esac

case "${1:---test}" in
  --build) wanted="$build" ;;
  --test) wanted="$build $test" ;;
  --lint) wanted="$build $test $lint" ;;
  --cluster) wanted="$build $cluster" ;;
  --image) wanted="$image" ;;
  --list)
    printf '%s\n' $build $test $lint $cluster | sort -u
    exit 0
    ;;
  *)
    sed -n '8,14s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

missing=""
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "install_debian: all packages are installed"
  exit 0
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install_debian: not root and no sudo; as root, run: apt-get install$missing" >&2
    exit 1
  fi
  as_root="sudo"
fi
echo "install_debian: installing$missing"
# containerd and prometheus would start as services; here they are started by tests alone.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee /usr/sbin/policy-rc.d >/dev/null
  $as_root chmod 755 /usr/sbin/policy-rc.d
  trap '$as_root rm -f /usr/sbin/policy-rc.d' EXIT
fi
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update
# shellcheck disable=SC2086  # the lists are words on purpose
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
