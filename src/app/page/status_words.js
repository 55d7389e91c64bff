// Every text of the status page, in Chinese and English, and what reasons mean.

import {prefer} from '/page/state.js';

const WORDS = {
    title: ['黑烟车抓拍 · 运行状态', 'Black-smoke capture · status'],
    other_language: ['EN', '中文'],
    switch_language: ['Switch to English', '切换到中文'],
    theme: ['切换深浅色', 'Dark or light'],
    all_well: ['全部正常', 'All well'],
    well: ['正常', 'well'],
    trouble: ['故障', 'in trouble'],
    watch_out: ['注意', 'to look at'],
    cameras: ['路相机', 'cameras'],
    packs: ['本次启动抓拍', 'Captures since start'],
    packs_lost: ['{n} 起未能封存', '{n} could not be sealed'],
    started: ['启动于', 'Started'],
    disk: ['证据磁盘', 'Evidence disk'],
    disk_free: ['剩余 {free} / {total}', '{free} free of {total}'],
    disk_unknown: ['读不到磁盘', 'the disk cannot be read'],
    disk_failing: ['证据无法写入', 'Evidence cannot be written'],
    limits: ['限额', 'Limits'],
    limit_days: ['影像 {n} 天', 'media {n} days'],
    limit_record: ['记录 {n} 天', 'records {n} days'],
    limit_max: ['最多 {n}', 'at most {n}'],
    limit_free: ['留空 {n}', 'keep {n} free'],
    no_limits: ['未设限额', 'no limits set'],
    outlets: ['上报', 'Outlets'],
    no_outlets: ['未设上报', 'none set'],
    outlet_waiting: ['待发 {n}', '{n} waiting'],
    outlet_lost: ['放弃 {n}', '{n} given up'],
    outlet_ready: ['就绪', 'ready'],
    outlet_sending: ['发送中', 'sending'],
    outlet_retrying: ['重试中', 'retrying'],
    outlet_refused: ['拒绝登录', 'refused'],
    outlet_misconfigured: ['设置有误', 'misconfigured'],
    camera: ['相机', 'Camera'],
    state: ['状态', 'State'],
    fps: ['帧率 收/析', 'fps in / looked'],
    fps_title: ['每秒收到与分析的画面', 'Pictures a second, received and analysed'],
    delay: ['延迟', 'Delay'],
    delay_title: ['从画面到达到分析完', 'From a picture\'s arrival to its analysis'],
    rate: ['码率', 'Bit rate'],
    drops: ['漏析', 'Drops'],
    drops_title: ['本机太慢而未分析的画面', 'Pictures not looked at: this machine was too slow'],
    lost: ['丢包', 'Lost'],
    lost_title: ['网络中丢失的画面', 'Pictures lost in the network'],
    clock: ['时钟', 'Clock'],
    clock_title: ['时间来源与相机时钟的偏差', 'Where time comes from, and how far the camera\'s clock is off'],
    clock_rtcp: ['相机', 'camera'],
    clock_receipt: ['到达', 'arrival'],
    finds: ['灵敏度', 'Finds'],
    finds_title: ['持续出现在车后、至少可发现的林格曼级；近 7 天日均抓拍 / 可接受的误抓拍',
        'Least Ringelmann grade found when it stays in the wake; captures a day over 7 days / false ones accepted'],
    finds_detail: ['已学习 {n} 辆次，门限 {t}', '{n} vehicles learned, threshold {t}'],
    from_grade: ['≥ {n} 级', '≥ {n}'],
    of_budget: ['{n} / {b} 起·日', '{n} / {b} a day'],
    a_day: ['{n} 起·日', '{n} a day'],
    last_event: ['最近抓拍', 'Last event'],
    none_yet: ['无', 'none'],
    smokes: ['取证中', 'capturing'],
    event_picture: ['最近一起的画面', 'Picture of the newest event'],
    uptime: ['7 天在线', 'Up, 7 days'],
    unknown_time: ['时间未知', 'unknown'],
    last_frame: ['末帧 {time}', 'last picture {time}'],
    no_picture: ['无画面', 'no picture'],
    learning: ['正在学习路面', 'learning the empty road'],
    behind: ['本机太慢，部分画面未分析', 'This machine is too slow: not all is analysed'],
    few_pictures: ['画面太少：每秒不足 5 帧', 'Too few pictures: less than 5 a second'],
    quiet: ['平时总有车的时段已半小时无车', 'No traffic for half an hour, when there always is some'],
    blind: ['暂不判定', 'Not judging'],
    condition_night: ['夜间', 'night'],
    condition_rain: ['下雨', 'rain'],
    condition_shake: ['画面抖动', 'the camera shakes'],
    condition_unsettled: ['光线不稳', 'the light is unsettled'],
    condition_cloud_edge: ['云影掠过', 'the shadow of a cloud passes'],
    condition_crowded: ['车流过密', 'traffic hides the road'],
    condition_wet_road: ['湿路面反光', 'the wet road mirrors vehicles'],
    condition_haze: ['雾霾或镜头蒙尘', 'haze, or a dirty lens'],
    clock_off: ['相机时钟偏差 {n} 秒', 'Camera clock off by {n} s'],
    ago_s: ['{n} 秒前', '{n} s ago'],
    ago_m: ['{n} 分钟前', '{n} min ago'],
    ago_h: ['{n} 小时前', '{n} h ago'],
    ago_d: ['{n} 天前', '{n} d ago'],
    seconds: ['{n} 秒', '{n} s'],
    offline: ['与程序的连接已断开，画面停在 {time}，正在重连。',
        'The connection to the program is lost; this is as of {time}; trying again.'],
    state_connecting: ['连接中', 'Connecting'],
    state_live: ['正常', 'Live'],
    state_stalled: ['中断', 'Stalled'],
    state_waiting: ['无应答', 'No answer'],
    state_refused: ['拒绝登录', 'Refused'],
    state_misconfigured: ['设置有误', 'Misconfigured'],
    picture_black: ['画面全黑', 'Black picture'],
    picture_flooded: ['画面过曝', 'Flooded'],
    picture_covered: ['镜头被遮', 'Covered'],
    picture_frozen: ['画面冻结', 'Frozen'],
    picture_defocused: ['画面模糊', 'Out of focus'],
    picture_turned: ['视野变了', 'View moved'],
    picture_dirty: ['镜头有污物', 'Dirty lens'],
};

