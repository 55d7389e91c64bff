// What is known of a case, in words and figures, to the right of the pictures.

import {capturePath, get} from '/page/api.js';
import {clear, el, icon, svg} from '/page/dom.js';
import {clock, day, dotted, grade, percent, placeOf, shortDay, stamp} from '/page/format.js';
import {session} from '/page/state.js';
import {english, known, rejected, t, worded} from '/page/words.js';

const EARLIER_SHOWN = 3;
const WEAK_CLOCKS = ['file-time', 'unknown', 'receipt', 'argument'];

function section(name, ...content) {
    return el('section.fact', {}, el('h3', {}, name), ...content);
}

// The name on the same line as what follows.
function inline(name, ...content) {
    return el('section.fact.inline', {}, el('h3', {}, name), ...content);
}

function gauge(opacity, uncertainty) {
    const at = (value) => Math.max(0, Math.min(1, value)) * 300;
    return svg(
        'svg.gauge',
        {viewBox: '-4 0 308 30', 'aria-hidden': 'true'},
        svg('rect.gauge-bar', {x: 0, y: 8, width: 300, height: 6, rx: 3}),
        svg('rect.gauge-range', {
            x: at(opacity - uncertainty),
            y: 5,
            height: 12,
            rx: 3,
            width: Math.max(3, at(opacity + uncertainty) - at(opacity - uncertainty)),
        }),
        svg('line.gauge-limit', {x1: 60, x2: 60, y1: 2, y2: 19}),
        svg('circle.gauge-value', {cx: at(opacity), cy: 11, r: 5}),
        [0, 1, 2, 3, 4, 5].map((n) =>
            svg(
                'text.gauge-text',
                {x: n * 60, y: 29, 'text-anchor': n === 0 ? 'start' : n === 5 ? 'end' : 'middle'},
                String(n)
            )
        )
    );
}

function measured(data) {
    const {smoke} = data.record;
    const odd = smoke.kind !== 'black' ? el('p.warn', {}, t(`kind_${smoke.kind}`)) : null;
    const certainty = el(
        'span.certainty',
        {},
        el('small', {}, t('confidence')),
        el('b', {}, data.confidence.toFixed(2))
    );
    if (data.grade === null)
        return el(
            'section.fact.measure',
            {},
            el(
                'div.grade-line',
                {},
                el('span.grade-word', {}, t('ringelmann')),
                el('strong.grade.unmeasured', {}, t('not_measurable')),
                certainty
            ),
            el('p.muted', {}, t('not_measurable_why')),
            odd
        );
    const spread = data.uncertainty * 5;
    return el(
        'section.fact.measure',
        {},
        el(
            'div.grade-line',
            {},
            el('span.grade-word', {}, t('ringelmann')),
            el('strong.grade', {}, grade(data.grade)),
            el('span.spread', {title: t('interval')}, `± ${spread.toFixed(2)}`),
            certainty
        ),
        gauge(data.opacity, data.uncertainty),
        el(
            'p.muted.figures',
            {},
            `${t('opacity')} ${percent(data.opacity)} ± ${percent(data.uncertainty)}`,
            data.grade - spread <= 1 ? el('span.warn', {}, ` · ${t('limit_1')}`) : null
        ),
        odd
    );
}

function reasonText(reason) {
    const name = `reason_${reason.name}`;
    if (!english() || !known(name)) return reason.text;
    const digits = reason.name === 'frames' ? 0 : 2;
    return t(name, {v: reason.value === null ? '—' : reason.value.toFixed(digits)});
}

export function plateBoxes(data) {
    const {plate} = data.record;
    if (!plate.characters.length) return null;
    return el(
        'div.characters',
        {},
        plate.characters.map((one, i) => {
            const level = one.confidence >= 0.9 ? 'high' : one.confidence >= 0.7 ? 'middle' : 'low';
            return el(
                `span.character.${level}`,
                {
                    title: `${one.text} ${percent(one.confidence)}${
                        one.alternatives.length ? ` · ${one.alternatives.join(' ')}` : ''
                    }`,
                },
                el('b', {}, one.text),
                el('small', {}, String(Math.round(one.confidence * 100))),
                level === 'high' || !one.alternatives.length
                    ? el('em', {}, '\u00a0')
                    : el('em', {}, one.alternatives.slice(0, 2).join('')),
                i === 1 ? el('i.gap') : null
            );
        })
    );
}

export function swatch(colour, text) {
    return el(`span.plate.plate-${colour ?? 'unknown'}`, {}, text);
}

