// Learning from decisions: what was right by camera, hour and grade, and what another threshold
// would have changed.

import {get} from '/page/api.js';
import {bars, columns, curves} from '/page/chart.js';
import {clear, debounce, el, icon} from '/page/dom.js';
import {count, daysBefore, percent, today} from '/page/format.js';
import {toast} from '/page/toast.js';
import {errorText, rejected, t} from '/page/words.js';

const PERIODS = [7, 30, 90];

function card(name, ...content) {
    return el('section.card', {}, el('h2', {}, name), ...content);
}

function tip(name, tally) {
    return `${name}: ${percent(tally.precision)} · ${t('decided')} ${tally.decided} · ${t('captures')} ${tally.captures}`;
}

function paintPrecision(root, report) {
    const {total} = report;
    const figure = (name, value) =>
        el('div.figure', {}, el('span', {}, name), el('b.figures', {}, value));
    clear(
        root,
        el(
            'div.figures-line.card',
            {},
            figure(t('precision'), percent(total.precision, 1)),
            figure(t('captures'), count(total.captures)),
            figure(t('decided'), count(total.decided)),
            figure(t('confirmed'), count(total.confirmed)),
            figure(t('rejected'), count(total.rejected)),
            el('p.muted.figure-note', {}, t('precision_hint'))
        ),
        el(
            'div.cards',
            {},
            card(
                t('precision_by_camera'),
                bars(
                    report.cameras.map((tally) => ({
                        label: tally.camera,
                        value: tally.precision ?? 0,
                        text: `${percent(tally.precision)} · ${count(tally.decided)}`,
                    })),
                    {most: 1}
                )
            ),
            card(
                t('by_reason'),
                bars(
                    Object.entries(report.reasons)
                        .filter(([, n]) => n)
                        .sort(([, a], [, b]) => b - a)
                        .map(([name, value]) => ({label: rejected(name), value, kind: 'no'}))
                )
            ),
            card(
                t('precision_by_hour'),
                columns(
                    report.hours.map((tally) => ({
                        label: String(tally.hour),
                        value: tally.precision,
                        tip: tip(`${tally.hour}:00`, tally),
                    })),
                    {
                        label: t('precision_by_hour'),
                        each: 3,
                        limit: 1,
                        format: percent,
                        values: false,
                    }
                )
            ),
            card(
                t('precision_by_grade'),
                columns(
                    report.grades.map((tally) => ({
                        label: t(`grade_${tally.grade}`),
                        value: tally.precision,
                        tip: tip(t(`grade_${tally.grade}`), tally),
                    })),
                    {label: t('precision_by_grade'), limit: 1, format: percent}
                )
            )
        )
    );
}

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        // not over plain HTTP from another machine
        const field = el('textarea', {value: text, 'aria-hidden': 'true'});
        document.body.append(field);
        field.select();
        document.execCommand('copy');
        field.remove();
    }
    toast(t('copied'));
}

// The settings' own words for a camera's threshold, with as many digits as the slider has.
function yaml(cameras, score) {
    return `cameras:\n${cameras.map((id) => `  - {id: ${id}, thresholds: {score: ${score}}}`).join('\n')}\n`;
}