// Reasons are English sentences of the program; these say the same in Chinese. Digits are kept by $1.
const REASONS = [
    [/the log-in was not answered within (\d+) s/, '$1 秒内未应答登录'],
    [/5xx/, '相机自身报错（5xx）'],
    [/^401/, '401：用户名或密码不对，或相机连接数已满'],
    [/^403/, '403：该用户无权观看'],
    [/^404/, '404：相机没有这个码流路径'],
    [/\(4xx\)/, '相机拒绝请求（4xx）：传输方式对吗？'],
    [/the log-in broke off/, '登录时连接中断'],
    [/there is no video/, '相机不提供视频'],
    [/there is no decoder for its video \((.+)\)/, '无法解码该视频（$1）'],
    [/no picture of its video \((.+)\) can be read/, '视频（$1）读不出画面'],
    [/SHA-256 digests only/, '相机只用 SHA-256 摘要：请在相机中启用 MD5 摘要或基本认证'],
    [/no picture for (\d+) s/, '$1 秒没有画面'],
    [/the camera ended the connection/, '相机断开了连接'],
    [/connection lost/, '连接已断'],
    [/no key frame for (\d+) s/, '有数据，但 $1 秒没有关键帧'],
    [/connection refused/, '端口拒绝连接：相机已开机吗？端口对吗？'],
    [/no answer from the name server/, '域名服务器没有应答'],
    [/the name (\S+) is not known/, '找不到主机名 $1'],
    [/does not answer/, '接受连接但不应答'],
    [/no answer to the connection/, '没有应答：网络通吗？'],
    [/is a web server/, '该端口是网页服务，不是 RTSP'],
    [/not in RTSP/, '有应答，但不是 RTSP'],
    [/'url'|'host'|is longer/, '地址设置有误'],
    [/falling behind/, '本机太慢，部分画面未分析'],
    [/No space|full/i, '磁盘已满'],
];

const ANALYSIS = 'analysis stream: ';

let language = document.documentElement.lang === 'en' ? 1 : 0;

export function english() {
    return language === 1;
}

export function switchLanguage() {
    language = 1 - language;
    document.documentElement.lang = english() ? 'en' : 'zh-CN';
    prefer('language', english() ? 'en' : 'zh');
}

export function t(name, values = {}) {
    const text = WORDS[name]?.[language] ?? name;
    return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// What is behind "127.0.0.1:554/main: 404, ..." in the reader's language; the whole as a title.
export function reasonText(reason) {
    if (!reason) return '';
    if (english()) return reason.replace(/^(analysis stream: )?\S+: /, '$1');
    if (reason.startsWith(ANALYSIS)) return `分析码流：${reasonText(reason.slice(ANALYSIS.length))}`;
    const told = reason.replace(/^\S+: /, ''); // an address may hold any of these words and numbers
    for (const [pattern, text] of REASONS) {
        const found = pattern.exec(told);
        if (found) return text.replace('$1', found[1] ?? '');
    }
    return reason;
}
