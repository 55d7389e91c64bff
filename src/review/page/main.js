// The page: head line, which view is in front, logging in and out.

import {get, post} from '/page/api.js';
import {clear, debounce, el, icon, key} from '/page/dom.js';
import {openDesk} from '/page/desk.js';
import {openDevices} from '/page/devices.js';
import {count} from '/page/format.js';
import {openInsight} from '/page/insight.js';
import {help, onKeys} from '/page/keys.js';
import {openLedger} from '/page/ledger.js';
import {logIn} from '/page/login.js';
import {hear, prefer, send, session, todoStates} from '/page/state.js';
import {toast} from '/page/toast.js';
import {openWeek} from '/page/week.js';
import {errorText, switchLanguage, t} from '/page/words.js';
import {daysBefore, mondayOf, today, weekOf} from '/page/format.js';

const VIEWS = {
    desk: {word: 'desk', open: openDesk},
    ledger: {word: 'ledger', open: openLedger},
    week: {word: 'report', open: openWeek},
    statistics: {word: 'statistics', open: openInsight},
    devices: {word: 'devices', open: openDevices},
};

const app = document.getElementById('app');
const content = el('main', {id: 'content'});
const counts = el('div.counts', {role: 'group', 'aria-label': t('todo')});
const banner = el('div.banner', {role: 'alert', hidden: true});
let nav = null;
let search = null;
let view = null; // what openX returned, and its name
let summary = {};
let loggingIn = false;

function route() {
    const [name, ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
    return VIEWS[name] ? [name, rest] : ['desk', []];
}

function go(name, ...rest) {
    location.hash = `#/${[name, ...rest].map(encodeURIComponent).join('/')}`;
}

function showView() {
    const [name, rest] = route();
    view?.close();
    onKeys(null);
    clear(content);
    content.className = `view-${name}`;
    document.title = `${t(VIEWS[name].word)} · ${t('app')}`;
    view = {...VIEWS[name].open(content, rest), name};
    for (const link of nav.children)
        link.toggleAttribute('aria-current', link.dataset.view === name);
    search.value = view.criteria?.text ?? '';
}

// The counts lead to what they count.
function narrow(query) {
    if (view?.name !== 'desk') go('desk');
    queueMicrotask(() => {
        if (view?.name !== 'desk') showView();
        view.criteria.replace(query);
        search.value = '';
    });
}

function paintCounts() {
    const todo = `state=${todoStates().join(',')}`;
    const now = today();
    const late = daysBefore(now, session.rules.deadline_days);
    const one = (name, query, mark) =>
        el(
            `button.count${mark ? `.${mark}` : ''}`,
            {onclick: () => narrow(query)},
            t(name),
            el('b.figures', {}, count(summary[name] ?? 0))
        );
    clear(
        counts,
        one('todo', todo),
        one('today', `from=${now}`),
        one('week', `from=${mondayOf(weekOf(now))}`),
        summary.overdue ? one('overdue', `${todo}&to=${late}`, 'bad') : null
    );
}

async function loadSummary() {
    try {
        summary = await get('/api/summary');
    } catch {
        return;
    }
    paintCounts();
}

function paintHead() {
    nav = el(
        'nav',
        {'aria-label': t('views')},
        Object.entries(VIEWS).map(([name, {word}]) =>
            el('a', {href: `#/${name}`, 'data-view': name}, t(word))
        )
    );
    search = el('input', {
        type: 'search',
        placeholder: t('search_hint'),
        'aria-label': t('search'),
        maxlength: 100,
        oninput: debounce(250, () => view?.criteria?.set('text', search.value.trim())),
        onkeydown: (event) => {
            if (event.key === 'Enter') {
                view?.criteria?.set('text', search.value.trim());
                search.blur();
            }
        },
    });
    const dark = document.documentElement.dataset.theme === 'dark';
    const theme = el(
        'button.tool',
        {
            'aria-label': t(dark ? 'theme_light' : 'theme_dark'),
            title: t(dark ? 'theme_light' : 'theme_dark'),
            onclick: () => {
                const next = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
                prefer('theme', next);
                dispatchEvent(new CustomEvent('heiyan:theme', {detail: next}));
                start();
            },
        },
        icon(dark ? 'sun' : 'moon')
    );
    return el(
        'header.head',
        {},
        el(
            'button.tool.drawer-button',
            {
                'aria-label': t('queue'),
                onclick: (event) => {
                    event.stopPropagation();
                    view?.drawer?.();
                },
            },
            icon('list')
        ),
        el(
            'a.brand',
            {href: '#/desk'},
            el('img', {src: '/page/mark.svg', alt: '', width: 22, height: 22}),
            el('span', {}, t('app'))
        ),
        counts,
        el('span.spring'),
        el('label.search', {}, icon('search'), search, key('/')),
        nav,
        el(
            'button.tool.keys-button',
            {'aria-label': t('help'), title: `${t('help')}  ?`, onclick: help},
            icon('keys')
        ),
        theme,
        el(
            'button.tool.language',
            {
                'aria-label': t('switch_language'),
                title: t('switch_language'),
                onclick: () => {
                    switchLanguage();
                    start();
                },
            },
            t('other_language')
        ),
        el(
            'div.person',
            {},
            el('b', {}, session.name),
            el('small', {}, t(`role_${session.role}`)),
            session.accounts
                ? el(
                      'button.tool',
                      {'aria-label': t('log_out'), title: t('log_out'), onclick: logOut},
                      icon('out')
                  )
                : null
        )
    );
}

async function logOut() {
    try {
        await post('/api/logout', {});
    } catch (error) {
        toast(errorText(error), {kind: 'bad'});
        return;
    }
    history.replaceState(null, '', '/'); // without telling the views, which would ask once more
    location.reload();
}

// Draws the page anew: at first, after logging in, in another language.
function start() {
    view?.close();
    view = null;
    clear(app, paintHead(), banner, content);
    paintCounts();
    showView();
    loadSummary();
}

async function loadSession() {
    const {rules, ...rest} = await get('/api/session');
    Object.assign(session, rest);
    Object.assign(session.rules, rules);
}

async function begin() {
    try {
        await loadSession();
    } catch (error) {
        clear(
            app,
            el(
                'div.nothing',
                {},
                el('b', {}, errorText(error)),
                el('button', {onclick: begin}, t('retry'))
            )
        );
        return;
    }
    if (!session.name) {
        await logIn(app);
        send('logged-in');
    }
    start();
}

// The log-in ran out: asked again over what is shown, which stays as it is.
hear('login-needed', async () => {
    if (loggingIn || !view) return;
    loggingIn = true;
    const was = session.name;
    await logIn(null, was);
    loggingIn = false;
    send('logged-in');
    if (session.name !== was) start();
});

let lost = false;
hear('connection', (on) => {
    if (on === !lost) return;
    lost = !on;
    if (on) toast(t('online'));
    paintBanner();
});

let unsaved = {many: 0};
hear('waiting', (waiting) => {
    unsaved = waiting;
    paintBanner();
});

function paintBanner() {
    banner.hidden = !lost && !unsaved.many;
    clear(
        banner,
        lost ? el('span', {}, t('offline')) : null,
        unsaved.many
            ? el('b', {}, `${t('waiting_n', {n: unsaved.many})}${lost ? '' : `：${unsaved.text}`}`)
            : null,
        unsaved.many ? el('button.small', {onclick: unsaved.again}, t('retry')) : null
    );
}

hear('recount', loadSummary);
addEventListener('hashchange', () => view && showView());
begin();
