// The desk: queue to the left, pictures in the middle, facts to the right, decisions below.

import {listen} from '/page/api.js';
import {correct} from '/page/correct.js';
import {Criteria} from '/page/criteria.js';
import {agree, choose, write} from '/page/dialog.js';
import {bulk} from '/page/bulk.js';
import {clear, debounce, el, icon, key} from '/page/dom.js';
import {paintFacts, verdictText} from '/page/facts.js';
import {Filters} from '/page/filters.js';
import {dotted} from '/page/format.js';
import {onKeys} from '/page/keys.js';
import {describe, Outbox} from '/page/outbox.js';
import {Queue} from '/page/queue.js';
import {hear, mayAs, prefer, preferred, send, session, todoStates} from '/page/state.js';
import {Stage} from '/page/stage.js';
import {Store} from '/page/store.js';
import {toast} from '/page/toast.js';
import {errorText, t} from '/page/words.js';

const REASONS = [
    'shadow',
    'vapour',
    'dust',
    'wet_road',
    'dark_body',
    'wrong_vehicle',
    'no_plate',
    'other',
];
const KEYS = {
    a: 'confirm',
    r: 'reject',
    u: 'unsure',
    z: 'undo',
    b: 'return',
    e: 'correct',
    n: 'note',
    h: 'hand_over',
    p: 'process',
    s: 'strike_off',
};
const STEPS = ['confirm', 'reject', 'unsure', 'return', 'hand_over', 'process', 'strike_off'];
const AHEAD = 2; // cases loaded before they are wanted

// Outlive the view: filters stay as they were when one comes back from another, and what was
// decided is sent wherever one goes.
let criteria = null;
let outbox = null;

class Desk {
    constructor(root, id) {
        criteria ??= new Criteria(
            `state=${todoStates().join(',')}&order=${preferred('order', 'newest')}`
        );
        this.criteria = criteria;
        this.store = new Store();
        this.stage = new Stage(this.store);
        this.filters = new Filters(criteria);
        this.queue = new Queue(criteria, (wanted) => this.open(wanted));
        this.facts = el('div.facts-inner');
        this.factsColumn = el('aside.facts', {'aria-label': t('record')}, this.facts);
        this.bar = el('div.decisions', {role: 'toolbar', 'aria-label': t('decisions')});
        this.done = []; // decided here, latest last: {id, job}
        this.id = null;
        this.data = null;
        this.outbox = outbox ??= new Outbox();
        outbox.saved = (job, data) => this.saved(job, data);
        outbox.refused = (job, error) => this.refused(job, error);
        this.build(root);
        this.recount = debounce(400, () => {
            this.filters.load();
            send('recount');
        });
        this.arrivals = [];
        this.arrive = debounce(300, async () => {
            await this.queue.arrived(this.arrivals.splice(0));
            if (!this.id) this.listed(false);
        });
        this.stops = [
            hear('capture', ({id: arrived}) => {
                this.arrivals.push(arrived);
                this.arrive();
                this.recount();
            }),
            hear('decision', (event) => this.heardDecision(event)),
            hear('stream', (on) => this.streamed(on)),
            hear('connection', (on) => on && this.offline && this.stage.paintTabs()),
            hear('connection', (on) => {
                this.offline = !on;
            }),
            listen(),
        ];
        this.queue.selected = () => this.paintSelection();
        this.queue.loaded = (narrowed) => this.listed(narrowed);
        this.wanted = id; // to be opened once the list is there
        onKeys((event) => this.key(event));
        this.queue.reload();
    }

    build(root) {
        const order = el(
            'select.small',
            {
                'aria-label': t('order'),
                onchange: () => {
                    prefer('order', order.value);
                    this.criteria.set('order', order.value);
                },
            },
            ['newest', 'oldest', 'confidence'].map((name) =>
                el('option', {value: name}, t(name === 'confidence' ? 'confidence_order' : name))
            )
        );
        order.value = this.criteria.order;
        this.filterButton = el('button.small', {
            'aria-expanded': 'false',
            onclick: () => this.toggleFilters(),
        });
        this.selectionBar = el('div.selection', {hidden: true});
        this.column = el(
            'aside.queue',
            {'aria-label': t('queue')},
            this.filters.states,
            el('div.queue-head', {}, this.filterButton, order),
            this.filters.root,
            this.queue.root,
            this.selectionBar
        );
        this.layout = el(
            'div.desk',
            {},
            this.column,
            el('div.middle', {}, this.stage.root, this.bar),
            this.factsColumn
        );
        clear(root, this.layout);
        this.setFilters(preferred('filters-open', innerHeight >= 900));
        this.stops2 = this.criteria.heard(() => {
            order.value = this.criteria.order;
            this.paintFilterButton();
        });
        this.layout.addEventListener('click', (event) => {
            if (this.layout.classList.contains('drawer') && !event.target.closest('.queue'))
                this.layout.classList.remove('drawer');
        });
    }

