/* errortext.h: what an error means, in words, where there is no libc to ask. */
#ifndef TF_ERRORTEXT_H
#define TF_ERRORTEXT_H

/* A text for an errno value, positive or negative. Never NULL. */
const char *tf__error_text(int error);

#endif
