# pg_flux: migrations that live in the database and are rolled back from SQL.
#
#   make && make install    build with PGXS and install into the PostgreSQL of pg_config
#   make demo               see it work, on a throw-away cluster
#   make test               every test of every kind; `test/run KIND` runs one kind
#   make bench              how fast it is, beside other tools
#   make matrix             the tests on every major of PostgreSQL that can be had
#   make installcheck       pg_regress and isolation tests against a running server, the ordinary PGXS way

EXTENSION = pg_flux
MODULE_big = pg_flux
DATA = sql/pg_flux--1.0.0.sql

# Where this Makefile lies: make -f /path/to/Makefile builds in the current directory.
HERE := $(dir $(lastword $(MAKEFILE_LIST)))
SOURCES := $(patsubst $(HERE)%,%,$(sort $(wildcard $(HERE)src/*/*.cpp)))
OBJS = $(SOURCES:.cpp=.o)

# pg_regress: sql/NAME.sql against expected/NAME.out, in this order, in one database that has the extension.
REGRESS = install register file_rules refusals apply rollback rollback_to baseline status plan history transaction autocommit protection load rights each_apply each_rollback each_sections each_partial each_states each_refusals generate verify
REGRESS_OPTS = --load-extension=pg_flux

# Isolation tests: test/isolation/specs/NAME.spec against test/isolation/expected/NAME.out.
ISOLATION = two_rollbacks apply_and_rollback snapshots lock_timeout cancel looking texts drop_extension deadlock each_waits each_worker each_deadlock verify
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation --load-extension=pg_flux

PG_CONFIG ?= pg_config
PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))

CXX_RULES = -std=c++20 -Wall -Wextra -Werror -fvisibility=hidden -fvisibility-inlines-hidden
PG_CPPFLAGS = -I$(HERE)src -isystem $(shell $(PG_CONFIG) --includedir-server)
# Only what the server calls is exported: every other name would be looked up in each library of the server when a
# session loads this one. The headers of 15 do not say it themselves.
PG_CPPFLAGS += -DPGDLLEXPORT='__attribute__((visibility("default")))'
# make ASSERTS=1: our own assertions are live, in any server.
PG_CPPFLAGS += $(if $(ASSERTS),-DUSE_ASSERT_CHECKING)
# make SANITIZE=1: for a server that runs with GCC's libasan preloaded. What PostgreSQL fortifies would go past it.
SANITIZERS = $(if $(SANITIZE),-fsanitize=address -fsanitize=undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
# clang takes PostgreSQL's flags, chosen for gcc, and what its macros do to volatile variables, with a grain of salt.
FOR_CLANG = -Wno-unknown-warning-option -Wno-deprecated-volatile
PG_CXXFLAGS = $(CXX_RULES) $(SANITIZERS) -MMD -MP $(if $(findstring clang,$(shell $(CXX) --version)),$(FOR_CLANG))
# PostgreSQL links with the C compiler.
SHLIB_LINK += $(SANITIZERS) -lstdc++

BITCODE = $(OBJS:.o=.bc)
DEPENDENCIES = $(OBJS:.o=.d) $(OBJS:.o=.bc.d)
EXTRA_CLEAN = $(DEPENDENCIES)

ifneq ($(PGXS),)
include $(PGXS)

override CPPFLAGS += $(if $(SANITIZE),-U_FORTIFY_SOURCE)

# The bitcode rule knows neither PG_CXXFLAGS nor headers.
override BITCODE_CXXFLAGS += $(CXX_RULES) $(FOR_CLANG) -MMD -MP -MF $(@:.bc=.bc.d)

# Building elsewhere, the directories of the objects are made first. By their full names: VPATH would find the sources'.
OBJECT_DIRECTORIES := $(addprefix $(CURDIR)/,$(sort $(dir $(OBJS))))
$(OBJS) $(BITCODE): | $(OBJECT_DIRECTORIES)
$(OBJECT_DIRECTORIES):
	mkdir -p $@

-include $(DEPENDENCIES)
else
all install installcheck clean:
	@echo "PostgreSQL's build files are missing: '$(PG_CONFIG) --pgxs' names none." >&2
	@echo "Debian and Ubuntu: apt-get install postgresql-server-dev-all; elsewhere: make PG_CONFIG=/path/to/pg_config" >&2
	@exit 1
endif

demo:
	@$(HERE)test/demo

test:
	@$(HERE)test/run

lint:
	@$(HERE)test/run lint

bench:
	@$(HERE)test/bench/run

matrix:
	@$(HERE)test/matrix/run

# What a variable holds, for the test scripts: make -s show-REGRESS
show-%:
	@echo '$($*)'

.PHONY: demo test lint bench matrix
