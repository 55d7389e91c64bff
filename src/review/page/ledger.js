// The ledger (台账): the captures that match as a table, exported, and taken further together.

import {download, get} from '/page/api.js';
import {bulk} from '/page/bulk.js';
import {Criteria} from '/page/criteria.js';
import {agree} from '/page/dialog.js';
import {clear, el, icon} from '/page/dom.js';
import {swatch} from '/page/facts.js';
import {Filters} from '/page/filters.js';
import {count, day, dotted, grade} from '/page/format.js';
import {mayAs} from '/page/state.js';
import {toast} from '/page/toast.js';
import {english, errorText, rejected, t, worded} from '/page/words.js';

const PAGE = 200;
const AHEAD_PX = 1200;
const STEPS = ['hand_over', 'process', 'strike_off'];
const SECOND = ['confirmed', 'handed_over', 'processed', 'struck_off'];

let criteria = null;

function firstReview(item) {
    if (item.first_by) return item.first_by;
    return item.state === 'pending'
        ? ''
        : item.state === 'rejected'
          ? t('state_rejected')
          : item.state === 'unsure'
            ? t('state_unsure')
            : t('confirmed');
}

function secondReview(item) {
    if (item.second_by) return item.second_by;
    return item.state === 'returned'
        ? t('state_returned')
        : SECOND.includes(item.state)
          ? t('confirmed')
          : '';
}

const COLUMNS = [
    ['col_camera', (item) => [item.camera, item.place ? el('small', {}, item.place) : null]],
    [
        'col_direction',
        (item) => [
            item.direction ?? '',
            item.lane ? el('small', {}, t('lane_n', {n: item.lane})) : null,
        ],
    ],
    ['col_time', (item) => [day(item.time), el('small.figures', {}, item.time.slice(11, 23))]],
    [
        'col_plate',
        (item) =>
            item.plate
                ? [
                      swatch(item.plate_colour, dotted(item.plate)),
                      item.repeats
                          ? el(
                                'small.repeats',
                                {title: t('repeat_mark', {n: item.repeats})},
                                `×${item.repeats + 1}`
                            )
                          : null,
                  ]
                : el('span.muted', {}, t('no_plate')),
    ],
    ['col_colour', (item) => (item.plate_colour ? worded('colour', item.plate_colour) : '')],
    ['col_class', (item) => worded('class', item.class)],
    [
        'col_grade',
        (item) =>
            item.grade === null
                ? el('span.muted', {}, t('not_measurable_short'))
                : [
                      el('b', {}, grade(item.grade)),
                      item.uncertainty
                          ? el('small', {}, `± ${(item.uncertainty * 5).toFixed(2)}`)
                          : null,
                  ],
        'number',
    ],
    ['col_confidence', (item) => item.confidence.toFixed(2), 'number'],
    [
        'col_state',
        (item) => [
            el(`span.state.state-${item.state}`, {}, t(`state_${item.state}`)),
            item.overdue ? el('span.tag.bad', {}, t('overdue')) : null,
        ],
    ],
    ['col_first', firstReview],
    ['col_second', secondReview],
    ['col_reason', (item) => (item.reason ? rejected(item.reason) : '')],
    ['col_exported', (item) => (item.exported ? icon('check') : '')],
];

class Ledger {
    constructor(root) {
        criteria ??= new Criteria();
        this.criteria = criteria;
        this.filters = new Filters(criteria);
        this.filters.counted = (total) => {
            this.total = total;
            this.paintTools();
        };
        this.items = [];
        this.ticked = new Map();
        this.body = el('tbody');
        this.foot = el('div.table-foot', {role: 'status'});
        this.all = el('input', {
            type: 'checkbox',
            'aria-label': t('select_all'),
            title: t('select_all'),
            onchange: () => {
                this.ticked = new Map(
                    this.all.checked ? this.items.map((item) => [item.id, item]) : []
                );
                for (const box of this.body.querySelectorAll('input')) {
                    box.checked = this.all.checked;
                    box.closest('tr').classList.toggle('ticked', box.checked);
                }
                this.paintTools();
            },
        });
        this.mark = el('input', {type: 'checkbox', checked: true});
        this.tools = el('div.ledger-tools');
        this.scroller = el(
            'div.table-scroll',
            {tabindex: '0', 'aria-label': t('ledger')},
            el(
                'table.ledger',
                {},
                el(
                    'thead',
                    {},
                    el(
                        'tr',
                        {},
                        el('th', {}, this.all),
                        el('th.number', {}, t('col_index')),
                        COLUMNS.map(([name, , kind]) =>
                            el(kind ? `th.${kind}` : 'th', {scope: 'col'}, t(name))
                        )
                    )
                ),
                this.body
            ),
            this.foot
        );
        this.scroller.addEventListener('scroll', () => this.near() && this.more(), {passive: true});
        clear(
            root,
            el(
                'div.ledger-view',
                {},
                el('aside.ledger-filters', {}, this.filters.states, this.filters.root),
                el('section.ledger-main', {}, this.tools, this.scroller)
            )
        );
        this.stop = criteria.heard(() => this.reload());
        this.reload();
        this.paintTools();
    }

