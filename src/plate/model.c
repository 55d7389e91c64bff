#include "plate/model.h"

#include "plate/networks.h"

#define EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".balign 16\n"                                                                         \
            ".global " name ", " name "_end\n" name ":\n"                                          \
            ".incbin \"" file "\"\n" name "_end:\n"                                                \
            ".byte 0\n"                                                                            \
            ".previous\n")

EMBED("plate_finder_net", FINDER_FILE);
EMBED("plate_reader_net", READER_FILE);
