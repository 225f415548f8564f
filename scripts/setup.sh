#!/usr/bin/env bash
# Installs what is missing to build and use zerocell.
# usage: scripts/setup.sh [build|test|develop]
#   build    compiler and libraries (default)
#   test     the same and the test framework
#   develop  the same and what formatting, fuzzing, benchmarks, the report page and the comparisons need
# The script looks for the parts themselves (commands, headers, pkg-config), so that parts of any origin count. Where a part is missing and
# apt-get exists, it installs the Debian or Ubuntu package as root or with sudo. Elsewhere it prints the packages to install.
set -euo pipefail

level=${1:-build}
case $level in build | test | develop) ;; *) echo "setup.sh: expected build, test or develop, found '$level'" >&2; exit 2 ;; esac

# level  kind  what is looked for  packages of: apt  dnf  pacman  conda (conda-forge)  brew
# kind: command; header (of C++); library (pkg-config name, or a header for systems without its .pc file); font; fuzzer (of clang)
parts="
build   command c++                          g++                  gcc-c++             gcc            cxx-compiler   gcc
build   command make                         make                 make                make           make           make
build   command cmake                        cmake                cmake               cmake          cmake          cmake
build   command ninja                        ninja-build          ninja-build         ninja          ninja          ninja
build   command pkg-config                   pkg-config           pkgconf             pkgconf        pkg-config     pkgconf
build   library hdf5|hdf5-serial|hdf5.h      libhdf5-dev          hdf5-devel          hdf5           hdf5           hdf5
build   library zlib|zlib.h                  zlib1g-dev           zlib-devel          zlib           zlib           zlib
build   library libdeflate|libdeflate.h      libdeflate-dev       libdeflate-devel    libdeflate     libdeflate     libdeflate
build   library liblzf|lzf.h                 liblzf-dev           liblzf-devel        liblzf         liblzf         liblzf
build   library libzstd|zstd.h               libzstd-dev          libzstd-devel       zstd           zstd           zstd
build   library blosc|blosc.h                libblosc-dev         blosc-devel         blosc          blosc          c-blosc
build   library openblas                     libopenblas-dev      openblas-devel      openblas       openblas       openblas
build   library libhwy|hwy/highway.h         libhwy-dev           highway-devel       highway        libhwy         highway
build   header  CLI/CLI.hpp                  libcli11-dev         cli11-devel         cli11          cli11          cli11
build   header  nlohmann/json.hpp            nlohmann-json3-dev   json-devel          nlohmann-json  nlohmann_json  nlohmann-json
build   header  fmt/format.h                 libfmt-dev           fmt-devel           fmt            fmt            fmt
build   library cairo                        libcairo2-dev        cairo-devel         cairo          cairo          cairo
build   library eigen3                       libeigen3-dev        eigen3-devel        eigen          eigen          eigen
build   library libxxhash|xxhash.h           libxxhash-dev        xxhash-devel        xxhash         xxhash         xxhash
build   header  toml++/toml.h                libtomlplusplus-dev  tomlplusplus-devel  tomlplusplus   tomlplusplus   tomlplusplus
build   font    DejaVuSans.ttf               fonts-dejavu-core    dejavu-sans-fonts   ttf-dejavu     font-ttf-dejavu-sans-mono  font-dejavu
test    header  gtest/gtest.h                libgtest-dev         gtest-devel         gtest          gtest          googletest
test    header  gmock/gmock.h                libgmock-dev         gmock-devel         gtest          gmock          googletest
develop header  benchmark/benchmark.h        libbenchmark-dev     google-benchmark-devel benchmark   benchmark      google-benchmark
develop command clang                        clang                clang               clang          clang          llvm
develop fuzzer  libFuzzer                    libclang-rt-dev      compiler-rt         compiler-rt    compiler-rt    llvm
develop command clang-format                 clang-format         clang-tools-extra   clang          clang-format   clang-format
develop command chromium                     chromium             chromium            chromium       chromium       chromium
develop command ccache                       ccache               ccache              ccache         ccache         ccache
develop command npm                          npm                  npm                 npm            nodejs         node
develop command python3                      python3-venv         python3             python         python         python
"

compiler=$(command -v c++ || command -v g++ || command -v clang++ || true)
headers=" "
if [ -n "$compiler" ]; then  # one run of the preprocessor answers for all headers
  headers=" $(printf '%s' "$parts" | awk 'NF {n = split($3, names, "|"); print names[n]}' | grep '\.h' |
    awk '{printf "#if __has_include(<%s>)\nfound %s\n#endif\n", $1, $1}' |
    "$compiler" -std=c++20 -E -x c++ - 2>/dev/null | awk '$1 == "found" {printf "%s ", $2}') "
fi

present() {  # kind names
  local kind=$1 name
  IFS='|' read -ra names <<<"$2"
  for name in "${names[@]}"; do
    case $kind in
      command) if [ "$name" = c++ ]; then [ -n "$compiler" ] && return 0; else command -v "$name" >/dev/null && return 0; fi ;;
      fuzzer) echo 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }' |
        clang++ -fsanitize=fuzzer,address -x c++ - -o /dev/null 2>/dev/null && return 0 ;;
      font) find /usr/share/fonts /usr/local/share/fonts "${CONDA_PREFIX:-/nowhere}/fonts" ~/.fonts ~/.local/share/fonts ~/Library/Fonts \
        -name "$name" -print -quit 2>/dev/null | grep -q . && return 0 ;;
      *) case $headers in *" $name "*) return 0 ;; esac
        [ "$kind" = library ] && pkg-config --exists "$name" 2>/dev/null && return 0 ;;
    esac
  done
  return 1
}

apt=() dnf=() pacman=() conda=() brew=() what=()
while read -r needed kind names a d p c b; do
  [ -n "$needed" ] || continue
  [ "$level" = develop ] || [ "$needed" = build ] || [ "$needed" = "$level" ] || continue
  if present "$kind" "$names"; then
    # Debian splits Python's environments off into a package of their own.
    [ "$names" != python3 ] || python3 -c 'import ensurepip, venv' 2>/dev/null || { what+=(python3-venv) apt+=("$a") dnf+=("$d") pacman+=("$p") conda+=("$c") brew+=("$b"); }
    continue
  fi
  what+=("${names%%|*}") apt+=("$a") dnf+=("$d") pacman+=("$p") conda+=("$c") brew+=("$b")
done <<<"$parts"
[ ${#what[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  {
    echo "setup.sh: these parts are missing: ${what[*]}"
    echo "Install them with the package manager of your system, one of:"
    echo "  dnf install ${dnf[*]}"
    echo "  pacman -S ${pacman[*]}"
    echo "  conda install -c conda-forge ${conda[*]}"
    echo "  brew install ${brew[*]}"
  } >&2
  exit 1
fi
run=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    printf 'setup.sh: these parts are missing: %s\nRun as root: apt-get install %s\n' "${what[*]}" "${apt[*]}" >&2
    exit 1
  fi
  run=(sudo)
fi
"${run[@]}" apt-get update -qq
# The package of clang's run-time library is named after clang's version.
clang=$(apt-cache show --no-all-versions clang 2>/dev/null | sed -n 's/^Depends:.*clang-\([0-9]*\).*/\1/p')
apt=("${apt[@]/#libclang-rt-dev/libclang-rt-${clang:-14}-dev}")
echo "setup.sh: installing ${apt[*]}" >&2
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${apt[@]}" >/dev/null