    setFilters(open) {
        this.column.classList.toggle('filtering', open);
        this.filterButton.setAttribute('aria-expanded', String(open));
        this.paintFilterButton();
    }

    toggleFilters() {
        const open = !this.column.classList.contains('filtering');
        prefer('filters-open', open);
        this.setFilters(open);
    }

    paintFilterButton() {
        const many = this.criteria.narrowed();
        clear(
            this.filterButton,
            icon('filter'),
            t('filters'),
            many ? el('b.badge', {}, many) : null
        );
    }

    // The list was loaded anew: the case in front stays, unless something else is looked for now;
    // then, and without one, the first is opened.
    listed(narrowed) {
        const {wanted} = this;
        this.wanted = null;
        if (wanted) return this.open(wanted);
        if (this.id && (!narrowed || this.queue.item(this.id) || !this.queue.items.length)) return;
        const first = this.queue.nextTodo(null)[0] ?? this.queue.items[0]?.id;
        if (first) this.open(first);
        else this.paintNothing();
    }

    paintNothing() {
        this.id = this.data = null;
        this.queue.setCurrent(null);
        clear(this.facts);
        clear(this.bar);
        this.stage.close();
        this.stage.say(
            this.queue.items.length ? `${t('all_done')} · ${t('all_done_hint')}` : t('none_match')
        );
        this.layout.classList.add('empty');
        history.replaceState(null, '', '#/desk');
    }

    // Shows a case; at once when it was loaded ahead.
    async open(id) {
        this.cancelCorrection?.();
        const began = performance.now();
        this.id = id;
        this.queue.setCurrent(id);
        this.layout.classList.remove('empty', 'drawer');
        history.replaceState(null, '', `#/desk/${encodeURIComponent(id)}`);
        const entry = this.store.want(id);
        try {
            if (!entry.data) {
                this.factsColumn.setAttribute('aria-busy', 'true');
                await entry.loaded;
            }
        } catch (error) {
            if (this.id === id) this.cannotOpen(id, error);
            return;
        }
        if (this.id !== id) return;
        await this.paint(entry.data, entry);
        this.layout.dataset.shown = id;
        this.layout.dataset.took = (performance.now() - began).toFixed(1);
        this.ahead();
        if (!entry.opened) this.refresh(id);
    }

    cannotOpen(id, error) {
        this.factsColumn.removeAttribute('aria-busy');
        this.data = null;
        clear(this.bar);
        this.stage.say(errorText(error));
        clear(
            this.facts,
            el(
                'div.nothing',
                {},
                el('b', {}, errorText(error)),
                el('button', {onclick: () => this.open(id)}, t('retry'))
            )
        );
    }

    async paint(data, entry = this.store.want(data.id)) {
        this.data = data;
        this.factsColumn.removeAttribute('aria-busy');
        const shown = this.stage.setCase(data, entry);
        paintFacts(this.facts, data, {
            edit: () => this.act('correct'),
            open: (id) => this.open(id),
            mayHandOver: mayAs('approver'),
        });
        this.paintBar();
        this.queue.update(data.id, this.outbox.has(data.id) ? {} : data);
        await shown;
    }

    // Tells the server that the case is looked at, and shows it as it is now if that differs.
    async refresh(id) {
        let data;
        try {
            data = await this.store.refresh(id);
        } catch {
            return;
        }
        if (
            this.id === id &&
            this.data &&
            data.version !== this.data.version &&
            !this.outbox.has(id)
        )
            this.paint(data);
    }

    ahead() {
        for (const id of this.queue.nextTodo(this.id, AHEAD)) this.store.want(id, {preload: true});
        const next = this.queue.neighbour(1);
        if (next) this.store.want(next, {preload: true});
        this.store.want(this.id);
    }