function plateSection(data, edit, may) {
    const {plate} = data.record;
    const marks = [
        data.plate_colour ? worded('colour', data.plate_colour) : null,
        data.plate && plate.rows ? t(`rows_${plate.rows}`) : null,
        worded('class', data.class),
        worded('origin', data.origin),
    ]
        .filter(Boolean)
        .join(' · ');
    const trailer = plate.trailer || data.plate?.endsWith('挂');
    const picture = data.media.plate_rectified ?? data.media.plate;
    return el(
        'section.fact.plate-fact',
        {},
        el(
            'div.plate-line',
            {},
            data.plate
                ? swatch(
                      data.plate_colour,
                      dotted(data.corrected ? data.plate : (data.shown ?? data.plate))
                  )
                : el('span.plate.plate-none', {}, t('no_plate')),
            picture ? el('img.plate-crop', {src: picture, alt: t('plate_view')}) : null,
            el(
                'button.small.edit',
                {onclick: edit, disabled: !may},
                t('correct'),
                el('kbd', {}, 'E')
            )
        ),
        el('p.muted', {}, marks),
        data.corrected
            ? el(
                  'p.was',
                  {},
                  el('span.tag.done', {}, t('corrected')),
                  ` ${t('machine')} `,
                  el('b', {}, plate.shown ?? plate.text ?? t('no_plate')),
                  plate.colour ? ` ${worded('colour', plate.colour)}` : '',
                  ` · ${worded('class', data.record.vehicle.class)}`
              )
            : null,
        data.corrected ? null : plateBoxes(data),
        trailer ? el('p.warn', {}, t('trailer')) : null,
        data.plate_colour === 'green' ? el('p.warn', {}, t('electric')) : null
    );
}

// How the score stands among the camera's clean vehicles; records of former versions do not say.
function baselineRows(baseline) {
    if (!baseline) return [];
    const {passages, quantile, sensitivity} = baseline;
    const share = quantile === null ? null : (100 * quantile).toFixed(quantile > 0.999 ? 3 : 1);
    const beyond = quantile === null ? t('usual_unknown') : t('usual_beyond', {p: share});
    return [
        [t('usual'), `${beyond} · ${t('usual_n', {n: passages})}`],
        [t('sensitivity'), t('sensitivity_from', {n: sensitivity.toFixed(1)})],
    ];
}

function surroundings(data) {
    const {sun, time, conditions, vehicle, camera} = data.record;
    const rows = [];
    if (conditions.length)
        rows.push([
            t('conditions'),
            conditions.map((name) => el('span.tag', {}, worded('condition', name))),
        ]);
    if (sun.elevation !== null)
        rows.push([
            t('sun'),
            sun.elevation < 0
                ? t('below_horizon')
                : t('sun_at', {a: sun.azimuth.toFixed(0), e: sun.elevation.toFixed(0)}),
        ]);
    rows.push(...baselineRows(data.record.baseline));
    const off = time.clock_offset_s;
    rows.push([
        t('clock'),
        [
            worded('clock', time.clock_source),
            off === null ? null : ` · ${t('clock_off', {n: off.toFixed(2)})}`,
            WEAK_CLOCKS.includes(time.clock_source) || Math.abs(off ?? 0) > 1
                ? el('span.warn', {}, ` · ${t('clock_weak')}`)
                : null,
        ],
    ]);
    const device = [
        camera.id,
        data.record.site.device,
        vehicle.speed_kmh === null ? null : t('speed_kmh', {n: vehicle.speed_kmh.toFixed(0)}),
    ];
    rows.push([t('camera'), device.filter(Boolean).join(' · ')]);
    return el(
        'dl.fact.rows',
        {},
        rows.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])
    );
}

function earlierSection(data, open) {
    const {rules} = session;
    const line = (item) =>
        el(
            'li',
            {},
            el(
                'button.link',
                {onclick: () => open(item.id)},
                el('span.figures', {}, stamp(item.time)),
                el('span', {}, item.camera),
                el('span.figures', {}, grade(item.grade)),
                el(`span.state.state-${item.state}`, {}, t(`state_${item.state}`))
            )
        );
    const first = data.earlier.slice(0, EARLIER_SHOWN);
    const more = data.earlier.slice(EARLIER_SHOWN);
    return inline(
        t('earlier'),
        el(
            'p.muted.beside',
            {},
            data.plate
                ? t('earlier_n', {m: rules.repeat_months, n: data.repeats})
                : t('plate_none'),
            data.repeats > 0 && data.repeats + 1 >= rules.repeat_times
                ? el('span.tag.bad', {}, t('repeat_offender'))
                : null
        ),
        first.length ? el('ul.earlier', {}, first.map(line)) : null,
        more.length
            ? el(
                  'details.earlier-more',
                  {},
                  el('summary', {}, t('more_n', {n: more.length})),
                  el('ul.earlier', {}, more.map(line))
              )
            : null
    );
}

