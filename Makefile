# The front door. `make help` lists the targets; scripts/setup.sh installs what they need.
SHELL := /bin/bash
BUILD ?= build/release
TORCH_BUILD ?= build/torch
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
LAUNCHER := $(if $(shell command -v ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
SHARED_FLAG := $(if $(SHARED),-DZEROCELL_SHARED_DIR=$(abspath $(SHARED)))

# make demo DATA=file.h5ad LABEL=celltype BATCH=batch
DATA ?=
LABEL ?= celltype
BATCH ?=
OUT ?= demo/result

.PHONY: help build demo test torch install dist bench format check-format asan tsan fuzz web peers clean

help:
	@echo "make demo                     build, simulate a data set, evaluate it, print table and report path"
	@echo "make demo DATA=x.h5ad LABEL=celltype [BATCH=batch] [OUT=folder]   the same on a file of yours"
	@echo "make test                     build and run every test"
	@echo "make torch [PYTHON=python3]   tests of what LibTorch does, with the PyTorch of that Python; on the GPU too where there is one"
	@echo "make build                    the program: $(BUILD)/zerocell"
	@echo "make install PREFIX=/path     program, library, headers, CMake package, man page, completion"
	@echo "make dist                     relocatable tarball and Apptainer recipe in dist/"
	@echo "make bench                    benchmarks, paired with the Python programs (needs make peers)"
	@echo "make asan | tsan              tests under the address and undefined-behaviour | thread sanitizer"
	@echo "make fuzz [TARGETS='npy zip'] [SECONDS_EACH=3600]   fuzz the readers of files, each for so much processor time (needs clang)"
	@echo "make format | check-format    clang-format on all sources | check only"
	@echo "make web                      rebuild the report template from web/ (needs Node.js)"
	@echo "make peers                    Python environment with the programs that zerocell is compared with"

# The program, its tests and its benchmarks share what they compile.
CONFIGURE = cmake --preset release -B $(BUILD) $(LAUNCHER) $(SHARED_FLAG)

build:
	@scripts/setup.sh build
	@$(CONFIGURE) >/dev/null
	@cmake --build $(BUILD) -j $(JOBS) --target zerocell_product

demo: build
	@BIN=$(BUILD)/zerocell DATA='$(DATA)' LABEL='$(LABEL)' BATCH='$(BATCH)' OUT='$(OUT)' scripts/demo.sh

test:
	@scripts/setup.sh test
	@$(CONFIGURE) -DZEROCELL_BUILD_TESTS=ON >/dev/null
	@cmake --build $(BUILD) -j $(JOBS)
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

PYTHON ?= $(or $(ZEROCELL_PEERS_PYTHON),python3)
torch:
	@scripts/setup.sh test
	@cmake --preset release -B $(TORCH_BUILD) -DZEROCELL_BUILD_TESTS=ON -DZEROCELL_TORCH=ON $(LAUNCHER) $(SHARED_FLAG) \
	  -DCMAKE_PREFIX_PATH="$$($(PYTHON) -c 'import torch; print(torch.utils.cmake_prefix_path)')" >/dev/null
	@cmake --build $(TORCH_BUILD) -j $(JOBS) --target test_torch
	@$(TORCH_BUILD)/test_torch --gtest_brief=1

install: build
	@cmake --install $(BUILD) --prefix $(PREFIX)

dist: build
	@BUILD=$(BUILD) scripts/dist.sh

bench:
	@scripts/setup.sh develop
	@$(CONFIGURE) -DZEROCELL_BUILD_BENCH=ON >/dev/null
	@cmake --build $(BUILD) -j $(JOBS) --target zerocell_product zerocell_benchmarks
	@BUILD=$(BUILD) bench/run.sh

SOURCES = $(shell git ls-files '*.h' '*.cpp')
format:
	@clang-format -i $(SOURCES)
check-format:
	@clang-format --dry-run -Werror $(SOURCES)

# Without the quality of layouts on real sets: the same code on more points, at a twentieth of the speed.
asan:
	@scripts/setup.sh test
	@cmake --preset asan $(LAUNCHER) $(SHARED_FLAG) >/dev/null
	@cmake --build build/asan -j $(JOBS)
	@ASAN_OPTIONS=allocator_may_return_null=1:suppressions=$(CURDIR)/tests/address_sanitizer.supp \
	  LSAN_OPTIONS=suppressions=$(CURDIR)/tests/leak_sanitizer.supp:print_suppressions=0 \
	  ctest --test-dir build/asan --output-on-failure -j $(JOBS) -E UmapOnRealSets

# The parallel parts: what runs on several threads at once, on small data: threads are watched at a fiftieth of the speed.
PARALLEL_MODULES := core preprocess neighbors baselines cluster integration layout statistics nn models reconstruct
tsan:
	@scripts/setup.sh test
	@cmake --preset tsan $(LAUNCHER) $(SHARED_FLAG) >/dev/null
	@cmake --build build/tsan -j $(JOBS) --target $(PARALLEL_MODULES:%=test_%)
	@TSAN_OPTIONS=allocator_may_return_null=1 ctest --test-dir build/tsan --output-on-failure -j $(JOBS) -R '^($(subst $(eval ) ,|,$(strip $(PARALLEL_MODULES))))\.' -E RealSets

SECONDS_EACH ?= 60
fuzz:
	@scripts/fuzz.sh $(TARGETS) --seconds $(SECONDS_EACH)

web:
	@scripts/setup.sh develop
	@cd web && npm ci --no-audit --no-fund && npm run build

peers:
	@scripts/peers.sh

clean:
	@rm -rf build dist demo
