// The weekly report (周调度): this week against the last, on one page.

import {get} from '/page/api.js';
import {bars, columns} from '/page/chart.js';
import {clear, el, icon} from '/page/dom.js';
import {swatch} from '/page/facts.js';
import {
    count,
    daysBefore,
    dotted,
    grade,
    hours,
    mondayOf,
    percent,
    stamp,
    today,
    weekOf,
} from '/page/format.js';
import {session} from '/page/state.js';
import {english, errorText, rejected, t} from '/page/words.js';

const GRADES = ['none', '0', '1', '2', '3', '4'];
const WEEKS = 26;

function card(name, ...content) {
    return el('section.card', {}, el('h2', {}, name), ...content);
}

// good: whether more is better, null when it is neither.
function figure(name, now, before, good = null) {
    const way = before === undefined || now === before ? null : now > before;
    const kind = way === null || good === null ? '' : way === good ? '.better' : '.worse';
    return el(
        'div.figure',
        {},
        el('span', {}, name),
        el('b.figures', {}, count(now)),
        before === undefined
            ? null
            : el(
                  `small${kind}`,
                  {},
                  way === null ? '＝' : way ? '▲' : '▼',
                  ' ',
                  t('against', {n: count(before)})
              )
    );
}

function reviewFigures({median_hours: median, slowest_hours: slowest, late, deadline_days: days}) {
    const one = (name, value) =>
        el(
            'div.figure',
            {},
            el('span', {}, `${t('review_delay')} · ${t(name)}`),
            el('b', {}, hours(value)),
            name === 'median'
                ? null
                : el(
                      late ? 'small.worse' : 'small',
                      {},
                      late ? t('late', {n: late, d: days}) : t('on_time', {d: days})
                  )
        );
    return [one('median', median), one('slowest', slowest)];
}

function cameraTable(cameras) {
    return el(
        'table.plain-table',
        {},
        el(
            'thead',
            {},
            el(
                'tr',
                {},
                el('th', {}, t('camera')),
                ['captures', 'last_week_n', 'confirmed', 'rejected', 'undecided', 'uptime'].map(
                    (name) => el('th.number', {}, t(name))
                )
            )
        ),
        el(
            'tbody',
            {},
            cameras.map((camera) =>
                el(
                    'tr',
                    {},
                    el(
                        'td',
                        {},
                        el('b', {}, camera.camera),
                        camera.place ? el('small', {}, camera.place) : null
                    ),
                    [
                        camera.captures,
                        camera.before,
                        camera.confirmed,
                        camera.rejected,
                        camera.undecided,
                    ].map((value) => el('td.number', {}, count(value))),
                    el(
                        'td.number',
                        {},
                        el(
                            camera.uptime !== null && camera.uptime < 0.95 ? 'span.warn' : 'span',
                            {},
                            percent(camera.uptime, 1)
                        )
                    )
                )
            )
        )
    );
}

function offenders(list) {
    const {repeat_months: m, repeat_times: n} = session.rules;
    return card(
        t('offenders'),
        el('p.muted', {}, t('offenders_rule', {m, n})),
        list.length
            ? el(
                  'table.plain-table',
                  {},
                  el(
                      'tbody',
                      {},
                      list.map((one) =>
                          el(
                              'tr',
                              {},
                              el('td', {}, swatch(one.colour, dotted(one.plate))),
                              el('td.number', {}, el('b', {}, count(one.captures))),
                              el('td.number.muted', {}, stamp(one.last))
                          )
                      )
                  )
              )
            : el('p.muted', {}, t('nothing'))
    );
}

function publicList(place, week) {
    const monday = mondayOf(week.week);
    get(`/api/reports/public?from=${monday}&to=${daysBefore(monday, -6)}`)
        .then(({items}) => {
            clear(
                place,
                items.length
                    ? el(
                          'div.short-scroll',
                          {tabindex: '0', 'aria-label': t('public_list')},
                          el(
                              'table.plain-table',
                              {},
                              el(
                                  'thead',
                                  {},
                                  el(
                                      'tr',
                                      {},
                                      ['date', 'place', 'col_plate', 'ringelmann'].map((name) =>
                                          el('th', {}, t(name))
                                      )
                                  )
                              ),
                              el(
                                  'tbody',
                                  {},
                                  items.map((item) =>
                                      el(
                                          'tr',
                                          {},
                                          el('td.figures', {}, item.date),
                                          el('td', {}, item.place ?? ''),
                                          el('td', {}, item.plate),
                                          el('td.figures', {}, grade(item.grade))
                                      )
                                  )
                              )
                          )
                      )
                    : el('p.muted', {}, t('nothing'))
            );
        })
        .catch((error) => clear(place, el('p.warn', {}, errorText(error))));
}

