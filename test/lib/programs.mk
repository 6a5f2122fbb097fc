# The programs that test src/format without PostgreSQL: make -f programs.mk SOURCE=/path/to/checkout unit fuzz

VPATH = $(SOURCE)
FORMAT := $(patsubst $(SOURCE)/%.cpp,%,$(wildcard $(SOURCE)/src/format/*.cpp))
UNIT := $(patsubst $(SOURCE)/%.cpp,%,$(wildcard $(SOURCE)/test/unit/*_test.cpp))
FUZZ := $(patsubst $(SOURCE)/%.cpp,%,$(wildcard $(SOURCE)/test/fuzz/*.cpp))

FLAGS = -std=c++20 -g -O1 -Wall -Wextra -Werror -I$(SOURCE)/src -MMD -MP
unit: CXX = g++
unit: SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined
fuzz: CXX = clang++
fuzz: SANITIZE = -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

unit: unit/run
unit/run: $(addprefix unit/,$(addsuffix .o,$(FORMAT) $(UNIT)))
	$(CXX) $(SANITIZE) -o $@ $^ -lgtest_main -lgtest -lpthread

fuzz: $(addprefix fuzz/run/,$(notdir $(FUZZ)))
fuzz/run/%: fuzz/test/fuzz/%.o $(addprefix fuzz/,$(addsuffix .o,$(FORMAT)))
	@mkdir -p $(@D)
	$(CXX) $(SANITIZE) -o $@ $^

define compile
@mkdir -p $(@D)
$(CXX) $(FLAGS) $(SANITIZE) -c -o $@ $<
endef
unit/%.o: %.cpp
	$(compile)
fuzz/%.o: %.cpp
	$(compile)

-include $(wildcard unit/*/*/*.d fuzz/*/*/*.d)
.PHONY: unit fuzz
.SECONDARY:
