#include "ledger/workflow.h"

#include <string.h>

const Rules rules_default = {.repeat_times = 2, .repeat_months = 6, .deadline_days = 10};

static const struct {
    const char *name, *chinese, *english;
} states[STATE_COUNT] = {
    [STATE_PENDING] = {"pending", "待审", "pending"},
    [STATE_RETURNED] = {"returned", "退回", "returned"},
    [STATE_UNSURE] = {"unsure", "存疑", "unsure"},
    [STATE_REVIEWED] = {"reviewed", "待复审", "awaits second review"},
    [STATE_CONFIRMED] = {"confirmed", "已确认", "confirmed"},
    [STATE_REJECTED] = {"rejected", "已否决", "rejected"},
    [STATE_HANDED_OVER] = {"handed_over", "已移交", "handed over"},
    [STATE_PROCESSED] = {"processed", "已处理", "processed"},
    [STATE_STRUCK_OFF] = {"struck_off", "已销号", "struck off"},
};

#define IN(state) (1u << (state))
#define UNDECIDED (IN(STATE_PENDING) | IN(STATE_RETURNED) | IN(STATE_UNSURE))
#define ANY ((1u << STATE_COUNT) - 1)
#define CORRECTABLE (UNDECIDED | IN(STATE_REVIEWED) | IN(STATE_CONFIRMED))

static const struct {
    const char *name, *chinese, *english;
    unsigned from; // states it may be taken in
    Role least;
    int to; // state afterwards, -1 = the same
} actions[ACTION_COUNT] = {
    [ACTION_CONFIRM] = {"confirm", "确认", "confirm", UNDECIDED | IN(STATE_REVIEWED), ROLE_REVIEWER,
                        STATE_CONFIRMED},
    [ACTION_REJECT] = {"reject", "否决", "reject", UNDECIDED, ROLE_REVIEWER, STATE_REJECTED},
    [ACTION_UNSURE] = {"unsure", "存疑", "unsure", IN(STATE_PENDING) | IN(STATE_RETURNED),
                       ROLE_REVIEWER, STATE_UNSURE},
    [ACTION_RETURN] = {"return", "退回", "return", IN(STATE_REVIEWED) | IN(STATE_CONFIRMED),
                       ROLE_APPROVER, STATE_RETURNED},
    [ACTION_HAND_OVER] = {"hand_over", "移交", "hand over", IN(STATE_CONFIRMED), ROLE_APPROVER,
                          STATE_HANDED_OVER},
    [ACTION_PROCESS] = {"process", "处理", "process", IN(STATE_HANDED_OVER), ROLE_APPROVER,
                        STATE_PROCESSED},
    [ACTION_STRIKE_OFF] = {"strike_off", "销号", "strike off", IN(STATE_PROCESSED), ROLE_APPROVER,
                           STATE_STRUCK_OFF},
    [ACTION_UNDO] = {"undo", "撤销", "undo", ANY, ROLE_REVIEWER, -1},
    [ACTION_CORRECT] = {"correct", "更正", "correct", CORRECTABLE, ROLE_REVIEWER, -1},
    [ACTION_NOTE] = {"note", "备注", "note", ANY, ROLE_REVIEWER, -1},
    [ACTION_EXPORT] = {"export", "导出", "export", ANY, ROLE_APPROVER, -1},
};

static const char *const roles[ROLE_COUNT] = {"viewer", "reviewer", "approver", "admin"};

static const struct {
    const char *name, *chinese, *english;
} reasons[REJECT_REASONS] = {
    {"shadow", "阴影", "shadow"},
    {"vapour", "白色水汽", "white vapour"},
    {"dust", "扬尘", "dust"},
    {"wet_road", "湿路或水雾", "wet road or spray"},
    {"dark_body", "深色车身", "dark body"},
    {"wrong_vehicle", "车辆认错", "wrong vehicle"},
    {"no_plate", "号牌无法辨认", "plate unreadable"},
    {"other", "其他", "other"},
};

const char *state_name(State state)
{
    return states[state].name;
}

const char *action_name(Action action)
{
    return actions[action].name;
}

const char *role_name(Role role)
{
    return roles[role];
}

bool state_parse(const char *name, State *out)
{
    for (unsigned i = 0; i < STATE_COUNT; i++)
        if (strcmp(states[i].name, name) == 0) {
            *out = (State)i;
            return true;
        }
    return false;
}

bool action_parse(const char *name, Action *out)
{
    for (unsigned i = 0; i < ACTION_COUNT; i++)
        if (strcmp(actions[i].name, name) == 0) {
            *out = (Action)i;
            return true;
        }
    return false;
}

bool role_parse(const char *name, Role *out)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        if (strcmp(roles[i], name) == 0) {
            *out = (Role)i;
            return true;
        }
    return false;
}

const char *state_words(State state, bool chinese)
{
    return chinese ? states[state].chinese : states[state].english;
}

const char *action_words(Action action, bool chinese)
{
    return chinese ? actions[action].chinese : actions[action].english;
}

const char *reject_reason(size_t n)
{
    return n < REJECT_REASONS ? reasons[n].name : NULL;
}

const char *reject_reason_words(const char *name, bool chinese)
{
    for (size_t i = 0; i < REJECT_REASONS; i++)
        if (strcmp(reasons[i].name, name) == 0)
            return chinese ? reasons[i].chinese : reasons[i].english;
    return NULL;
}

static Status undo(State state, const Step *last, const char *who, Role role, State *to,
                   Error *error)
{
    if (!last)
        return error_set(error, STATUS_CONFLICT, "没有可撤销的步骤");
    if (role < ROLE_APPROVER && strcmp(last->who, who) != 0)
        return error_set(error, STATUS_FORBIDDEN, "上一步由 %s 作出，只能由本人或复审员撤销",
                         last->who);
    if (last->to != state)
        return error_set(error, STATUS_CONFLICT, "上一步与当前状态不符");
    *to = last->from;
    return STATUS_OK;
}

Status workflow_step(const Rules *rules, State state, const Step *last, const char *first_by,
                     Action action, const char *who, Role role, State *to, Error *error)
{
    *to = state;
    if (role < actions[action].least)
        return error_set(error, STATUS_FORBIDDEN, "此操作需要 %s 权限",
                         roles[actions[action].least]);
    if (!(actions[action].from & IN(state)))
        return error_set(error, STATUS_CONFLICT, "“%s”状态下不能执行此操作", states[state].chinese);
    if (action == ACTION_UNDO)
        return undo(state, last, who, role, to, error);
    if (actions[action].to >= 0)
        *to = (State)actions[action].to;
    if (action != ACTION_CONFIRM)
        return STATUS_OK;
    if (state == STATE_REVIEWED) { // the second review
        if (role < ROLE_APPROVER)
            return error_set(error, STATUS_FORBIDDEN, "复审需要 %s 权限", roles[ROLE_APPROVER]);
        if (first_by && strcmp(first_by, who) == 0)
            return error_set(error, STATUS_FORBIDDEN, "复审须由初审以外的人进行（初审：%s）",
                             first_by);
    } else if (rules->two_step) {
        *to = STATE_REVIEWED;
    }
    return STATUS_OK;
}
