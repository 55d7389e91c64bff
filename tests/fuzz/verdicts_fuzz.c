// Lines of verdicts.jsonl in any order and with any content: what they come to is always a state of
// ours.
#include "ledger/private.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *lines = json_loadb((const char *)data, size, 0, NULL);
    Verdicts verdicts;
    State to;
    if (json_is_array(lines)) {
        verdicts_replay(lines, &verdicts);
        if (verdicts.state >= STATE_COUNT)
            abort();
        for (unsigned action = 0; action < ACTION_COUNT; action++)
            workflow_step(&rules_default, verdicts.state, verdicts.has_last ? &verdicts.last : NULL,
                          verdicts.first_by, (Action)action, "王", ROLE_ADMIN, &to, NULL);
    }
    json_decref(lines);
    return 0;
}
