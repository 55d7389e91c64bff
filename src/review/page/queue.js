// The list of captures: loaded page by page, drawn only where it is seen, so that it stays fluid
// however long it is, and never moves under the officer.

import {capturePath, get} from '/page/api.js';
import {clear, el, icon} from '/page/dom.js';
import {dotted, grade, minute, shortDay} from '/page/format.js';
import {session, todoStates} from '/page/state.js';
import {swatch} from '/page/facts.js';
import {errorText, rejected, t} from '/page/words.js';

const PAGE = 100;
const AHEAD = 30; // rows to the end at which more are asked for
const BURST = 20; // new captures at once, from which on they are only counted

// Where an item stands in each order, as the server sorts.
const BEFORE = {
    newest: (a, b) => a.time > b.time || (a.time === b.time && a.id > b.id),
    oldest: (a, b) => a.time < b.time || (a.time === b.time && a.id < b.id),
    confidence: (a, b) => a.confidence > b.confidence,
};

export class Queue {
    // open(id): an item was chosen
    constructor(criteria, open) {
        this.criteria = criteria;
        this.open = open;
        this.items = [];
        this.places = new Map(); // id to place
        this.rows = new Map(); // id to element
        this.current = null;
        this.selection = new Map(); // id to item
        this.waiting = new Set(); // ids of new captures that are only counted
        this.selected = () => {};
        this.space = el('div.rows');
        this.pill = el('button.pill', {hidden: true, onclick: () => this.reload()});
        this.note = el('div.list-note', {hidden: true});
        this.list = el(
            'div.list',
            {
                role: 'listbox',
                'aria-label': t('queue'),
                tabindex: '0',
                'aria-multiselectable': 'true',
            },
            this.space
        );
        this.root = el('div.queue-list', {}, this.pill, this.note, this.list);
        this.list.addEventListener('scroll', () => this.paintSoon(), {passive: true});
        new ResizeObserver(() => {
            this.measure();
            this.paintSoon();
        }).observe(this.list);
        this.stop = criteria.heard(() => this.reload(true));
    }

    measure() {
        this.height = parseFloat(getComputedStyle(this.list).getPropertyValue('--row')) || 60;
    }

    close() {
        this.stop();
        this.asking?.abort();
    }

    // Loads the list anew; narrowed: because something else is looked for now.
    async reload(narrowed = false) {
        this.asking?.abort();
        const asking = (this.asking = new AbortController());
        this.waiting.clear();
        this.paintPill();
        try {
            const page = await this.page(null, asking.signal);
            this.items = page.items;
            this.next = page.next;
            this.failed = null;
        } catch (error) {
            if (error.code === 'aborted') return;
            this.failed = error;
            this.items = [];
            this.next = null;
        }
        this.index();
        this.list.scrollTop = 0;
        this.paint();
        this.reveal();
        this.loaded?.(narrowed);
    }

    page(after, signal) {
        const extra = {order: this.criteria.order, limit: PAGE};
        if (after) extra.after = after;
        return get(`/api/captures?${this.criteria.query(extra)}`, {signal});
    }

    async more() {
        if (!this.next || this.loadingMore) return;
        const {asking} = this;
        this.loadingMore = true;
        try {
            const page = await this.page(this.next, asking.signal);
            if (asking !== this.asking) return;
            this.next = page.next;
            this.items.push(...page.items.filter((item) => !this.places.has(item.id)));
            this.index();
            this.paint();
        } catch {
            // scrolling on asks again
        } finally {
            this.loadingMore = false;
        }
    }

    index() {
        this.places = new Map(this.items.map((item, i) => [item.id, i]));
    }

