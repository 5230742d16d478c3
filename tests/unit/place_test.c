#include "check.h"
const struct test place_tests[] = {{0}};
