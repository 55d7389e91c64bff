// Small charts that people can read: columns, rows, curves over a threshold.

import {el, svg} from '/page/dom.js';
import {count} from '/page/format.js';

const LEFT = 34;
const BELOW = 20;
const ABOVE = 16;

// Draws again whenever the room changes.
function responsive(height, label, draw) {
    const root = svg('svg.chart', {role: 'img', 'aria-label': label, height});
    const place = el('div.chart-place', {}, root);
    new ResizeObserver(([{contentRect}]) => {
        const width = Math.round(contentRect.width);
        if (width < 40) return;
        root.setAttribute('viewBox', `0 0 ${width} ${height}`);
        root.setAttribute('width', width);
        root.replaceChildren(...draw(width).flat(3).filter(Boolean));
    }).observe(place);
    return place;
}

// Round steps up to at least `most`: 0 5 10 15.
function ticks(most) {
    const rough = Math.max(1, most) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = Math.max(1, [1, 2, 5, 10].find((factor) => factor * power >= rough) * power);
    const all = [];
    for (let at = 0; at < most + step; at += step) all.push(at);
    return all;
}

function grid(width, height, marks, y, format = count) {
    return marks.map((mark) => [
        svg('line.chart-grid', {x1: LEFT, x2: width, y1: y(mark), y2: y(mark)}),
        svg('text.chart-text', {x: LEFT - 6, y: y(mark) + 4, 'text-anchor': 'end'}, format(mark)),
    ]);
}

// bars: [{label, value, part, tip, kind}]: part is the share of value drawn solid; every `each`-th
// label is written. limit: the top of the scale when it is known, as 1 of a share.
export function columns(
    bars,
    {label, height = 190, each = 1, limit = null, format = count, values = true} = {}
) {
    return responsive(height, label, (width) => {
        const most = limit ?? Math.max(1, ...bars.map((bar) => bar.value ?? 0));
        const marks = limit ? [0, limit / 2, limit] : ticks(most);
        const top = marks.at(-1);
        const y = (value) => height - BELOW - (value / top) * (height - BELOW - ABOVE);
        const step = (width - LEFT) / bars.length;
        const wide = Math.min(46, Math.max(3, step * 0.68));
        return [
            grid(width, height, marks, y, format),
            bars.map((bar, i) => {
                const x = LEFT + i * step + (step - wide) / 2;
                const value = bar.value ?? 0;
                const solid = bar.part ?? value;
                return [
                    svg(
                        'g',
                        {},
                        svg('title', {}, bar.tip ?? `${bar.label}: ${format(value)}`),
                        svg('rect.chart-hit', {
                            x: LEFT + i * step,
                            y: 0,
                            width: step,
                            height: height - BELOW,
                        }),
                        svg('rect.chart-pale', {
                            x,
                            y: y(value),
                            width: wide,
                            height: y(0) - y(value),
                            rx: 2,
                        }),
                        svg(`rect.chart-solid${bar.kind ? `.${bar.kind}` : ''}`, {
                            x,
                            y: y(solid),
                            width: wide,
                            height: y(0) - y(solid),
                            rx: 2,
                        })
                    ),
                    values && bar.value && step > 22
                        ? svg(
                              'text.chart-text.strong',
                              {x: x + wide / 2, y: y(value) - 4, 'text-anchor': 'middle'},
                              format(value)
                          )
                        : null,
                    i % each === 0
                        ? svg(
                              'text.chart-text',
                              {x: x + wide / 2, y: height - 5, 'text-anchor': 'middle'},
                              bar.label
                          )
                        : null,
                ];
            }),
        ];
    });
}

// rows: [{label, value, text, kind}] as horizontal bars.
export function bars(rows, {most = null} = {}) {
    const top = most ?? Math.max(1, ...rows.map((row) => row.value ?? 0));
    return el(
        'ul.hbars',
        {},
        rows.map((row) =>
            el(
                'li',
                {},
                el('span.hbar-name', {title: row.label}, row.label),
                el(
                    'span.hbar',
                    {'aria-hidden': 'true'},
                    el(`i${row.kind ? `.${row.kind}` : ''}`, {
                        style: {width: `${((row.value ?? 0) / top) * 100}%`},
                    })
                ),
                el('span.figures', {}, row.text ?? count(row.value))
            )
        )
    );
}

// lines: [{kind, values}] over `xs`; returns the chart and mark(x), which moves the upright line.
export function curves(xs, lines, {label, height = 240, format = (x) => x.toFixed(2)}) {
    let marked = xs[0];
    let scale = null;
    const upright = svg('line.chart-mark');
    const place = responsive(height, label, (width) => {
        const marks = ticks(Math.max(1, ...lines.flatMap((line) => line.values)));
        const y = (value) => height - BELOW - (value / marks.at(-1)) * (height - BELOW - ABOVE);
        const span = xs.at(-1) - xs[0] || 1;
        scale = (value) => LEFT + 8 + ((value - xs[0]) / span) * (width - LEFT - 16);
        upright.setAttribute('y1', ABOVE - 8);
        upright.setAttribute('y2', height - BELOW);
        placeMark();
        const step = Math.max(1, Math.ceil(xs.length / Math.max(2, Math.floor(width / 80))));
        return [
            grid(width, height, marks, y),
            lines.map((line) =>
                svg(`polyline.curve.${line.kind}`, {
                    points: xs
                        .map((at, i) => `${scale(at).toFixed(1)},${y(line.values[i]).toFixed(1)}`)
                        .join(' '),
                })
            ),
            xs.map((at, i) =>
                i % step === 0
                    ? svg(
                          'text.chart-text',
                          {
                              x: scale(at),
                              y: height - 5,
                              'text-anchor': scale(at) > width - 24 ? 'end' : 'middle',
                          },
                          format(at)
                      )
                    : null
            ),
            upright,
        ];
    });

    function placeMark() {
        upright.setAttribute('x1', scale(marked));
        upright.setAttribute('x2', scale(marked));
    }

    return {
        place,
        mark(value) {
            marked = value;
            if (scale) placeMark();
        },
    };
}
