#!/usr/bin/env bash
# Installs what is missing to build and use zerocell on Debian 12 / Ubuntu 24.04 or newer, as root or with sudo.
# usage: scripts/setup.sh [build|test|develop]
#   build    compiler and libraries (default)
#   test     the same and the test frameworks
#   develop  the same and formatting, sanitizers, browser and Node.js for the report
set -euo pipefail

level=${1:-build}
packages=(g++ make cmake ninja-build pkg-config libhdf5-dev zlib1g-dev libdeflate-dev liblzf-dev libzstd-dev libblosc-dev
  libopenblas-dev libhwy-dev libcli11-dev nlohmann-json3-dev libfmt-dev libcairo2-dev libeigen3-dev libspectra-dev
  libxxhash-dev libtomlplusplus-dev fonts-dejavu-core)
case $level in
  build) ;;
  test) packages+=(libgtest-dev libgmock-dev) ;;
  develop) packages+=(libgtest-dev libgmock-dev libbenchmark-dev clang clang-format chromium ccache) ;;
  *) echo "setup.sh: expected build, test or develop, found '$level'" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup.sh: this system has no apt-get. Install with its own package manager what these Debian packages hold:" >&2
  echo "  ${packages[*]}" >&2
  exit 1
fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
# A Node.js from elsewhere is as good as the packaged one.
if [ "$level" = develop ] && ! command -v npm >/dev/null; then missing+=(nodejs npm); fi
if [ "$level" = develop ] && ! python3 -c 'import ensurepip' 2>/dev/null; then missing+=(python3-venv); fi
[ ${#missing[@]} -eq 0 ] && exit 0

run=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: missing ${missing[*]}; run as root or install sudo" >&2; exit 1; }
  run=(sudo)
fi
echo "setup.sh: installing ${missing[*]}" >&2
"${run[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
