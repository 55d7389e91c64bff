// The status page: one row per camera, kept up to date by the program's own events.

import {clear, el, icon} from '/page/dom.js';
import {prefer} from '/page/state.js';
import {english, reasonText, switchLanguage, t} from '/page/status_words.js';

const PICTURES_MS = 2000; // between two looks at every camera
const CLOCK_OFF_S = 1.0;
const FPS_LEAST = 5; // fewer show no vehicle twice
const SILENT_MS = 5000; // without an event: the connection is gone

let status = null;
let heardAt = 0;
const rows = new Map(); // camera's id: {node, update, picture}
const parts = {};

// ---- numbers ----

function number(value, digits) {
    return value === null || value === undefined ? '—' : value.toFixed(digits);
}

function count(value) {
    return value.toLocaleString(english() ? 'en' : 'zh-CN');
}

function bytes(value) {
    if (value === null || value === undefined) return '—';
    const power = Math.min(4, Math.floor(Math.log2(Math.max(1, value)) / 10));
    const scaled = value / 1024 ** power;
    return `${scaled.toFixed(power && scaled < 100 ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

function bitRate(value) {
    if (!value) return '—';
    return value < 1e6 ? `${Math.round(value / 1e3)} kb/s` : `${(value / 1e6).toFixed(1)} Mb/s`;
}

function ago(time, now) {
    const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(time)) / 1000));
    if (seconds < 60) return t('ago_s', {n: seconds});
    if (seconds < 3600) return t('ago_m', {n: Math.floor(seconds / 60)});
    if (seconds < 172800) return t('ago_h', {n: Math.floor(seconds / 3600)});
    return t('ago_d', {n: Math.floor(seconds / 86400)});
}

function percent(value) {
    if (value === null) return '—';
    return `${(Math.floor(value * 1000) / 10).toFixed(value === 1 ? 0 : 1)}%`;
}

// Captures a day over the days that the camera was watched, of the last seven.
function daily({days}) {
    const sum = (key) => days.reduce((all, day) => all + day[key], 0);
    return days.length ? sum('captures') / Math.max(1, sum('watched_s') / 86400) : null;
}

// What the camera can find by what its vehicles taught, and what it found against what is accepted.
function showFinds(cell, {baseline}) {
    const {threshold, sensitivity, passages, false_budget: budget} = baseline;
    const captures = number(daily(baseline), 1);
    clear(
        cell,
        el('div', {}, sensitivity === null ? '—' : t('from_grade', {n: number(sensitivity, 1)})),
        el('small', {}, budget === null ? t('a_day', {n: captures}) : t('of_budget', {n: captures, b: budget}))
    );
    cell.title = t('finds_detail', {n: count(passages), t: number(threshold, 2)});
}

// The newest event's picture, and when that was; one that goes on stands out.
function showEvent(cell, camera, now) {
    const at = camera.open_event ?? camera.last_event;
    cell.title = at ?? '';
    cell.classList.toggle('smokes', Boolean(camera.open_event));
    if (!at) {
        set(cell, t('none_yet'));
        return;
    }
    if (cell.firstChild?.dataset?.at !== at) {
        const href = `/event/${encodeURIComponent(camera.id)}.jpg?at=${encodeURIComponent(at)}`;
        const picture = el('img', {src: href, alt: t('event_picture')});
        const link = el('a.event', {href, target: '_blank', data: {at}}, picture, el('span'));
        picture.addEventListener('error', () => picture.remove()); // of before a restart
        clear(cell, link);
    }
    set(cell.querySelector('span'), camera.open_event ? t('smokes') : ago(at, now));
}

// ---- what is wrong with a camera ----

// {level: good, warn or bad, word, reason}
function judge(camera) {
    const reason = reasonText(camera.reason);
    if (camera.state === 'connecting') return {level: 'warn', word: t('state_connecting'), reason};
    if (camera.state !== 'live') return {level: 'bad', word: t(`state_${camera.state}`), reason};
    if (camera.picture !== 'good')
        return {level: 'bad', word: t(`picture_${camera.picture}`), reason};
    if (camera.reason) return {level: 'warn', word: t('watch_out'), reason};
    if (camera.fps < FPS_LEAST)
        return {level: 'warn', word: t('watch_out'), reason: t('few_pictures')};
    const blind = camera.conditions.filter((one) => one.blind);
    if (blind.length)
        return {
            level: 'warn',
            word: t('blind'),
            reason: blind.map((one) => t(`condition_${one.name}`)).join(' · '),
        };
    if (camera.condition === 'quiet')
        return {level: 'warn', word: t('watch_out'), reason: t('quiet')};
    if (Math.abs(camera.clock_offset_s ?? 0) > CLOCK_OFF_S)
        return {
            level: 'warn',
            word: t('watch_out'),
            reason: t('clock_off', {n: number(camera.clock_offset_s, 1)}),
        };
    const hazy = camera.conditions.some((one) => one.name === 'haze');
    const note = camera.learning ? 'learning' : hazy ? 'condition_haze' : '';
    return {level: 'good', word: t('state_live'), reason: note && t(note)};
}

function set(node, text, title) {
    if (node.textContent !== text) node.textContent = text;
    if (title !== undefined && node.title !== title) node.title = title;
}

function levelOfUptime(value) {
    if (value === null || value >= 0.99) return '';
    return value >= 0.9 ? 'warn' : 'bad';
}

// ---- rows ----

const COLUMNS = ['fps', 'delay', 'rate', 'drops', 'lost', 'clock', 'finds', 'last_event', 'uptime'];

function makeRow(id) {
    const picture = el('img.look', {alt: '', width: 320, height: 180});
    const screen = el('div.screen', {}, picture, el('span.dark', {}, t('no_picture')));
    const place = el('small');
    const word = el('b.word');
    const reason = el('span.reason');
    const cells = Object.fromEntries(COLUMNS.map((name) => [name, el('td.number')]));
    const bar = el('i');
    const uptime = el('span');
    cells.uptime.append(uptime, el('div.bar', {}, bar));
    picture.addEventListener('load', () => screen.classList.add('seen'));
    picture.addEventListener('error', () => screen.classList.remove('seen'));
    const node = el(
        'tr',
        {data: {camera: id}},
        el('td.who', {}, el('div', {}, screen, el('div', {}, el('b', {}, id), place))),
        el('td.how', {}, el('div', {}, word, reason)),
        ...COLUMNS.map((name) => cells[name])
    );

    function update(camera, now) {
        const verdict = judge(camera);
        node.className = `level-${verdict.level}`;
        set(place, [camera.place, camera.direction].filter(Boolean).join(' · '));
        place.title = place.textContent;
        set(word, verdict.word);
        const last =
            camera.state !== 'live' && camera.last_frame
                ? t('last_frame', {time: ago(camera.last_frame, now)})
                : '';
        set(reason, [verdict.reason, last].filter(Boolean).join(' · '), camera.reason);
        const live = camera.state === 'live';
        set(cells.fps, live ? `${number(camera.fps, 1)} / ${number(camera.analysed_fps, 1)}` : '—',
            camera.width ? `${camera.codec} ${camera.width}×${camera.height}` : '');
        set(cells.delay, live ? t('seconds', {n: number(camera.delay_s, 2)}) : '—');
        set(cells.rate, live ? bitRate(camera.bits_per_second) : '—');
        set(cells.drops, count(camera.drops));
        set(cells.lost, count(camera.lost));
        cells.drops.classList.toggle('some', camera.drops > 0);
        cells.lost.classList.toggle('some', camera.lost > 0);
        const offset = camera.clock_offset_s;
        set(
            cells.clock,
            camera.clock_source
                ? t(`clock_${camera.clock_source}`) +
                      (offset === null ? '' : ` ${offset < 0 ? '−' : '+'}${Math.abs(offset).toFixed(2)}`)
                : '—'
        );
        cells.clock.classList.toggle('some', Math.abs(offset ?? 0) > CLOCK_OFF_S);
        showFinds(cells.finds, camera);
        showEvent(cells.last_event, camera, now);
        set(uptime, percent(camera.uptime_7d));
        bar.style.width = `${(camera.uptime_7d ?? 0) * 100}%`;
        cells.uptime.className = `number uptime ${levelOfUptime(camera.uptime_7d)}`;
        return verdict.level;
    }
    return {node, update, picture, shown: null};
}

function fit(cameras) {
    const ids = cameras.map((camera) => camera.id);
    if (ids.length === rows.size && ids.every((id) => rows.has(id))) return;
    for (const id of rows.keys()) if (!ids.includes(id)) rows.delete(id);
    for (const id of ids) if (!rows.has(id)) rows.set(id, makeRow(id));
    parts.body.replaceChildren(...ids.map((id) => rows.get(id).node));
    document.documentElement.style.setProperty('--cameras', ids.length);
}

// New pictures of the cameras that sent some since the last look, one after the other.
function look() {
    if (document.hidden || !status) return;
    for (const camera of status.cameras) {
        const row = rows.get(camera.id);
        if (!row || !camera.last_frame || row.shown === camera.last_frame) continue;
        row.shown = camera.last_frame;
        row.picture.src = `/thumbnail/${encodeURIComponent(camera.id)}.jpg?at=${encodeURIComponent(
            camera.last_frame
        )}`;
    }
}

// ---- the head ----

function showCounts(levels) {
    const of = (level) => levels.filter((one) => one === level).length;
    const [bad, warn, good] = [of('bad'), of('warn'), of('good')];
    const failing = status.disk.state !== 'good' || status.packs_lost > 0;
    parts.counts.className = `tile counts-tile ${bad || failing ? 'bad' : warn ? 'warn' : 'good'}`;
    const words = {bad: 'trouble', warn: 'watch_out', good: 'well'};
    const some = (level, n) =>
        n ? el(`span.part.${level}`, {}, el('b', {}, n), t(words[level])) : null;
    clear(
        parts.counts,
        bad || warn
            ? [some('bad', bad), some('warn', warn), some('good', good)]
            : el('span.part.good', {}, el('b', {}, good), t('cameras'), ' · ', t('all_well'))
    );
    document.title = `${bad ? `(${bad}) ` : ''}${t('title')}`;
}

function limitsText(limits) {
    const texts = [
        limits.media_days && t('limit_days', {n: limits.media_days}),
        limits.record_days && t('limit_record', {n: limits.record_days}),
        limits.max_bytes && t('limit_max', {n: bytes(limits.max_bytes)}),
        limits.min_free_bytes && t('limit_free', {n: bytes(limits.min_free_bytes)}),
    ].filter(Boolean);
    return texts.length ? `${t('limits')}：${texts.join('，')}` : t('no_limits');
}

function showDisk() {
    const {disk} = status;
    const used = disk.total_bytes ? 1 - disk.free_bytes / disk.total_bytes : 0;
    const failing = disk.state !== 'good';
    parts.disk.className = `tile ${failing ? 'bad' : used > 0.95 ? 'level-warn' : ''}`;
    parts.disk.title = disk.path;
    clear(
        parts.disk,
        el('h3', {}, t('disk')),
        failing
            ? el('strong', {}, t('disk_failing'))
            : el(
                  'span.figures',
                  {},
                  disk.total_bytes
                      ? t('disk_free', {free: bytes(disk.free_bytes), total: bytes(disk.total_bytes)})
                      : t('disk_unknown')
              ),
        failing
            ? el('small', {title: disk.reason}, reasonText(disk.reason))
            : [
                  el('div.bar', {}, el('i', {style: {width: `${used * 100}%`}})),
                  el('small', {}, limitsText(disk.limits)),
              ]
    );
}

function outletLine(outlet) {
    const bad = ['refused', 'misconfigured'].includes(outlet.state);
    return el(
        `li${bad || outlet.lost ? '.bad' : outlet.state === 'retrying' ? '.warn' : ''}`,
        {title: outlet.reason},
        el('i.lamp'),
        el('b', {}, outlet.name),
        ` ${t(`outlet_${outlet.state}`)}`,
        outlet.waiting ? ` · ${t('outlet_waiting', {n: count(outlet.waiting)})}` : null,
        outlet.lost ? ` · ${t('outlet_lost', {n: count(outlet.lost)})}` : null
    );
}

function showRest() {
    clear(
        parts.outlets,
        el('h3', {}, t('outlets')),
        status.outlets.length
            ? el('ul', {}, status.outlets.map(outletLine))
            : el('small', {}, t('no_outlets'))
    );
    parts.packs.className = `tile ${status.packs_lost ? 'bad' : ''}`;
    clear(
        parts.packs,
        el('h3', {}, t('packs')),
        el('strong.figures', {}, count(status.packs)),
        el(
            'small',
            {},
            status.packs_lost
                ? t('packs_lost', {n: count(status.packs_lost)})
                : `${t('started')} ${status.started.slice(5, 16).replace('T', ' ')}`
        )
    );
    set(parts.site, status.site);
    set(parts.time, status.time.slice(0, 19).replace('T', ' '));
    set(parts.version, `heiyan ${status.version}`);
}

function show() {
    if (!status) return;
    fit(status.cameras);
    showCounts(status.cameras.map((camera) => rows.get(camera.id).update(camera, status.time)));
    showDisk();
    showRest();
}

function checkConnection() {
    const gone = heardAt && Date.now() - heardAt > SILENT_MS;
    parts.banner.hidden = !gone;
    document.body.classList.toggle('stale', Boolean(gone));
    if (gone)
        set(parts.banner, t('offline', {time: status ? status.time.slice(11, 19) : '—'}));
}

// ---- the page ----

function switchTheme() {
    const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    prefer('theme', next);
    dispatchEvent(new CustomEvent('heiyan:theme', {detail: next}));
}

function build() {
    rows.clear();
    const titled = {fps: 'fps_title', delay: 'delay_title', drops: 'drops_title', lost: 'lost_title', clock: 'clock_title', finds: 'finds_title'};
    Object.assign(parts, {
        site: el('span'),
        time: el('time.figures'),
        version: el('span.muted'),
        counts: el('section'),
        disk: el('section'),
        outlets: el('section.tile.outlets'),
        packs: el('section'),
        body: el('tbody'),
        banner: el('div.banner', {role: 'alert', hidden: true}),
    });
    clear(
        document.getElementById('app'),
        el(
            'header.head',
            {},
            el('span.brand', {}, el('img', {src: '/page/mark.svg', alt: '', width: 26, height: 26}), t('title')),
            parts.site,
            el('span.spring'),
            parts.version,
            parts.time,
            el('button.tool', {onclick: switchTheme, title: t('theme'), 'aria-label': t('theme')}, icon('moon')),
            el(
                'button.tool',
                {
                    title: t('switch_language'),
                    onclick: () => {
                        switchLanguage();
                        build();
                        show();
                        look();
                    },
                },
                t('other_language')
            )
        ),
        parts.banner,
        el('div.summary', {}, parts.counts, parts.disk, parts.outlets, parts.packs),
        el(
            'div.table-scroll',
            {},
            el(
                'table.cameras',
                {},
                el(
                    'thead',
                    {},
                    el(
                        'tr',
                        {},
                        el('th.who', {}, t('camera')),
                        el('th.how', {}, t('state')),
                        ...COLUMNS.map((name) =>
                            el('th.number', {data: {column: name}, title: titled[name] ? t(titled[name]) : null}, t(name))
                        )
                    )
                ),
                parts.body
            )
        )
    );
    document.title = t('title');
}

function listen() {
    const source = new EventSource('/status');
    source.addEventListener('status', (event) => {
        const first = !status;
        status = JSON.parse(event.data);
        heardAt = Date.now();
        show();
        checkConnection();
        if (first) look();
    });
}

build();
listen();
heardAt = Date.now();
setInterval(look, PICTURES_MS);
setInterval(checkConnection, 1000);
document.addEventListener('visibilitychange', look);
