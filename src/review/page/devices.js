// The cameras: when each captured last, how many in seven days, and how long it was up.

import {get} from '/page/api.js';
import {clear, el} from '/page/dom.js';
import {count, percent, shortDay, stamp} from '/page/format.js';
import {errorText, t} from '/page/words.js';

const DAY_MS = 86400000;
const SILENT_DAYS = 2;

function dayBars(camera, value, tip, kind) {
    return el(
        'div.days',
        {
            role: 'img',
            'aria-label': camera.days.map((day) => `${shortDay(day.date)} ${tip(day)}`).join(', '),
        },
        camera.days.map((day) =>
            el(
                'div.day-bar',
                {title: `${day.date}  ${tip(day)}`},
                el(
                    'span.well',
                    {},
                    el(`i.${kind(day)}`, {style: {height: `${Math.round(value(day) * 100)}%`}})
                ),
                el('small', {}, day.date.slice(8))
            )
        )
    );
}

function row(camera, most) {
    const silent = camera.last ? Math.floor((Date.now() - Date.parse(camera.last)) / DAY_MS) : null;
    const level = (uptime) =>
        uptime === null ? 'unknown' : uptime >= 0.99 ? 'good' : uptime >= 0.9 ? 'fair' : 'poor';
    return el(
        'section.card.device',
        {},
        el(
            'div.device-name',
            {},
            el('h2', {}, camera.camera),
            el('p', {}, camera.place ?? ''),
            el('p.muted', {}, camera.site ?? '')
        ),
        el(
            'div',
            {},
            el('h3', {}, t('last_capture')),
            el('p.figures.big', {}, camera.last ? stamp(camera.last) : t('never')),
            silent !== null && silent >= SILENT_DAYS
                ? el('p.warn', {}, t('silent', {n: silent}))
                : null
        ),
        el(
            'div',
            {},
            el('h3', {}, t('captures_7'), ' ', el('b.figures', {}, count(camera.captures))),
            dayBars(
                camera,
                (day) => day.captures / most,
                (day) => count(day.captures),
                () => 'count'
            )
        ),
        el(
            'div',
            {},
            el('h3', {}, t('uptime_7'), ' ', el('b.figures', {}, percent(camera.uptime, 1))),
            camera.uptime === null
                ? el('p.muted', {}, t('no_uptime'))
                : dayBars(
                      camera,
                      (day) => day.uptime ?? 0,
                      (day) => percent(day.uptime, 1),
                      (day) => level(day.uptime)
                  )
        )
    );
}

export function openDevices(root) {
    const body = el('div.report-body');
    clear(root, el('div.report', {}, el('div.report-head', {}, el('h1', {}, t('devices'))), body));

    async function load() {
        try {
            const {cameras} = await get('/api/devices');
            const most = Math.max(
                1,
                ...cameras.flatMap((camera) => camera.days.map((day) => day.captures))
            );
            clear(
                body,
                cameras.length
                    ? cameras.map((camera) => row(camera, most))
                    : el('div.nothing', {}, t('nothing'))
            );
        } catch (error) {
            clear(
                body,
                el(
                    'div.nothing',
                    {},
                    el('b', {}, errorText(error)),
                    el('button', {onclick: load}, t('retry'))
                )
            );
        }
    }

    load();
    const timer = setInterval(load, 60000);
    return {close: () => clearInterval(timer)};
}
