// check --probe: connects to every camera of the settings and says what each offers.
#ifndef HEIYAN_APP_PROBE_H
#define HEIYAN_APP_PROBE_H

#include "app/settings.h"

// Prints one line a stream on standard output; takes some seconds in all, whatever the number of
// cameras. Returns how many streams gave no picture.
size_t probe_site(const Settings *settings);

#endif