    paintBar() {
        const {actions, state} = this.data;
        const many = this.queue.selection.size;
        const button = (action, kind, stroke, label = t(action)) =>
            el(
                `button.decide.${kind}`,
                {
                    'data-action': action,
                    disabled:
                        !many &&
                        !actions.includes(action) &&
                        !(action === 'undo' && this.done.length),
                    onclick: () => this.act(action),
                },
                el('span', {}, label),
                key(stroke)
            );
        const wanted = (action) => actions.includes(action) || (many > 0 && mayAs('approver'));
        const step = (way, stroke, word, name) =>
            el(
                'button.decide.plain.step-button',
                {
                    'aria-label': t(word),
                    title: `${t(word)}  ${stroke}`,
                    onclick: () => this.step(way),
                },
                icon(name)
            );
        this.bar.classList.toggle('many', many > 0);
        clear(
            this.bar,
            many ? el('b', {}, t('selected_n', {n: many})) : null,
            button(
                'confirm',
                'yes',
                'A',
                !many && state === 'reviewed' ? t('confirm_second') : t('confirm')
            ),
            button('reject', 'no', 'R'),
            button('unsure', 'maybe', 'U'),
            [
                ['return', 'B'],
                ['hand_over', 'H'],
                ['process', 'P'],
                ['strike_off', 'S'],
            ].map(([action, stroke]) => (wanted(action) ? button(action, 'plain', stroke) : null)),
            many
                ? null
                : [
                      el('span.spring'),
                      button('note', 'plain', 'N'),
                      button('undo', 'plain', 'Z'),
                      step(-1, 'K', 'previous', 'left'),
                      step(1, 'J', 'next', 'right'),
                  ]
        );
    }

    paintSelection() {
        const {selection} = this.queue;
        this.selectionBar.hidden = selection.size === 0;
        clear(
            this.selectionBar,
            el('b', {}, t('selected_n', {n: selection.size})),
            el('button.small', {onclick: () => this.queue.unselect()}, t('unselect'), key('Esc'))
        );
        if (this.data) this.paintBar();
    }

    step(way) {
        const id = this.queue.neighbour(way);
        if (id) this.open(id);
    }

    key(event) {
        const press = event.key.length === 1 ? event.key.toLowerCase() : event.key;
        if (press === 'j' || press === 'ArrowDown' || press === 'k' || press === 'ArrowUp') {
            const way = press === 'j' || press === 'ArrowDown' ? 1 : -1;
            this.step(way);
            if (event.shiftKey) this.queue.tick(this.id, true);
        } else if (press === 'x') {
            this.queue.tick(this.id);
            if (event.shiftKey) this.step(1);
        } else if (press === '/') document.querySelector('.search input')?.focus();
        else if (press === 'g') this.toggleFilters();
        else if (press === 'Escape' && this.queue.selection.size) this.queue.unselect();
        else if (!event.shiftKey && KEYS[press]) this.act(KEYS[press]);
        else return Boolean(this.data) && this.stage.key(event);
        return true;
    }

    // ---- deciding ----

    async act(action) {
        if (action === 'undo') return this.undo();
        if (this.queue.selection.size && STEPS.includes(action)) return this.actOnSelection(action);
        const {data} = this;
        if (!data) return;
        if (!data.actions.includes(action)) {
            toast(t('not_allowed', {action: t(action)}), {kind: 'note'});
            return;
        }
        if (action === 'correct') {
            this.cancelCorrection?.();
            this.cancelCorrection = correct(this.factsColumn, data, (fields) => {
                this.cancelCorrection = null;
                if (fields) this.decide(data, action, fields);
            });
            return;
        }
        const fields = await this.askFields(action);
        if (fields && this.data?.id === data.id) this.decide(this.data, action, fields);
    }

    // What the action needs besides: null when it was left.
    async askFields(action) {
        if (action === 'reject') {
            const reason = await choose(
                t('reject_why'),
                t('reject_hint'),
                REASONS.map((name, i) => ({
                    value: name,
                    text: t(`reject_${name}`),
                    key: String(i + 1),
                }))
            );
            if (reason !== 'other') return reason && {reason};
            const text = await write(t('other_title'));
            return text && {reason, text};
        }
        if (action === 'return' || action === 'note') {
            const text = await write(t(action === 'note' ? 'note_title' : 'return_title'));
            return text && {text};
        }
        return {};
    }

    decide(data, action, fields) {
        const job = this.outbox.add(data.id, data.version, action, fields);
        const step = STEPS.includes(action);
        if (!step) return;
        this.done.push({id: data.id, job, name: dotted(data.plate) ?? data.camera});
        const state =
            action === 'confirm' && data.state !== 'reviewed' && session.rules.two_step
                ? 'reviewed'
                : {
                      confirm: 'confirmed',
                      reject: 'rejected',
                      unsure: 'unsure',
                      return: 'returned',
                      hand_over: 'handed_over',
                      process: 'processed',
                      strike_off: 'struck_off',
                  }[action];
        this.queue.update(data.id, {state, reason: fields.reason ?? null, overdue: false});
        this.stage.stopBlinking();
        const decided = new Set(this.done.map((one) => one.id));
        const next = this.queue.nextTodo(data.id, 50).find((id) => !decided.has(id));
        const name = data.plate ? dotted(data.plate) : data.camera;
        job.unsay = toast(`${t(`done_${action}`)}  ${name}`, {
            action: {text: t('undo'), key: 'Z', run: () => this.undo()},
        });
        if (next) this.open(next);
        else if (this.queue.next)
            this.queue.more().then(() => this.openNextAfter(data.id, decided));
        else this.paintNothing();
    }

