// Every text of the page, in Chinese and English.

import {prefer} from '/page/state.js';

const WORDS = {
    app: ['黑烟车审核台', 'Black-smoke desk'],
    // head line
    todo: ['待办', 'To do'], today: ['今日', 'Today'], week: ['本周', 'Week'], overdue: ['超期', 'Overdue'],
    search: ['搜索', 'Search'], search_hint: ['号牌 / 编号', 'Plate or number'],
    desk: ['审核', 'Review'], ledger: ['台账', 'Ledger'], report: ['周报', 'Weekly report'],
    devices: ['设备', 'Devices'], statistics: ['统计', 'Statistics'],
    other_language: ['EN', '中文'], switch_language: ['Switch to English', '切换到中文'],
    theme_dark: ['深色', 'Dark'], theme_light: ['浅色', 'Light'], log_out: ['退出', 'Log out'],
    views: ['视图', 'Views'], help: ['按键帮助', 'Keys'],
    role_viewer: ['查看', 'viewer'], role_reviewer: ['初审员', 'reviewer'],
    role_approver: ['复审员', 'approver'], role_admin: ['管理员', 'administrator'],
    offline: ['与服务器的连接已断开，正在重连。已作的决定会保留并重试。',
        'The connection to the server is lost; trying again. Decisions made here are kept and retried.'],
    online: ['已重新连接', 'Connected again'],
    // log-in
    log_in: ['登录', 'Log in'], name: ['姓名', 'Name'], password: ['密码', 'Password'],
    login_intro: ['每次查看与决定都会留下签名记录。', 'Every look and every decision leaves a signed record.'],
    login_wrong: ['姓名或密码不对。', 'Wrong name or password.'],
    login_locked: ['尝试次数过多，请过几分钟再试。', 'Too many attempts; try again in some minutes.'],
    // states
    state: ['状态', 'State'],
    state_pending: ['待审', 'Pending'], state_returned: ['退回', 'Returned'], state_unsure: ['存疑', 'Unsure'],
    state_reviewed: ['待复审', 'Awaits 2nd review'], state_confirmed: ['已确认', 'Confirmed'],
    state_rejected: ['已否决', 'Rejected'], state_handed_over: ['已移交', 'Handed over'],
    state_processed: ['已处理', 'Processed'], state_struck_off: ['已销号', 'Struck off'],
    // filters
    filters: ['筛选', 'Filters'], clear: ['清除', 'Clear'], save: ['保存', 'Save'], saved: ['常用筛选', 'Saved filters'],
    save_filter: ['保存当前筛选', 'Save these filters'], filter_name: ['名称', 'Name'],
    remove: ['删除', 'Delete'], all: ['全部', 'All'], any_time: ['不限', 'Any time'],
    last_7: ['近 7 天', '7 days'], last_30: ['近 30 天', '30 days'], last_90: ['近 90 天', '90 days'],
    from: ['从', 'From'], to: ['到', 'To'], time: ['时间', 'Time'],
    site: ['站点', 'Site'], camera: ['点位', 'Camera'], lane: ['车道', 'Lane'], part: ['时段', 'Day part'],
    grade: ['林格曼级', 'Ringelmann'], certainty: ['置信度', 'Confidence'], colour: ['号牌颜色', 'Plate colour'],
    origin: ['属地', 'Origin'], class: ['车型', 'Vehicle'], repeats: ['此前确认次数', 'Confirmed before'],
    exported: ['导出', 'Export'],
    part_night: ['夜间 20–6 时', 'Night 20–6'], part_morning: ['上午 6–11 时', 'Morning 6–11'],
    part_noon: ['中午 11–14 时', 'Noon 11–14'], part_afternoon: ['下午 14–18 时', 'Afternoon 14–18'],
    part_evening: ['傍晚 18–20 时', 'Evening 18–20'],
    grade_none: ['不可测', 'Not measurable'], grade_0: ['1 级以下', 'below 1'], grade_1: ['1–2 级', '1 to 2'],
    grade_2: ['2–3 级', '2 to 3'], grade_3: ['3–4 级', '3 to 4'], grade_4: ['4–5 级', '4 to 5'],
    certainty_low: ['低（< 0.5）', 'low (< 0.5)'], certainty_middle: ['中', 'middle'], certainty_high: ['高（≥ 0.8）', 'high (≥ 0.8)'],
    colour_blue: ['蓝', 'blue'], colour_yellow: ['黄', 'yellow'], colour_green: ['绿', 'green'],
    colour_white: ['白', 'white'], colour_black: ['黑', 'black'], colour_none: ['无 / 未识别', 'none'],
    origin_local: ['本地', 'local'], origin_foreign: ['外地', 'from elsewhere'], origin_unknown: ['未知', 'unknown'],
    class_car: ['小型车', 'car'], class_van: ['面包车', 'van'], class_lorry: ['货车', 'lorry'], class_bus: ['客车', 'bus'],
    class_motorcycle: ['摩托车', 'motorcycle'], class_other: ['其他', 'other'],
    repeats_0: ['0 次', 'never'], repeats_1: ['1 次', 'once'], repeats_2: ['2 次', 'twice'], repeats_3: ['3 次及以上', '3 times and more'],
    exported_no: ['未导出', 'not exported'], exported_yes: ['已导出', 'exported'],
    // queue
    queue: ['抓拍列表', 'Captures'], order: ['排序', 'Order'], newest: ['最新在前', 'Newest first'],
    oldest: ['最早在前', 'Oldest first'], confidence_order: ['最确定在前', 'Most certain first'],
    n_captures: ['{n} 条', '{n} captures'], none_match: ['没有符合条件的抓拍', 'No capture matches'],
    none_match_hint: ['放宽或清除筛选条件。', 'Widen or clear the filters.'],
    no_plate: ['无号牌', 'no plate'], new_captures: ['{n} 条新抓拍', '{n} new captures'], show: ['显示', 'Show'],
    selected_n: ['已选 {n} 条', '{n} selected'], unselect: ['取消选择', 'Unselect'], previous: ['上一条', 'Previous'], next: ['下一条', 'Next'],
    select: ['选择', 'Select'], all_done: ['这一列表已全部审完', 'Everything in this list is decided'],
    all_done_hint: ['新抓拍会自动出现。', 'New captures will appear by themselves.'], loading: ['载入中…', 'Loading…'],
    repeat_mark: ['此前已确认 {n} 次', 'confirmed {n} times before'],
    // stage
    panorama_n: ['全景 {n}', 'Panorama {n}'], peak: ['峰值', 'peak'], close_up: ['近景', 'Close-up'], plate_view: ['号牌', 'Plate'],
    composite: ['合成图', 'Composite'], clip: ['视频', 'Clip'], density: ['密度图', 'Density'], outline: ['轮廓', 'Outline'],
    blink: ['交替', 'Blink'], zoom_in: ['放大', 'Zoom in'], zoom_out: ['缩小', 'Zoom out'], fit: ['适合窗口', 'Fit'],
    vehicle: ['车辆', 'Vehicle'], plume: ['烟羽', 'Plume'], at_peak: ['峰值时刻的位置', 'where they were at the peak'],
    density_scale: ['不透光', 'opacity'], rectified: ['拉正', 'straightened'], as_seen: ['原样', 'as seen'],
    no_pictures: ['原始图像已按保存期限清理，仅存记录。', 'The pictures were removed by retention; the record remains.'],
    picture_failed: ['图像无法载入', 'The picture cannot be loaded'], retry: ['重试', 'Retry'], views_of_case: ['图像', 'Pictures'],
    play: ['播放', 'Play'], pause: ['暂停', 'Pause'], frame_back: ['后退一帧', 'One frame back'], frame_on: ['前进一帧', 'One frame on'],
    speed: ['速度', 'Speed'], timeline: ['时间轴', 'Timeline'], clip_failed: ['浏览器无法播放此视频', 'This browser cannot play the clip'],
    // facts
    ringelmann: ['林格曼', 'Ringelmann'], opacity: ['不透光度', 'Opacity'], confidence: ['置信', 'Confidence'],
    not_measurable: ['不可测', 'Not measurable'], not_measurable_short: ['不可测', 'n/m'],
    not_measurable_why: ['背景过暗或烟羽过浓，无法给出等级；请以图像判断。', 'Dark background or too dense a plume: no grade can be given; judge by the pictures.'],
    interval: ['不透光度的 95 % 区间', '95 % interval of opacity'], limit_1: ['限值 1 级', 'limit 1'],
    reasons: ['判定依据', 'Why'], conditions: ['环境', 'Conditions'], sun: ['太阳', 'Sun'],
    sun_at: ['方位 {a}° · 高度 {e}°', 'azimuth {a}° · elevation {e}°'], below_horizon: ['日落后', 'below the horizon'],
    clock: ['时钟', 'Clock'], clock_argument: ['命令行指定', 'given by hand'], 'clock_file-name': ['文件名', 'file name'],
    clock_container: ['视频容器', 'container'], 'clock_file-time': ['文件时间', 'file time'], clock_unknown: ['未知', 'unknown'],
    clock_rtcp: ['摄像机 RTCP', "camera's RTCP"], clock_receipt: ['接收时刻', 'time of receipt'],
    clock_weak: ['请核对时间', 'check the time'], clock_off: ['偏差 {n} s', 'off by {n} s'],
    speed_kmh: ['{n} km/h', '{n} km/h'], lane_n: ['车道 {n}', 'lane {n}'],
    plate: ['号牌', 'Plate'], rows_1: ['单层', 'one row'], rows_2: ['双层', 'two rows'], machine: ['机读', 'read'],
    corrected: ['已更正', 'corrected'], as_read: ['机器识别', 'as read by machine'], trailer: ['挂车号牌：不能单独认定', 'trailer plate: never accuses by itself'],
    electric: ['新能源号牌：冒黑烟可信度低', 'electric plate: smoke is unlikely'], plate_none: ['未识别到号牌', 'No plate was read'],
    earlier: ['同车记录', 'Same plate'], earlier_n: ['近 {m} 个月已确认 {n} 次', '{n} confirmed in {m} months'],
    earlier_none: ['没有其他抓拍', 'no other captures'], repeat_offender: ['达到重复标准', 'repeat offender'],
    history: ['办理经过', 'History'], history_none: ['尚未处理', 'Nothing yet'], files: ['证据文件', 'Evidence files'],
    sealed: ['已封存 · {n} 个文件带 SHA-256', 'sealed · {n} files with SHA-256'], sheet: ['案件单 PDF', 'Case sheet PDF'],
    handover_zip: ['移交包 ZIP', 'Hand-over ZIP'], record: ['记录', 'Record'], number: ['编号', 'Number'], copied: ['已复制', 'Copied'], copy: ['复制', 'Copy'],
    retired: ['图像已清理', 'pictures removed'], is_overdue: ['已超期', 'overdue'],
    kind_white: ['偏白：可能是水汽', 'whitish: perhaps vapour'], kind_dust: ['偏黄：可能是扬尘', 'yellowish: perhaps dust'], kind_unclear: ['颜色不明', 'colour unclear'],
    condition_wet_road: ['路面湿滑', 'wet road'], condition_night: ['夜间', 'night'], condition_too_dense: ['烟羽过浓', 'too dense'],
    condition_sun_in_front: ['逆光', 'sun in front'], condition_rain: ['雨', 'rain'], condition_fog: ['雾', 'fog'],
    condition_dark_road: ['路面过暗', 'dark road'], condition_shake: ['画面抖动', 'camera shakes'], condition_crowded: ['车流密集', 'dense traffic'],
    condition_interrupted: ['中断', 'interrupted'],
    // what the machine says, in English
    reason_trail_depth: [null, 'mean optical depth of the trail {v}'], reason_persistence: [null, 'plume seen for {v} s'],
    reason_frames: [null, 'plume in {v} frames'], reason_hue: [null, 'change of blue to red {v} (negative: reddish, as soot)'],
    reason_softness: [null, 'softness of the edge {v}'], reason_growth: [null, 'grows backwards {v} times'],
    reason_lag: [null, 'stays {v} s after the vehicle has left'], reason_beyond_baseline: [null, 'beyond ordinary trails by {v}'],
    reason_size_class: [null, 'vehicle {v} m wide'], reason_interrupted: [null, 'analysis interrupted at {v} s'],
    // decisions
    decisions: ['决定', 'Decisions'], confirm: ['确认', 'Confirm'], confirm_second: ['复审确认', 'Confirm (2nd)'], reject: ['否决', 'Reject'], unsure: ['存疑', 'Unsure'],
    return: ['退回', 'Return'], hand_over: ['移交', 'Hand over'], process: ['已处理', 'Processed'], strike_off: ['销号', 'Strike off'],
    undo: ['撤销', 'Undo'], correct: ['更正', 'Correct'], note: ['备注', 'Note'], export: ['导出', 'Export'],
    done_confirm: ['已确认', 'Confirmed'], done_reject: ['已否决', 'Rejected'], done_unsure: ['已标为存疑', 'Marked unsure'],
    done_return: ['已退回', 'Returned'], done_hand_over: ['已移交', 'Handed over'], done_process: ['已标为处理', 'Marked processed'],
    done_strike_off: ['已销号', 'Struck off'], done_undo: ['已撤销上一步', 'Last step undone'], done_correct: ['已更正', 'Corrected'], done_note: ['已加备注', 'Note added'],
    reject_why: ['否决原因', 'Why is it rejected?'], reject_hint: ['按数字键选择，Esc 取消', 'Press a digit; Esc cancels'],
    reject_shadow: ['阴影', 'shadow'], reject_vapour: ['白色水汽', 'white vapour'], reject_dust: ['扬尘', 'dust'],
    reject_wet_road: ['湿路面 / 水雾', 'wet road or spray'], reject_dark_body: ['深色车身', 'dark body'], reject_wrong_vehicle: ['车辆认错', 'wrong vehicle'],
    reject_no_plate: ['号牌不清', 'plate unreadable'], reject_other: ['其他…', 'other…'], reject_other_said: ['其他', 'other'],
    note_title: ['备注', 'Note'], return_title: ['退回原因', 'Why is it sent back?'], other_title: ['其他原因', 'Which other reason?'], text_hint: ['Enter 保存，Shift+Enter 换行', 'Enter saves, Shift+Enter starts a line'],
    cancel: ['取消', 'Cancel'], ok: ['确定', 'OK'], close: ['关闭', 'Close'],
    bulk_title: ['对所选 {n} 条：{action}？', '{action}: {n} captures?'], bulk_done: ['{n} 条：{action}', '{action}: {n}'], bulk_failed: ['{n} 条未能处理', '{n} could not be done'],
    not_saved: ['未保存：{action} · {id}', 'Not saved: {action} · {id}'], waiting_n: ['{n} 个决定等待保存', '{n} decisions wait to be saved'], saving: ['保存中', 'saving'],
    conflict: ['{who} 已先处理：{action}。你的“{mine}”未保存。', '{who} decided first: {action}. Your “{mine}” was not saved.'],
    conflict_state: ['此案现在的状态不允许“{mine}”。', 'The case as it is now does not allow “{mine}”.'], open: ['打开', 'Open'], dismiss: ['知道了', 'Dismiss'],
    changed_elsewhere: ['{who} 刚刚处理了此案：{action}', '{who} just decided this case: {action}'], not_allowed: ['现在不能“{action}”', '“{action}” is not possible now'],
    nothing_to_undo: ['没有可撤销的决定', 'Nothing to undo'], leave_unsaved: ['有决定尚未保存', 'Decisions are not saved yet'], somebody: ['他人', 'Somebody'],
    // plate correction
    correct_title: ['更正号牌与车型', 'Correct plate and vehicle'], province: ['省份', 'Province'], serial: ['其余字符', 'Other characters'],
    shape_ok_7: ['7 位，符合 GA 36', '7 characters, as GA 36'], shape_ok_8: ['8 位新能源号牌，符合 GA 36', '8 characters (electric), as GA 36'],
    shape_province: ['先选省份（按拼音首字母）', 'choose the province first (initial of its pinyin)'], shape_letter: ['第 2 位须为字母（无 I、O）', 'the 2nd must be a letter (no I, O)'],
    shape_short: ['还差 {n} 位', '{n} more'], shape_long: ['多了 {n} 位', '{n} too many'], shape_char: ['第 {n} 位不能是“{c}”', '“{c}” may not be the {n}th'],
    shape_unchanged: ['没有改动', 'nothing is changed'], shape_green: ['新能源号牌为绿色 8 位', 'electric plates are green with 8 characters'], keys_correct: ['Enter 保存 · Esc 取消 · ↑↓←→ 选省份', 'Enter saves · Esc cancels · arrows choose'],
    // ledger
    col_index: ['序号', 'No.'], col_camera: ['点位', 'Camera'], col_direction: ['方向', 'Direction'], col_time: ['抓拍时间', 'Time'], col_plate: ['号牌', 'Plate'],
    col_colour: ['颜色', 'Colour'], col_class: ['车型', 'Vehicle'], col_grade: ['林格曼级', 'Ringelmann'], col_confidence: ['置信度', 'Confidence'], col_state: ['状态', 'State'],
    col_first: ['初审', '1st review'], col_second: ['复审', '2nd review'], col_exported: ['导出', 'Exported'], col_reason: ['否决原因', 'Reason'],
    export_as: ['导出', 'Export'], mark_exported: ['标记为已导出', 'mark as exported'], exporting: ['正在生成…', 'Being made…'], export_done: ['已导出：{name}', 'Exported: {name}'],
    export_all: ['导出符合筛选的全部 {n} 条', 'All {n} that match are exported'], select_all: ['全选已载入', 'Select all loaded'],
    approver_only: ['需要复审员权限', 'needs the approver’s role'],
    // weekly report
    week_of: ['{week} · {from} 至 {to}', '{week} · {from} to {to}'], this_week: ['本周', 'This week'], week_before: ['上一周', 'Previous week'], week_after: ['下一周', 'Next week'],
    captures: ['抓拍', 'Captures'], confirmed: ['确认', 'Confirmed'], rejected: ['否决', 'Rejected'], undecided: ['未决', 'Undecided'], handed_over: ['移交', 'Handed over'], struck_off: ['销号', 'Struck off'],
    against: ['上周 {n}', 'before: {n}'], by_hour: ['按小时', 'By hour'], by_grade: ['按林格曼级', 'By grade'], by_reason: ['否决原因', 'Reasons of rejection'], by_camera: ['按点位', 'By camera'],
    offenders: ['重复违规车辆', 'Repeat offenders'], offenders_rule: ['{m} 个月内确认 {n} 次及以上', 'confirmed {n} times or more in {m} months'], last: ['最近', 'Last'], times: ['次数', 'Times'],
    review_delay: ['审核时效', 'Review delay'], median: ['中位', 'median'], slowest: ['最慢', 'slowest'], late: ['超期 {n} 条（期限 {d} 天）', '{n} beyond the limit of {d} days'], on_time: ['全部在 {d} 天期限内', 'all within {d} days'],
    uptime: ['在线率', 'Up-time'], public_list: ['公示名单', 'Public list'], public_hint: ['本周已确认，号牌部分遮盖', 'confirmed this week, plates partly masked'], date: ['日期', 'Date'], place: ['地点', 'Place'],
    last_week_n: ['上周', 'Before'], nothing: ['无', 'None'], print_pdf: ['下载 PDF', 'PDF'], print_xlsx: ['下载 XLSX', 'XLSX'], all_sites: ['全部站点', 'All sites'],
    // statistics
    precision: ['确认率', 'Precision'], precision_hint: ['已决定的抓拍中被确认的比例', 'share of decided captures that were confirmed'], decided: ['已决定', 'Decided'], period: ['时段', 'Period'],
    precision_by_hour: ['确认率（按小时）', 'Precision by hour'], precision_by_grade: ['确认率（按林格曼级）', 'Precision by grade'], precision_by_camera: ['确认率（按点位）', 'Precision by camera'],
    what_if: ['若调整报警阈值', 'If the threshold were another'], what_if_hint: ['拖动滑块，看看另一个阈值会留下哪些抓拍。低于当前阈值的事件没有记录，无法推算。', 'Move the slider to see what another threshold would have left. What fell below the present one was not recorded.'],
    threshold: ['阈值', 'Threshold'], all_cameras: ['全部点位', 'All cameras'], would_stay: ['会留下', 'would stay'], would_go: ['会减少', 'would go'], copy_yaml: ['复制为 YAML', 'Copy as YAML'],
    lose_confirmed: ['会漏掉 {n} 条已确认的', 'would lose {n} confirmed ones'], lose_none: ['不会漏掉已确认的抓拍', 'loses no confirmed capture'], save_rejected: ['少看 {n} 条误报', 'spares {n} false ones'], present: ['当前', 'present'],
    // devices
    last_capture: ['最近抓拍', 'Last capture'], captures_7: ['7 天抓拍', 'Captures, 7 days'], uptime_7: ['7 天在线率', 'Up-time, 7 days'], silent: ['{n} 天无抓拍', 'no capture for {n} days'], no_uptime: ['未由 heiyan run 记录', 'not kept by heiyan run'],
    never: ['从未', 'never'], n_hours: ['{n} 小时', '{n} h'], n_days: ['{n} 天', '{n} days'],
    // help
    help_title: ['按键', 'Keys'], help_move: ['浏览', 'Move'], help_look: ['查看', 'Look'], help_decide: ['决定', 'Decide'],
    k_next: ['下一条 / 上一条', 'next / previous'], k_select: ['选择此条，Shift 连续选择', 'select; with Shift on to the next'], k_search: ['搜索', 'search'], k_filters: ['打开或收起筛选', 'filters'],
    k_panorama: ['全景 1 2 3', 'panorama 1 2 3'], k_blink: ['全景交替；视频播放 / 暂停', 'blink between panoramas; play or pause'], k_views: ['近景 号牌 合成图', 'close-up, plate, composite'], k_clip: ['视频', 'clip'],
    k_frame: ['视频逐帧', 'frame step'], k_outline: ['轮廓：强 / 弱 / 关', 'outline: strong, weak, off'], k_density: ['密度图：关 / 三档', 'density: off, three strengths'], k_zoom: ['放大 / 缩小（或滚轮、双击）', 'zoom (or wheel, double click)'], k_fit: ['适合窗口', 'fit'],
    k_reject: ['否决，再按原因数字', 'reject, then the reason’s digit'], k_undo: ['撤销上一个决定', 'undo the last decision'], k_correct: ['更正号牌、车型', 'correct plate, vehicle'], k_help: ['本帮助', 'this help'],
    // errors
    error_internal: ['服务器出错', 'The server failed'], error_missing: ['没有找到', 'Not found'], error_forbidden: ['没有权限', 'Not allowed'], error_offline: ['连接不上服务器', 'The server does not answer'],
    error_argument: ['请求有误', 'Something in the request is wrong'], error_full: ['磁盘已满，未保存', 'The disk is full; nothing was saved'], error_locked: ['暂时锁定', 'Locked for a while'], error_login: ['请重新登录', 'Please log in again'], error_conflict: ['状态已改变', 'The state has changed'], error_large: ['内容过大', 'Too large'],
};

let place = document.documentElement.lang === 'en' ? 1 : 0;

export function english() {
    return place === 1;
}

export function known(name) {
    return name in WORDS;
}

// t('selected_n', {n: 3}): the text with its {n} filled in; a name without text is shown as it is.
export function t(name, values = {}) {
    const text = WORDS[name]?.[place];
    if (text === undefined || text === null)
        return name;
    return text.replace(/\{(\w+)\}/g, (all, field) => values[field] ?? '');
}

// A value of the record or the filters in words: worded('class', 'lorry').
export function worded(group, value) {
    const name = `${group}_${value}`;
    return known(name) ? t(name) : String(value);
}

// A reason of rejection in words.
export function rejected(reason) {
    return reason === 'other' ? t('reject_other_said') : worded('reject', reason);
}

export function errorText(error) {
    const name = `error_${error.code}`;
    const own = error.message;
    if (!known(name))
        return own || String(error);
    return own && own !== t(name) ? `${t(name)}：${own}`.replace('：', english() ? ': ' : '：') : t(name);
}

export function switchLanguage() {
    place = 1 - place;
    document.documentElement.lang = english() ? 'en' : 'zh-CN';
    prefer('language', english() ? 'en' : 'zh');
}