function paint(root, week) {
    const {before, hours_confirmed: solid} = week;
    const list = el('div');
    publicList(list, week);
    clear(
        root,
        el(
            'div.figures-line.card',
            {},
            figure(t('captures'), week.captures, before.captures),
            figure(t('confirmed'), week.confirmed, before.confirmed),
            figure(t('rejected'), week.rejected, before.rejected, false),
            figure(t('undecided'), week.undecided, before.undecided, false),
            figure(t('overdue'), week.overdue, before.overdue, false),
            figure(t('handed_over'), week.handed_over, before.handed_over, true),
            figure(t('struck_off'), week.struck_off, before.struck_off, true),
            el('span.spring'),
            reviewFigures(week.review)
        ),
        el(
            'div.cards',
            {},
            card(
                t('by_hour'),
                el(
                    'p.legend-line',
                    {},
                    el('i.key-pale'),
                    t('captures'),
                    el('i.key-solid'),
                    t('confirmed')
                ),
                columns(
                    week.hours.map((value, hour) => ({
                        label: String(hour),
                        value,
                        part: solid[hour],
                        tip: `${hour}:00  ${t('captures')} ${value} · ${t('confirmed')} ${solid[hour]}`,
                    })),
                    {label: t('by_hour'), each: 3}
                )
            ),
            card(
                t('by_grade'),
                columns(
                    GRADES.map((name) => ({
                        label: t(`grade_${name}`),
                        value: week.grades[name] ?? 0,
                        kind: `ringelmann-${name}`,
                    })),
                    {label: t('by_grade')}
                )
            ),
            card(
                t('by_reason'),
                Object.keys(week.reasons).length
                    ? bars(
                          Object.entries(week.reasons)
                              .sort(([, a], [, b]) => b - a)
                              .map(([name, value]) => ({label: rejected(name), value, kind: 'no'}))
                      )
                    : el('p.muted', {}, t('nothing'))
            ),
            offenders(week.repeat_offenders),
            el('section.card.wide', {}, el('h2', {}, t('by_camera')), cameraTable(week.cameras)),
            el(
                'section.card.wide',
                {},
                el('h2', {}, t('public_list')),
                el('p.muted', {}, t('public_hint')),
                list
            )
        )
    );
}

export function openWeek(root, [wanted]) {
    const now = weekOf(today());
    const state = {week: /^\d{4}-W\d\d$/.test(wanted ?? '') ? wanted : now, site: ''};
    const content = el('div.report-body');
    const picker = el('select', {'aria-label': t('week'), onchange: () => show(picker.value)});
    const site = el('select', {
        'aria-label': t('site'),
        hidden: true,
        onchange: () => {
            state.site = site.value;
            show(state.week);
        },
    });
    const links = el('div.report-links');
    const later = el(
        'button.tool',
        {
            'aria-label': t('week_after'),
            title: t('week_after'),
            onclick: () => show(weekOf(daysBefore(mondayOf(state.week), -7))),
        },
        icon('right')
    );
    clear(
        root,
        el(
            'div.report',
            {},
            el(
                'div.report-head',
                {},
                el('h1', {}, t('report')),
                el(
                    'button.tool',
                    {
                        'aria-label': t('week_before'),
                        title: t('week_before'),
                        onclick: () => show(weekOf(daysBefore(mondayOf(state.week), 7))),
                    },
                    icon('left')
                ),
                picker,
                later,
                site,
                el('span.spring'),
                links
            ),
            content
        )
    );
    get('/api/facets?')
        .then((facets) => {
            const names = Object.keys(facets.site ?? {});
            site.hidden = names.length < 2;
            clear(
                site,
                el('option', {value: ''}, t('all_sites')),
                names.map((name) => el('option', {value: name}, name))
            );
        })
        .catch(() => {});

    function query(extra = {}) {
        const parts = new URLSearchParams({week: state.week, ...extra});
        if (state.site) parts.set('site', state.site);
        return parts.toString();
    }

    async function show(week) {
        state.week = week > now ? now : week;
        history.replaceState(null, '', `#/week/${state.week}`);
        later.disabled = state.week >= now;
        const weeks = Array.from({length: WEEKS}, (_, i) =>
            weekOf(daysBefore(mondayOf(now), 7 * i))
        );
        if (!weeks.includes(state.week)) weeks.push(state.week);
        clear(
            picker,
            weeks.map((name) =>
                el(
                    'option',
                    {value: name},
                    t('week_of', {
                        week: name,
                        from: mondayOf(name).slice(5),
                        to: daysBefore(mondayOf(name), -6).slice(5),
                    })
                )
            )
        );
        picker.value = state.week;
        const language = english() ? 'en' : 'zh';
        clear(
            links,
            [
                ['pdf', 'print_pdf'],
                ['xlsx', 'print_xlsx'],
            ].map(([format, name]) =>
                el(
                    'a.button.small',
                    {
                        href: `/api/reports/week.${format}?${query({language})}`,
                        download: `${state.week}.${format}`,
                    },
                    icon('download'),
                    t(name)
                )
            )
        );
        content.setAttribute('aria-busy', 'true');
        const asked = state.week + state.site;
        try {
            const report = await get(`/api/reports/week?${query()}`);
            if (asked === state.week + state.site) paint(content, report);
        } catch (error) {
            clear(
                content,
                el(
                    'div.nothing',
                    {},
                    el('b', {}, errorText(error)),
                    el('button', {onclick: () => show(week)}, t('retry'))
                )
            );
        }
        content.removeAttribute('aria-busy');
    }

    show(state.week);
    return {close() {}};
}