    openNextAfter(id, decided) {
        const next = this.queue.nextTodo(id, 50).find((one) => !decided.has(one));
        if (next) this.open(next);
        else this.paintNothing();
    }

    // Takes back the last decision made here, and shows its case; without one, the last step of
    // the case in front.
    async undo() {
        const mine = this.done.findLastIndex?.((one) => one.id === this.id) ?? -1;
        const last = mine >= 0 ? this.done.splice(mine, 1)[0] : this.done.pop();
        if (!last) {
            if (this.data?.actions.includes('undo'))
                this.outbox.add(this.data.id, this.data.version, 'undo');
            else toast(t('nothing_to_undo'), {kind: 'note'});
            return;
        }
        if (this.outbox.withdraw(last.job)) {
            this.store.forget(last.id);
            toast(`${t('done_undo')}  ${last.name}`);
            this.open(last.id);
            return;
        }
        const version = this.store.entries.get(last.id)?.data?.version ?? 0;
        this.outbox.add(last.id, Math.max(version, last.job.saved ?? last.job.version + 1), 'undo');
        if (this.id !== last.id) this.open(last.id);
    }

    async actOnSelection(action) {
        const chosen = [...this.queue.selection.values()];
        const fields = await this.askFields(action);
        if (!fields || !(await agree(t('bulk_title', {n: chosen.length, action: t(action)}))))
            return;
        const done = await bulk(chosen, action, fields);
        this.queue.unselect();
        done.forEach((id) => this.store.forget(id));
        await this.queue.reload();
        this.recount();
        if (this.id) this.open(this.id);
    }

    saved(job, data) {
        job.saved = data.version;
        this.store.put(data);
        this.queue.update(data.id, data);
        if (this.id === data.id) this.paint(data);
        if (!STEPS.includes(job.action))
            toast(`${t(`done_${job.action}`)}  ${data.plate ? dotted(data.plate) : data.camera}`);
        this.recount();
    }

    refused(job, error) {
        this.done = this.done.filter((one) => one.job !== job);
        job.unsay?.();
        const now = error.body?.case;
        const open = {text: t('open'), run: () => this.open(job.id)};
        if (error.code === 'conflict' && now) {
            this.store.put(now);
            this.queue.update(job.id, now);
            const last = now.verdicts.at(-1);
            toast(
                `${dotted(now.plate) ?? now.camera}：${t('conflict', {
                    who: last?.who ?? t('somebody'),
                    action: last ? verdictText(last) : t(`state_${now.state}`),
                    mine: t(job.action),
                })}`,
                {kind: 'bad', stay: true, action: open}
            );
            if (this.id === job.id) this.paint(now);
        } else {
            const text =
                error.code === 'conflict'
                    ? t('conflict_state', {mine: t(job.action)})
                    : errorText(error);
            toast(`${describe(job)} — ${text}`, {kind: 'bad', stay: true, action: open});
            this.store.forget(job.id);
            if (this.id === job.id) this.open(job.id);
            else this.queue.reload();
        }
        this.recount();
    }

    // Somebody decided: here or elsewhere.
    heardDecision({id, state, version}) {
        const known = Math.max(
            this.queue.item(id)?.version ?? 0,
            this.store.entries.get(id)?.data?.version ?? 0
        );
        if (version <= known || this.outbox.has(id)) return;
        this.queue.update(id, {state, version});
        this.recount();
        if (this.id !== id) {
            this.store.forget(id);
            return;
        }
        this.store
            .refresh(id)
            .then((data) => {
                if (this.id !== id || data.version === this.data?.version) return;
                const last = data.verdicts.at(-1);
                if (last && last.who !== session.name)
                    toast(t('changed_elsewhere', {who: last.who, action: verdictText(last)}), {
                        kind: 'note',
                        stay: true,
                    });
                this.paint(data);
            })
            .catch(() => {});
    }

    // After a gap in the stream something may have been missed.
    streamed(on) {
        if (on && this.broken) this.recount();
        this.broken = !on;
    }

    close() {
        this.cancelCorrection?.();
        onKeys(null);
        this.stops.forEach((stop) => stop());
        this.stops2();
        this.stage.close();
        this.queue.close();
        this.filters.close();
        this.outbox.quiet();
    }
}

export function openDesk(root, [id]) {
    const desk = new Desk(root, id);
    return {
        criteria: desk.criteria,
        close: () => desk.close(),
        drawer: () => desk.layout.classList.toggle('drawer'),
    };
}
