// Private to ledger/: ZIP files through libarchive. Pictures and clips are stored, the rest is
// deflated.
#ifndef HEIYAN_LEDGER_ZIP_H
#define HEIYAN_LEDGER_ZIP_H

#include "base/error.h"

typedef struct Zip Zip;

Status zip_create(Zip **out, const char *path, Error *error);
// Adds a file under a name of the archive.
Status zip_file(Zip *zip, const char *path, const char *name, Error *error);
// Adds every plain file of a folder under place/.
Status zip_folder(Zip *zip, const char *folder, const char *place, Error *error);
// Finishes the file. NULL content is fine.
Status zip_close(Zip **archive, Error *error);

#endif