function paintWhatIf(root, report, cameras) {
    const {points} = report;
    if (points.length < 2) {
        clear(root, el('p.muted', {}, t('nothing')));
        return;
    }
    const chart = curves(
        points.map((point) => point.score),
        ['captures', 'confirmed', 'rejected'].map((kind) => ({
            kind,
            values: points.map((point) => point[kind]),
        })),
        {label: t('what_if')}
    );
    const slider = el('input', {
        type: 'range',
        min: 0,
        max: points.length - 1,
        step: 1,
        value: 0,
        'aria-label': t('threshold'),
        oninput: () => paint(),
    });
    const value = el('b.threshold.figures');
    const result = el('div.what-if-result', {role: 'status'});
    const text = el('code.yaml');
    const whole = points[0];
    clear(
        root,
        el(
            'p.legend-line',
            {},
            ['captures', 'confirmed', 'rejected'].map((kind) => [el(`i.key-line.${kind}`), t(kind)])
        ),
        chart.place,
        el('div.slider', {}, el('label', {}, t('threshold')), slider, value),
        result,
        el(
            'div.yaml-line',
            {},
            text,
            el('button', {onclick: () => copy(text.textContent)}, icon('file'), t('copy_yaml'))
        )
    );

    function paint() {
        const point = points[Number(slider.value)];
        const lost = whole.confirmed - point.confirmed;
        const spared = whole.rejected - point.rejected;
        const digits = String(point.score);
        value.textContent = point.score.toFixed(3);
        slider.setAttribute('aria-valuetext', digits);
        chart.mark(point.score);
        const figure = (name, now, before) =>
            el(
                'div.figure',
                {},
                el('span', {}, name),
                el('b.figures', {}, count(now)),
                el('small', {}, now === before ? t('present') : `− ${count(before - now)}`)
            );
        clear(
            result,
            figure(t('captures'), point.captures, whole.captures),
            figure(t('confirmed'), point.confirmed, whole.confirmed),
            figure(t('rejected'), point.rejected, whole.rejected),
            figure(t('undecided'), point.undecided, whole.undecided),
            el(
                'p',
                {},
                el(
                    lost ? 'b.lose' : 'b.fine',
                    {},
                    lost ? t('lose_confirmed', {n: count(lost)}) : t('lose_none')
                ),
                el('span', {}, t('save_rejected', {n: count(spared)}))
            )
        );
        text.textContent = yaml(cameras, digits);
    }
    paint();
}

export function openInsight(root) {
    let from = daysBefore(today(), 29);
    let camera = '';
    let all = [];
    const body = el('div.report-body');
    const precision = el('div');
    const whatIf = el('div.what-if');
    const cameras = el('select', {
        'aria-label': t('camera'),
        onchange: () => {
            camera = cameras.value;
            loadWhatIf();
        },
    });
    const periods = el(
        'div.segments',
        {role: 'group', 'aria-label': t('period')},
        PERIODS.map((days) =>
            el(
                'button',
                {
                    'aria-pressed': String(days === 30),
                    onclick: (event) => {
                        for (const button of periods.children)
                            button.setAttribute('aria-pressed', String(button === event.target));
                        from = daysBefore(today(), days - 1);
                        load();
                    },
                },
                t(`last_${days}`)
            )
        )
    );
    clear(
        body,
        precision,
        el(
            'section.card.wide',
            {},
            el('div.card-head', {}, el('h2', {}, t('what_if')), cameras),
            el('p.muted', {}, t('what_if_hint')),
            whatIf
        )
    );
    clear(
        root,
        el(
            'div.report',
            {},
            el('div.report-head', {}, el('h1', {}, t('statistics')), periods),
            body
        )
    );

    const fail = (place, again) => (error) =>
        clear(
            place,
            el(
                'div.nothing',
                {},
                el('b', {}, errorText(error)),
                el('button', {onclick: again}, t('retry'))
            )
        );
    const loadWhatIf = debounce(10, () => {
        const parts = new URLSearchParams({from});
        if (camera) parts.set('camera', camera);
        get(`/api/reports/what-if?${parts}`).then(
            (report) => paintWhatIf(whatIf, report, camera ? [camera] : all),
            fail(whatIf, loadWhatIf)
        );
    });

    function load() {
        get(`/api/reports/precision?from=${from}`).then(
            (report) => {
                paintPrecision(precision, report);
                all = report.cameras.map((tally) => tally.camera);
                clear(
                    cameras,
                    el('option', {value: ''}, t('all_cameras')),
                    all.map((id) => el('option', {value: id}, id))
                );
                cameras.value = all.includes(camera) ? camera : '';
                loadWhatIf();
            },
            fail(precision, load)
        );
    }

    load();
    return {close() {}};
}
