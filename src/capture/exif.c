#include "capture/exif.h"

#include <libexif/exif-data.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 4000

static void add_entry(ExifData *exif, ExifIfd ifd, ExifTag tag, ExifFormat format,
                      const void *bytes, unsigned size, unsigned long components)
{
    ExifEntry *entry = exif_entry_new();
    ExifMem *memory = exif_mem_new_default();
    if (entry && memory && (entry->data = exif_mem_alloc(memory, size + 1))) {
        memcpy(entry->data, bytes, size);
        entry->size = size;
        entry->tag = tag;
        entry->format = format;
        entry->components = components;
        exif_content_add_entry(exif->ifd[ifd], entry);
    }
    exif_entry_unref(entry);
    exif_mem_unref(memory);
}

// Nothing for NULL or empty texts; long ones are cut between two characters, so that the block fits its marker.
static void add_text(ExifData *exif, ExifIfd ifd, ExifTag tag, const char *text)
{
    char cut[MAX_TEXT + 1];
    if (!text || !*text)
        return;
    size_t size = strlen(text);
    if (size > MAX_TEXT)
        for (size = MAX_TEXT; size && ((unsigned char)text[size] & 0xc0) == 0x80;)
            size--;
    memcpy(cut, text, size);
    cut[size++] = '\0';
    add_entry(exif, ifd, tag, EXIF_FORMAT_ASCII, cut, (unsigned)size, size);
}

static void add_angle(ExifData *exif, ExifTag reference, ExifTag tag, double degrees,
                      const char *letters)
{
    char letter[2] = {letters[degrees < 0], '\0'};
    unsigned char bytes[24];
    uint32_t total = (uint32_t)llround(fabs(degrees) * 3600000); // thousandths of a second of arc
    const ExifRational parts[3] = {
        {total / 3600000, 1}, {total / 60000 % 60, 1}, {total % 60000, 1000}};
    for (int i = 0; i < 3; i++)
        exif_set_rational(bytes + 8 * i, EXIF_BYTE_ORDER_INTEL, parts[i]);
    add_entry(exif, EXIF_IFD_GPS, reference, EXIF_FORMAT_ASCII, letter, 2, 2);
    add_entry(exif, EXIF_IFD_GPS, tag, EXIF_FORMAT_RATIONAL, bytes, sizeof bytes, 3);
}

unsigned char *exif_block(const JpegTags *tags, unsigned *size)
{
    ExifData *exif = exif_data_new();
    unsigned char *bytes = NULL;
    *size = 0;
    if (!exif)
        return NULL;
    exif_data_set_byte_order(exif, EXIF_BYTE_ORDER_INTEL);
    if (tags->date_time && strlen(tags->date_time) >= 29) { // 2026-11-23T08:15:02.345+08:00
        char date[20], fraction[4], zone[7];
        snprintf(date, sizeof date, "%.4s:%.2s:%.2s %.8s", tags->date_time, tags->date_time + 5,
                 tags->date_time + 8, tags->date_time + 11);
        snprintf(fraction, sizeof fraction, "%.3s", tags->date_time + 20);
        snprintf(zone, sizeof zone, "%.6s", tags->date_time + 23);
        add_text(exif, EXIF_IFD_0, EXIF_TAG_DATE_TIME, date);
        add_text(exif, EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL, date);
        add_text(exif, EXIF_IFD_EXIF, EXIF_TAG_SUB_SEC_TIME_ORIGINAL, fraction);
        add_text(exif, EXIF_IFD_EXIF, (ExifTag)0x9011, zone); // OffsetTimeOriginal, EXIF 2.31
    }
    add_entry(exif, EXIF_IFD_EXIF, EXIF_TAG_EXIF_VERSION, EXIF_FORMAT_UNDEFINED, "0231", 4, 4);
    add_text(exif, EXIF_IFD_0, EXIF_TAG_IMAGE_DESCRIPTION, tags->description);
    if (tags->device && *tags->device) {
        add_text(exif, EXIF_IFD_0, EXIF_TAG_MAKE, "heiyan");
        add_text(exif, EXIF_IFD_0, EXIF_TAG_MODEL, tags->device);
    }
    if (fabs(tags->latitude) <= 90 && fabs(tags->longitude) <= 180) { // false for NaN
        add_entry(exif, EXIF_IFD_GPS, (ExifTag)EXIF_TAG_GPS_VERSION_ID, EXIF_FORMAT_BYTE,
                  (const unsigned char[]){2, 3, 0, 0}, 4, 4);
        add_angle(exif, (ExifTag)EXIF_TAG_GPS_LATITUDE_REF, (ExifTag)EXIF_TAG_GPS_LATITUDE,
                  tags->latitude, "NS");
        add_angle(exif, (ExifTag)EXIF_TAG_GPS_LONGITUDE_REF, (ExifTag)EXIF_TAG_GPS_LONGITUDE,
                  tags->longitude, "EW");
    }
    exif_data_save_data(exif, &bytes, size);
    exif_data_unref(exif);
    return bytes;
}