    near() {
        const {scrollTop, clientHeight, scrollHeight} = this.scroller;
        return scrollTop + clientHeight > scrollHeight - AHEAD_PX;
    }

    async reload() {
        this.items = [];
        this.ticked.clear();
        this.all.checked = false;
        this.next = '';
        clear(this.body);
        this.paintTools();
        await this.more(true);
    }

    async more(anew = false) {
        if (this.next === null || (this.loading && !anew)) return;
        this.asking?.abort();
        const asking = (this.asking = new AbortController());
        this.loading = true;
        this.foot.textContent = t('loading');
        try {
            const extra = {order: this.criteria.order, limit: PAGE};
            if (this.next) extra.after = this.next;
            const page = await get(`/api/captures?${this.criteria.query(extra)}`, {
                signal: asking.signal,
            });
            this.next = page.next;
            this.body.append(
                ...page.items.map((item, i) => this.row(item, this.items.length + i + 1))
            );
            this.items.push(...page.items);
            this.foot.textContent = this.items.length ? '' : t('none_match');
        } catch (error) {
            if (error.code === 'aborted') return;
            clear(
                this.foot,
                errorText(error),
                el('button.small', {onclick: () => this.more(true)}, t('retry'))
            );
        }
        this.loading = false;
        if (this.items.length && this.near() && this.foot.textContent === '') this.more();
    }

    row(item, number) {
        return el(
            'tr',
            {},
            el(
                'td',
                {},
                el('input', {
                    type: 'checkbox',
                    'aria-label': `${t('select')} ${item.id}`,
                    checked: this.ticked.has(item.id),
                    onchange: (event) => {
                        event.target.closest('tr').classList.toggle('ticked', event.target.checked);
                        if (event.target.checked) this.ticked.set(item.id, item);
                        else this.ticked.delete(item.id);
                        this.paintTools();
                    },
                })
            ),
            el(
                'td.number',
                {},
                el(
                    'a',
                    {href: `#/desk/${encodeURIComponent(item.id)}`, title: item.id},
                    String(number)
                )
            ),
            COLUMNS.map(([, show, kind]) => el(kind ? `td.${kind}` : 'td', {}, show(item)))
        );
    }

    paintTools() {
        const may = mayAs('approver');
        const many = this.ticked.size;
        const format = (name) =>
            el(
                'button.small',
                {
                    disabled: !may || this.exporting,
                    title: may ? t('export_all', {n: count(this.total)}) : t('approver_only'),
                    onclick: () => this.export(name),
                },
                icon('download'),
                name.toUpperCase()
            );
        clear(
            this.tools,
            el('b.figures', {}, t('n_captures', {n: count(this.total)})),
            el('span.spring'),
            many
                ? [
                      el('span.tag.done', {}, t('selected_n', {n: many})),
                      STEPS.map((action) =>
                          el(
                              'button.small',
                              {disabled: !may, onclick: () => this.step(action)},
                              t(action)
                          )
                      ),
                  ]
                : null,
            el('span.divider'),
            this.exporting
                ? el('span.muted', {}, t('exporting'))
                : el('span.muted', {}, t('export_as')),
            format('xlsx'),
            format('csv'),
            format('zip'),
            el('label.mark-exported', {}, this.mark, t('mark_exported'))
        );
    }

    async step(action) {
        const chosen = [...this.ticked.values()];
        if (!(await agree(t('bulk_title', {n: chosen.length, action: t(action)})))) return;
        await bulk(chosen, action, {});
        this.reload();
        this.filters.load();
    }

    async export(format) {
        this.exporting = true;
        this.paintTools();
        try {
            const name = await download(
                '/api/exports',
                {
                    format,
                    query: this.criteria.query(),
                    mark: this.mark.checked,
                    language: english() ? 'en' : 'zh',
                },
                `ledger.${format}`
            );
            toast(t('export_done', {name}));
            if (this.mark.checked) {
                this.reload();
                this.filters.load();
            }
        } catch (error) {
            toast(errorText(error), {kind: 'bad', stay: true});
        }
        this.exporting = false;
        this.paintTools();
    }

    close() {
        this.stop();
        this.filters.close();
        this.asking?.abort();
    }
}

export function openLedger(root) {
    const ledger = new Ledger(root);
    return {criteria: ledger.criteria, close: () => ledger.close()};
}
