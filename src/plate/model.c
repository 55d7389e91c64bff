#include "plate/model.h"

#define EMBED(name, file)                                                                          \
    __asm__(".section .rodata\n"                                                                   \
            ".balign 16\n"                                                                         \
            ".global " name ", " name "_end\n" name ":\n"                                          \
            ".incbin \"" file "\"\n" name "_end:\n"                                                \
            ".byte 0\n"                                                                            \
            ".previous\n")

EMBED("plate_finder_net", PLATE_MODELS "/plate-finder.onnx");
EMBED("plate_reader_net", PLATE_MODELS "/plate-reader.onnx");
