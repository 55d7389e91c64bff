// The way of a capture from the camera to being struck off, as plain rules: who may do what in
// which state. Knows no files and no database.
//
//   pending --confirm--> reviewed --confirm (another person)--> confirmed    with two-step review
//   pending --confirm--> confirmed                                           without
//   pending --reject--> rejected      pending --unsure--> unsure (decided later)
//   reviewed, confirmed --return--> returned, which is decided like pending
//   confirmed --hand_over--> handed_over --process--> processed --strike_off--> struck_off
//
// undo takes back the last step: one's own, or with the approver's role anybody's. Notes,
// corrections of plate or class and marks of export change no state.
#ifndef HEIYAN_LEDGER_WORKFLOW_H
#define HEIYAN_LEDGER_WORKFLOW_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum State {
    STATE_PENDING,     // 待审
    STATE_RETURNED,    // 退回: sent back by the second review
    STATE_UNSURE,      // 存疑
    STATE_REVIEWED,    // 待复审
    STATE_CONFIRMED,   // 已确认
    STATE_REJECTED,    // 已否决
    STATE_HANDED_OVER, // 已移交
    STATE_PROCESSED,   // 已处理
    STATE_STRUCK_OFF,  // 已销号
    STATE_COUNT
} State;

typedef enum Action {
    ACTION_CONFIRM,
    ACTION_REJECT, // with a reason
    ACTION_UNSURE,
    ACTION_RETURN, // with a text
    ACTION_HAND_OVER,
    ACTION_PROCESS,
    ACTION_STRIKE_OFF,
    ACTION_UNDO,
    ACTION_CORRECT, // plate, colour, class
    ACTION_NOTE,    // with a text
    ACTION_EXPORT,  // was part of an export
    ACTION_COUNT
} Action;

// What a role may do includes what those before it may.
typedef enum Role {
    ROLE_VIEWER,   // looks
    ROLE_REVIEWER, // first review, corrections, notes
    ROLE_APPROVER, // second review, return, hand over, process, strike off, export
    ROLE_ADMIN,    // everything, deleting others' saved filters and seeing the access log included
    ROLE_COUNT
} Role;

// Names as they stand in verdict lines and in the API: "handed_over", "strike_off", "approver".
const char *state_name(State state);
const char *action_name(Action action);
const char *role_name(Role role);
bool state_parse(const char *name, State *out);
bool action_parse(const char *name, Action *out);
bool role_parse(const char *name, Role *out);
// In words, for tables and paper: "待复审" or "awaits second review".
const char *state_words(State state, bool chinese);

const char *action_words(Action action, bool chinese); // "确认", "hand over"

// Reasons to reject: "shadow" "vapour" "dust" "wet_road" "dark_body" "wrong_vehicle" "no_plate"
// "other".
#define REJECT_REASONS 8
const char *reject_reason(size_t n);                             // NULL from REJECT_REASONS on
const char *reject_reason_words(const char *name, bool chinese); // NULL for a name that is none

typedef struct Rules {
    bool two_step;     // a second person confirms
    int repeat_times;  // a plate confirmed so often ...
    int repeat_months; // ... within so many months is a repeat offender
    int deadline_days; // from capture to the first decision
    const char *local; // what a local plate begins with: "晋E"; NULL or "" = unknown
} Rules;
extern const Rules rules_default; // one step, 2 times in 6 months, 10 days

typedef struct Step { // a line of verdicts.jsonl that changed the state
    State from, to;
    const char *who; // borrowed
} Step;

// Whether somebody may take the action. state: the case's now; last: its last step that was not
// undone (NULL: none); first_by: who took the confirm that made it reviewed (NULL: nobody). *to:
// the state afterwards (the same for actions that change none). STATUS_FORBIDDEN (the role, or the
// same person twice), STATUS_CONFLICT (not in this state); the sentence is for the officer.
Status workflow_step(const Rules *rules, State state, const Step *last, const char *first_by,
                     Action action, const char *who, Role role, State *to, Error *error);

#endif
