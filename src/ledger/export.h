// What leaves the house: tables, paper, zips. Each function writes one file, whole or not at all.
#ifndef HEIYAN_LEDGER_EXPORT_H
#define HEIYAN_LEDGER_EXPORT_H

#include "ledger/ledger.h"

typedef enum ExportFormat { EXPORT_XLSX, EXPORT_CSV, EXPORT_ZIP } ExportFormat;

// What a table's columns are called and which there are: names of fields, NULL-terminated, and
// captions beside them (NULL: ours in the language).
typedef struct ExportTemplate {
    const char *const *fields, *const *captions;
} ExportTemplate;

typedef struct ExportOptions {
    ExportFormat format;
    bool chinese;
    bool mark;                     // append an export line to each capture's verdicts
    const ExportTemplate *columns; // NULL: the ledger's own columns (台账)
} ExportOptions;

bool export_format_parse(const char *name, ExportFormat *out);
const char *export_content_type(ExportFormat format);

// All captures that match (the filter's limit and cursor are not looked at). XLSX with frozen
// header, plates as text, thumbnails and links; CSV in UTF-8 with BOM; ZIP with the packs and the
// CSV. STATUS_FORBIDDEN below the approver's role. *count: captures written.
Status export_captures(Ledger *ledger, const Filter *filter, const Person *person,
                       const ExportOptions *options, const char *path, size_t *count, Error *error);
// One pack for the police: every file, verdicts and the case sheet, as ZIP. Approver.
Status export_handover(Ledger *ledger, const char *id, const Person *person, const char *path,
                       Error *error);
// The one-page case sheet as PDF.
Status export_sheet(Ledger *ledger, const char *id, const Person *person, bool chinese,
                    const char *path, Error *error);
// The weekly report as PDF or XLSX. week, site: as in report_week.
Status export_week_pdf(Ledger *ledger, const char *week, const char *site, const Person *person,
                       bool chinese, const char *path, Error *error);
Status export_week_xlsx(Ledger *ledger, const char *week, const char *site, const Person *person,
                        bool chinese, const char *path, Error *error);
// The close-up, 240 pixels wide, as JPEG. The caller frees *data.
Status export_thumbnail(Ledger *ledger, const char *id, const Person *person, unsigned char **data,
                        size_t *size, Error *error);

#endif
