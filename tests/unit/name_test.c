#include "check.h"
const struct test name_tests[] = {{0}};
