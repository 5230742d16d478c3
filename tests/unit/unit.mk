# unit.mk: the tests of lib/, in four builds. Included by the Makefile after LAYERS; uses its BUILD,
# CC, BASE_FLAGS and NO_LIBC_LOOPS, and TEST_CC of tests.mk: musl has no sanitizers.
#
#   core            the constants of the product
#   core-small      names of two letters, three tries and little memory for a spool at first, so
#                   that rare paths are common
#   core-san, core-small-san    the same with AddressSanitizer and UndefinedBehaviorSanitizer

UNIT_DIR := $(BUILD)/tests/unit
UNIT_SOURCES := $(wildcard tests/unit/*.c)
# What lib/ writes as JSON is read by the tool's own reader.
UNIT_TOOLS := json utf8 arena
UNIT_PROGRAMS := $(addprefix $(UNIT_DIR)/,core core-small core-san core-small-san)
UNIT_SMALL := -DTF_LETTERS='"ab"' -DTF_TRIES=3 -DTF_SPOOL_FIRST=8
UNIT_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# unit-build NAME,FLAGS,COMPILER
define unit-build
UNIT_OBJECTS_$(1) := $$(LAYERS:%=$(UNIT_DIR)/$(1).d/lib/%.o) \
	$$(UNIT_TOOLS:%=$(UNIT_DIR)/$(1).d/tools/%.o) \
	$$(UNIT_SOURCES:tests/unit/%.c=$(UNIT_DIR)/$(1).d/%.o)

$(UNIT_DIR)/$(1).d/tools/%.o: tools/%.c tests/unit/unit.mk
	@mkdir -p $$(@D)
	$(3) -O1 -g $$(BASE_FLAGS) $(2) -c $$< -o $$@

$(UNIT_DIR)/$(1).d/lib/%.o: lib/%.c tests/unit/unit.mk
	@mkdir -p $$(@D)
	$(3) -O1 -g $$(BASE_FLAGS) $$(NO_LIBC_LOOPS) -DTMPGUARD_LIBEXECDIR='"$$(BUILD)"' $(2) -c $$< -o $$@

$(UNIT_DIR)/$(1).d/%.o: tests/unit/%.c tests/unit/unit.mk
	@mkdir -p $$(@D)
	$(3) -O1 -g $$(BASE_FLAGS) -Itools $(2) -c $$< -o $$@

$(UNIT_DIR)/$(1): $$(UNIT_OBJECTS_$(1))
	$(3) $(2) -o $$@ $$^ -pthread
endef

$(eval $(call unit-build,core,,$(CC)))
$(eval $(call unit-build,core-small,$(UNIT_SMALL),$(CC)))
$(eval $(call unit-build,core-san,$(UNIT_SAN),$(TEST_CC)))
$(eval $(call unit-build,core-small-san,$(UNIT_SMALL) $(UNIT_SAN),$(TEST_CC)))

.PHONY: unit-programs
unit-programs: $(UNIT_PROGRAMS)

test: unit-programs

-include $(wildcard $(UNIT_DIR)/*.d/*.d $(UNIT_DIR)/*.d/lib/*.d \
	$(UNIT_DIR)/*.d/tools/*.d)