    // A capture that appeared: put where it belongs, the rows seen stay where they are.
    async arrived(ids) {
        const fresh = ids.filter((id) => !this.places.has(id));
        if (fresh.length > BURST || this.waiting.size) {
            fresh.forEach((id) => this.waiting.add(id));
            this.paintPill();
            return;
        }
        for (const id of fresh) {
            const words = this.criteria.text.toUpperCase();
            let found;
            try {
                found = await get(`/api/captures?${this.criteria.query({text: id, limit: 5})}`);
            } catch {
                return;
            }
            const item = found.items.find((one) => one.id === id);
            if (
                !item ||
                this.places.has(id) ||
                (words && !`${item.plate ?? ''} ${item.id}`.toUpperCase().includes(words))
            )
                continue;
            const before = BEFORE[this.criteria.order];
            let at = this.items.findIndex((other) => before(item, other));
            if (at < 0 && this.next) continue; // it belongs to a part not loaded yet
            at = at < 0 ? this.items.length : at;
            this.items.splice(at, 0, item);
            this.index();
            if (at * this.height <= this.list.scrollTop && this.items.length > 1)
                this.shift(this.height);
            this.unseen = (this.unseen ?? 0) + (at * this.height < this.list.scrollTop ? 1 : 0);
            this.paint();
            this.paintPill();
        }
    }

    // Scrolls by as much as rows were put in above.
    shift(by) {
        this.space.style.height = `${this.items.length * this.height}px`;
        this.list.scrollTop += by;
    }

    paintPill() {
        const many = this.waiting.size || this.unseen || 0;
        this.pill.hidden = many === 0;
        clear(this.pill, t('new_captures', {n: many}), el('b', {}, t('show')));
        this.pill.onclick = this.waiting.size
            ? () => this.reload()
            : () => {
                  this.list.scrollTop = 0;
              };
    }

    paintSoon() {
        if (this.painting) return;
        this.painting = requestAnimationFrame(() => this.paint());
    }

    paint() {
        cancelAnimationFrame(this.painting);
        this.painting = 0;
        if (!this.height) this.measure();
        const {height} = this;
        this.space.style.height = `${this.items.length * height}px`;
        if (this.unseen && this.list.scrollTop < height) {
            this.unseen = 0;
            this.paintPill();
        }
        const first = Math.max(0, Math.floor(this.list.scrollTop / height) - 4);
        const last = Math.min(
            this.items.length,
            Math.ceil((this.list.scrollTop + this.list.clientHeight) / height) + 4
        );
        const kept = new Set();
        for (let i = first; i < last; i++) {
            const item = this.items[i];
            kept.add(item.id);
            let row = this.rows.get(item.id);
            if (!row || row.item !== item) {
                row?.node.remove();
                row = {item, node: this.row(item)};
                this.rows.set(item.id, row);
                this.space.append(row.node);
            }
            row.node.style.transform = `translateY(${i * height}px)`;
            row.node.setAttribute('aria-posinset', String(i + 1));
            row.node.classList.toggle('current', item.id === this.current);
            row.node.setAttribute(
                'aria-selected',
                String(this.selection.has(item.id) || item.id === this.current)
            );
            row.node.classList.toggle('ticked', this.selection.has(item.id));
            row.node.querySelector('input').checked = this.selection.has(item.id);
        }
        for (const [id, row] of this.rows)
            if (!kept.has(id)) {
                row.node.remove();
                this.rows.delete(id);
            }
        this.list.setAttribute(
            'aria-activedescendant',
            this.rows.has(this.current) ? `row-${this.current}` : ''
        );
        this.paintNote();
        if (last > this.items.length - AHEAD) this.more();
    }

    paintNote() {
        this.note.hidden = this.items.length > 0;
        if (this.note.hidden) return;
        clear(
            this.note,
            this.failed
                ? [
                      el('b', {}, errorText(this.failed)),
                      el('button', {onclick: () => this.reload()}, t('retry')),
                  ]
                : [el('b', {}, t('none_match')), el('p', {}, t('none_match_hint'))]
        );
    }

