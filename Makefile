# The few commands there are; CMake does the work. `make help` lists them.
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
STUDY ?= studies/chaos.yaml studies/celegans.yaml studies/brunel.yaml
OUT ?= out
JOBS ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
SLOW ?= 0
# Once; later changes of CMakeLists are noticed by the build itself.
CONFIGURE = test -f $(BUILD)/Makefile || test -f $(BUILD)/build.ninja || $(CMAKE) --preset release -B $(BUILD)
CMAKE = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL cmake

.PHONY: run test bench docs install clean help packages configured built
.DEFAULT_GOAL := help

run: configured ## install what is missing, build, run the main studies: table, page and figures
	@$(CMAKE) --build $(BUILD) -j$(JOBS) --target quenched_command
	@set -e; for study in $(STUDY); do \
	    OMP_WAIT_POLICY=$${OMP_WAIT_POLICY:-passive} $(BUILD)/quenched run $$study -o $(OUT); \
	done

test: built ## install what is missing, build, run the tests (SLOW=1: all of them)
	@ctest --test-dir $(BUILD) --output-on-failure -j2 $(if $(filter-out 0,$(SLOW)),,-LE slow)

bench: configured ## measure against what a user would use instead
	@$(CMAKE) --build $(BUILD) -j$(JOBS) --target bench

docs: ## API reference, study reference and manual, in build/docs
	@tools/install-packages --for test --for docs
	@$(CONFIGURE)
	@$(CMAKE) --build $(BUILD) -j$(JOBS) --target docs

install: built ## install under PREFIX (/usr/local), below DESTDIR if that is set
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX)

clean: ## remove what was built
	@rm -rf $(BUILD)

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

packages:
	@tools/install-packages
configured: packages
	@$(CONFIGURE)
built: configured
	@$(CMAKE) --build $(BUILD) -j$(JOBS)
