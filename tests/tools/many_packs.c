// many_packs FOLDER COUNT: an evidence folder of COUNT light packs over two years, 13 cameras, as
// scripts/bench_review wants it.
#include "packs.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    static const char *const colours[] = {"yellow", "blue", "green", "yellow", "yellow"};
    static const char *const classes[] = {"lorry", "car", "lorry", "bus", "van", "lorry"};
    int64_t start;
    if (argc != 3 || clock_set_zone("Asia/Shanghai", NULL) != STATUS_OK)
        return 2;
    clock_parse("2024-11-25T00:00:00+08:00", &start);
    int count = atoi(argv[2]);
    int64_t step = INT64_C(730) * 86400 * SECOND_US / (count > 0 ? count : 1);
    light_folder(argv[1]);
    srand(1);
    for (int i = 0; i < count; i++) {
        char camera[16], plate[32], lane[8], id[200];
        snprintf(camera, sizeof camera, "cam%02d", 1 + i % 13);
        snprintf(lane, sizeof lane, "%d", 1 + rand() % 3);
        snprintf(plate, sizeof plate, "%s%05d", rand() % 3 ? "晋E" : "豫A", rand() % 30000);
        LightPack pack = {.camera = camera,
                          .site = i % 13 < 7 ? "高平" : "晋城",
                          .lane = lane,
                          .plate = rand() % 4 ? plate : NULL,
                          .colour = colours[rand() % 5],
                          .class = classes[rand() % 6],
                          .peak_us = start + i * step,
                          .grade = rand() % 20 ? rand() % 500 / 100.0 : -1,
                          .confidence = 0.3 + rand() % 700 / 1000.0,
                          .score = 0.2 + rand() % 800 / 1000.0};
        light_pack(argv[1], &pack, id);
    }
    return 0;
}
