/* drawn.h: did a program draw this run of letters and digits, or did a person write it? */
#ifndef TF_DRAWN_H
#define TF_DRAWN_H

#include "part.h"
#include "written.h"

/* Letters and digits, or also low lines. In doubt no, rule R8 of shape.c says when. It leans to
 * drawn where the run has the length and the alphabet of its program's draws. */
bool tf__is_drawn(struct tf_part part, enum tf_leaning leaning);

#endif
