// The filters with their counts, and the filters somebody has saved.

import {get, put} from '/page/api.js';
import {write} from '/page/dialog.js';
import {clear, debounce, el, icon} from '/page/dom.js';
import {count, daysBefore, today, weekOf, mondayOf} from '/page/format.js';
import {prefer, preferred, todoStates} from '/page/state.js';
import {toast} from '/page/toast.js';
import {english, errorText, known, t} from '/page/words.js';

const GROUPS = [
    'state',
    'camera',
    'grade',
    'certainty',
    'part',
    'repeats',
    'origin',
    'colour',
    'class',
    'lane',
    'site',
    'exported',
];
const ORDERED = {
    state: [
        'pending',
        'returned',
        'unsure',
        'reviewed',
        'confirmed',
        'rejected',
        'handed_over',
        'processed',
        'struck_off',
    ],
    grade: ['4', '3', '2', '1', '0', 'none'],
    certainty: ['high', 'middle', 'low'],
    part: ['morning', 'noon', 'afternoon', 'evening', 'night'],
    repeats: ['3', '2', '1', '0'],
    origin: ['local', 'foreign', 'unknown'],
    exported: ['no', 'yes'],
    colour: ['yellow', 'blue', 'green', 'white', 'black', 'none'],
    class: ['lorry', 'bus', 'van', 'car', 'motorcycle', 'other'],
};

function caption(group, value) {
    const name = `${group}_${value}`;
    return known(name) ? t(name) : value;
}

// Values in the field's order, then by name; those chosen stay though they count 0.
function valuesOf(group, counts, chosen) {
    const all = [...new Set([...Object.keys(counts), ...chosen])];
    const order = ORDERED[group];
    return order
        ? order.filter((value) => all.includes(value))
        : all.sort((a, b) => a.localeCompare(b, 'zh-CN', {numeric: true}));
}

export class Filters {
    constructor(criteria) {
        this.criteria = criteria;
        this.facets = {total: 0};
        this.opened = new Set(preferred('groups', ['camera', 'grade']));
        this.saved = [];
        this.states = el('div.states', {role: 'group', 'aria-label': t('state')});
        this.groups = el('div.groups');
        this.root = el('div.filters', {}, this.groups);
        this.refresh = debounce(150, () => this.load());
        this.stop = criteria.heard(() => this.load());
        this.counted = () => {};
        this.load();
        get('/api/filters')
            .then((saved) => {
                this.saved = saved;
                this.paint();
            })
            .catch(() => {});
    }

    async load() {
        this.paint();
        this.asking?.abort();
        const asking = (this.asking = new AbortController());
        try {
            this.facets = await get(`/api/facets?${this.criteria.query()}`, {
                signal: asking.signal,
            });
        } catch {
            return; // the list says what is wrong
        }
        this.paint();
        this.counted(this.facets.total);
    }

    close() {
        this.stop();
        this.asking?.abort();
    }

    paint() {
        const focus = document.activeElement?.dataset?.value;
        this.paintStates();
        clear(
            this.groups,
            this.paintSaved(),
            this.paintTime(),
            GROUPS.map((group) => this.paintGroup(group))
        );
        if (focus) this.root.querySelector(`[data-value="${CSS.escape(focus)}"]`)?.focus();
    }

    paintStates() {
        const counts = this.facets.state ?? {};
        const chosen = this.criteria.lists.state;
        const todo = todoStates();
        const isTodo =
            chosen.length === todo.length && todo.every((state) => chosen.includes(state));
        const sum = (states) => states.reduce((total, state) => total + (counts[state] ?? 0), 0);
        const chip = (pressed, text, number, run, mark) =>
            el(
                'button.chip',
                {'aria-pressed': String(pressed), onclick: run},
                mark ? el(`i.mark.mark-${mark}`) : null,
                text,
                el('span.figures', {}, count(number))
            );
        const only = (states) => {
            this.criteria.lists.state = states;
            this.criteria.tell();
        };
        const shown = ORDERED.state.filter(
            (state) =>
                (chosen.includes(state) && !isTodo) || (todo.includes(state) && counts[state])
        );
        clear(
            this.states,
            chip(isTodo, t('todo'), sum(todo), () => only(todo)),
            chip(chosen.length === 0, t('all'), sum(Object.keys(counts)), () => only([])),
            shown.map((state) =>
                chip(
                    !isTodo && chosen.includes(state),
                    t(`state_${state}`),
                    counts[state] ?? 0,
                    (event) => {
                        if (isTodo || !(event.ctrlKey || event.shiftKey))
                            only(
                                !isTodo && chosen.length === 1 && chosen[0] === state
                                    ? todo
                                    : [state]
                            );
                        else this.criteria.toggle('state', state);
                    },
                    state
                )
            )
        );
    }

