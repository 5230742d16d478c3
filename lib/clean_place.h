/* clean_place.h: the directories that redirected files lie in, when a session ends. */
#ifndef TF_CLEAN_PLACE_H
#define TF_CLEAN_PLACE_H

#include "clean_one.h"

/* All shared places, once what the other records tell of has gone or stays: what else lies in them
 * is told, one by one, and goes by the same rules; then they go themselves, if they are empty. */
void tf__clean_places(struct tf_cleaner *c);

#endif
