/* image.h: what this program is, as far as rules on names depend on it. */
#ifndef SHIM_IMAGE_H
#define SHIM_IMAGE_H

#include <stdint.h>

/* tf__traits of the executable; asked once. */
uint32_t image_traits(void);

#endif
