#include "plate/model.h"

__asm__(".section .rodata\n"
        ".balign 16\n"
        ".global plate_model, plate_model_end\n"
        "plate_model:\n"
        ".incbin \"" PLATE_MODEL "\"\n"
        "plate_model_end:\n"
        ".byte 0\n"
        ".previous\n");