    row(item) {
        return el(
            'div.row',
            {
                id: `row-${item.id}`,
                role: 'option',
                'data-id': item.id,
                onclick: (event) => this.clicked(event, item),
            },
            el(
                'span.row-picture',
                {},
                item.retired
                    ? null
                    : el('img', {
                          src: capturePath(item.id, '/thumbnail.jpg'),
                          alt: '',
                          loading: 'lazy',
                          draggable: 'false',
                          width: 76,
                          height: 48,
                      }),
                el('input', {type: 'checkbox', tabindex: '-1', 'aria-label': t('select')})
            ),
            el(
                'span.row-text',
                {},
                el(
                    'span.row-line',
                    {},
                    el('b.figures', {}, `${shortDay(item.time)} ${minute(item.time)}`),
                    el('span.row-camera', {title: item.place ?? ''}, item.camera),
                    el('span.row-grade.figures', {}, grade(item.grade))
                ),
                el(
                    'span.row-line',
                    {},
                    item.plate
                        ? swatch(item.plate_colour, dotted(item.shown ?? item.plate))
                        : el('span.plate.plate-none', {}, t('no_plate')),
                    item.repeats
                        ? el(
                              'span.repeats',
                              {title: t('repeat_mark', {n: item.repeats})},
                              `×${item.repeats + 1}`
                          )
                        : null,
                    item.overdue
                        ? el('span.overdue', {title: t('is_overdue')}, icon('close'))
                        : null,
                    el(
                        `span.state.state-${item.state}`,
                        {title: item.reason ? rejected(item.reason) : ''},
                        t(`state_${item.state}`)
                    )
                )
            )
        );
    }

    clicked(event, item) {
        if (event.target.matches('input') || event.ctrlKey || event.metaKey) this.tick(item.id);
        else if (event.shiftKey) this.tickTo(item.id);
        else this.open(item.id);
    }

    tick(id, on = !this.selection.has(id)) {
        const item = this.items[this.places.get(id)];
        if (!item) return;
        if (on) this.selection.set(id, item);
        else this.selection.delete(id);
        this.paint();
        this.selected(this.selection);
    }

    // From the current one to this one.
    tickTo(id) {
        const [a, b] = [this.places.get(this.current) ?? 0, this.places.get(id)].sort(
            (x, y) => x - y
        );
        for (let i = a; i <= b; i++) this.selection.set(this.items[i].id, this.items[i]);
        this.paint();
        this.selected(this.selection);
    }

    unselect() {
        this.selection.clear();
        this.paint();
        this.selected(this.selection);
    }

    setCurrent(id) {
        this.current = id;
        this.paint();
        this.reveal();
    }

    reveal() {
        const place = this.places.get(this.current);
        if (place === undefined || !this.height) return;
        const top = place * this.height;
        const room = this.list.clientHeight;
        if (top < this.list.scrollTop + this.height) this.list.scrollTop = top - this.height;
        else if (top + 3 * this.height > this.list.scrollTop + room)
            this.list.scrollTop = top + 3 * this.height - room; // clear of the messages
        this.paintSoon();
    }

    neighbour(way, id = this.current) {
        const place = this.places.get(id);
        if (place === undefined) return this.items[0]?.id ?? null;
        return this.items[place + way]?.id ?? null;
    }

    // The next ones that still want a decision, after `id`, then from the top; at most `many`.
    nextTodo(id, many = 1) {
        const todo = todoStates();
        const start = this.places.get(id) ?? -1;
        const found = [];
        for (let i = 1; i <= this.items.length && found.length < many; i++) {
            const item = this.items[(start + i) % this.items.length];
            // The second step is another person's.
            const own = item.state === 'reviewed' && item.first_by === session.name;
            if (item.id !== id && todo.includes(item.state) && !own) found.push(item.id);
        }
        return found;
    }

    item(id) {
        return this.items[this.places.get(id)];
    }

    // What is known now of an item of the list.
    update(id, fields) {
        const place = this.places.get(id);
        if (place === undefined) return;
        const item = this.items[place];
        const kept = {};
        for (const name of Object.keys(item))
            kept[name] = name in fields ? fields[name] : item[name];
        this.items[place] = kept;
        if (this.selection.has(id)) this.selection.set(id, kept);
        this.paintSoon();
    }
}