    paintSaved() {
        const apply = (saved) => this.criteria.replace(saved.query);
        return el(
            'div.saved',
            {},
            this.saved.map((saved) =>
                el(
                    'span.saved-one',
                    {},
                    el('button.chip', {onclick: () => apply(saved)}, saved.name),
                    el(
                        'button.tool.tiny',
                        {
                            'aria-label': `${t('remove')} ${saved.name}`,
                            title: t('remove'),
                            onclick: () => this.keep(this.saved.filter((one) => one !== saved)),
                        },
                        icon('close')
                    )
                )
            ),
            el('button.link', {onclick: () => this.saveNow()}, icon('plus'), t('save_filter')),
            this.criteria.narrowed() || this.criteria.text
                ? el(
                      'button.link',
                      {
                          onclick: () =>
                              this.criteria.replace(`state=${this.criteria.lists.state.join(',')}`),
                      },
                      icon('close'),
                      t('clear')
                  )
                : null
        );
    }

    async saveNow() {
        const name = await write(t('filter_name'));
        if (name)
            await this.keep([
                ...this.saved.filter((one) => one.name !== name),
                {name: name.slice(0, 60), query: this.criteria.query({order: this.criteria.order})},
            ]);
    }

    async keep(saved) {
        try {
            this.saved = await put('/api/filters', saved);
            this.paint();
        } catch (error) {
            toast(errorText(error), {kind: 'bad'});
        }
    }

    paintTime() {
        const {criteria} = this;
        const now = today();
        const spans = {
            '': ['', ''],
            today: [now, ''],
            week: [mondayOf(weekOf(now)), ''],
            last_7: [daysBefore(now, 6), ''],
            last_30: [daysBefore(now, 29), ''],
        };
        const found = Object.entries(spans).find(
            ([, [from, to]]) => from === criteria.from && to === criteria.to
        );
        const date = (name) =>
            el('input', {
                type: 'date',
                value: criteria[name].slice(0, 10),
                'aria-label': t(name),
                onchange: (event) => criteria.set(name, event.target.value),
            });
        return el(
            'div.group-time',
            {},
            el(
                'div.segments',
                {role: 'group', 'aria-label': t('time')},
                Object.entries(spans).map(([name, [from, to]]) =>
                    el(
                        'button',
                        {
                            'aria-pressed': String(found?.[0] === name),
                            onclick: () => {
                                Object.assign(criteria, {from, to});
                                criteria.tell();
                            },
                        },
                        name === '' ? t('any_time') : t(name)
                    )
                )
            ),
            el('div.dates', {}, date('from'), '–', date('to'))
        );
    }

    paintGroup(group) {
        const counts = this.facets[group] ?? {};
        const chosen = this.criteria.lists[group];
        const values = valuesOf(group, counts, chosen);
        if (values.length === 0) return null;
        const most = Math.max(1, ...Object.values(counts));
        return el(
            'details.group',
            {
                open: this.opened.has(group),
                ontoggle: (event) => {
                    this.opened[event.target.open ? 'add' : 'delete'](group);
                    prefer('groups', [...this.opened]);
                },
            },
            el(
                'summary',
                {'data-value': `${group}:`},
                t(group),
                chosen.length
                    ? el(
                          'span.chosen',
                          {},
                          chosen.map((value) => caption(group, value)).join(english() ? ', ' : '、')
                      )
                    : null
            ),
            values.map((value) =>
                el(
                    'label.option',
                    {},
                    el('input', {
                        type: 'checkbox',
                        checked: chosen.includes(value),
                        'data-value': `${group}:${value}`,
                        onchange: () => this.criteria.toggle(group, value),
                    }),
                    el('span.option-name', {}, caption(group, value)),
                    el(
                        'span.bar',
                        {'aria-hidden': 'true'},
                        el('i', {style: {width: `${((counts[value] ?? 0) / most) * 100}%`}})
                    ),
                    el('span.figures', {}, count(counts[value] ?? 0))
                )
            )
        );
    }
}