export function verdictText(verdict) {
    const parts = [t(verdict.action)];
    if (verdict.reason) parts.push(rejected(verdict.reason));
    if (verdict.plate) parts.push(verdict.plate);
    if (verdict.plate_colour) parts.push(worded('colour', verdict.plate_colour));
    if (verdict.class) parts.push(worded('class', verdict.class));
    return parts.join(' · ');
}

function historySection(data) {
    if (data.damage)
        return section(t('history'), el('p.warn', {}, t('verdicts_damaged') + data.damage));
    if (!data.verdicts.length)
        return inline(t('history'), el('p.muted.beside', {}, t('history_none')));
    return section(
        t('history'),
        el(
            'ol.history',
            {},
            [...data.verdicts]
                .reverse()
                .map((verdict) =>
                    el(
                        'li',
                        {},
                        el(
                            'span.figures',
                            {title: verdict.time},
                            `${shortDay(verdict.time)} ${clock(verdict.time).slice(0, 5)}`
                        ),
                        el('b', {}, verdict.who),
                        el('span', {}, verdictText(verdict)),
                        verdict.text ? el('q', {}, verdict.text) : null
                    )
                )
        )
    );
}

const GLANCE_MS = 200; // a case passed by is not checked

// Has the pack checked against its seal and says what came of it.
async function checkSeal(id, count, summary, problems) {
    await new Promise((resume) => setTimeout(resume, GLANCE_MS));
    if (!summary.isConnected) return;
    const seal = await get(capturePath(id, '/integrity')).catch(() => null);
    if (!seal) return; // the connection's trouble is told elsewhere
    clear(summary, icon('lock'), t(seal.intact ? 'seal_intact' : 'seal_broken', {n: count}));
    summary.classList.add(seal.intact ? 'intact' : 'broken');
    if (!seal.intact) clear(problems, ...seal.problems.map((text) => el('p.warn', {}, text)));
}

function filesSection(data, mayHandOver) {
    const {files} = data.record;
    const summary = el('summary', {}, icon('lock'), t('seal_checking', {n: files.length}));
    const problems = el('div.seal-problems', {role: 'status'});
    checkSeal(data.id, files.length, summary, problems);
    const list = el(
        'details.fact.files',
        {},
        summary,
        el(
            'ul',
            {},
            files.map((file) =>
                el(
                    'li',
                    {},
                    el(
                        'a',
                        {
                            href: capturePath(data.id, `/files/${encodeURIComponent(file.name)}`),
                            target: '_blank',
                            rel: 'noopener',
                        },
                        file.name
                    ),
                    el('code', {title: file.sha256}, `${file.sha256.slice(0, 16)}…`)
                )
            )
        ),
        el(
            'p.muted.figures',
            {},
            `heiyan ${data.record.software.version} · ${t('number')} ${data.id}`
        ),
        mayHandOver ? null : el('p.muted', {}, `${t('handover_zip')}: ${t('approver_only')}`)
    );
    return el('div', {}, list, problems);
}

// Fills the column. handlers: edit(), open(id)
export function paintFacts(root, data, {edit, open, mayHandOver}) {
    const link = (path, text, name) =>
        el(
            'a.small.button',
            {href: capturePath(data.id, path), download: name},
            icon('download'),
            text
        );
    clear(
        root,
        el(
            'section.fact.when',
            {},
            el(
                'div.moment',
                {},
                el('span.day', {}, day(data.time)),
                el('strong.figures', {}, clock(data.time)),
                el(`span.state.state-${data.state}`, {}, t(`state_${data.state}`))
            ),
            el('p', {}, placeOf(data) || data.camera),
            data.overdue || data.retired || data.reason
                ? el(
                      'p',
                      {},
                      data.overdue ? el('span.tag.bad', {}, t('is_overdue')) : null,
                      data.retired ? el('span.tag', {}, t('retired')) : null,
                      data.reason ? el('span.tag', {}, rejected(data.reason)) : null
                  )
                : null
        ),
        measured(data),
        plateSection(data, edit, data.actions.includes('correct')),
        section(
            t('reasons'),
            el(
                'ul.reasons',
                {},
                data.record.reasons.map((reason) => el('li', {}, reasonText(reason)))
            )
        ),
        surroundings(data),
        earlierSection(data, open),
        historySection(data),
        el(
            'div.fact.links',
            {},
            link('/sheet.pdf', t('sheet'), `${data.id}.pdf`),
            mayHandOver ? link('/handover.zip', t('handover_zip'), `${data.id}.zip`) : null
        ),
        filesSection(data, mayHandOver)
    );
    root.scrollTop = 0;
}
