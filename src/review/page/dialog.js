// Questions that need an answer before anything else: a text, a yes, one of several.

import {el, key} from '/page/dom.js';
import {t} from '/page/words.js';

// Opens a <dialog> over the page and resolves with what `answer` was called with, null when it
// was left. build(answer) returns its content.
export function ask(title, build, {kind = ''} = {}) {
    return new Promise((resolve) => {
        const before = document.activeElement;
        const dialog = el(`dialog${kind ? `.${kind}` : ''}`, {'aria-label': title});
        const answer = (value) => {
            dialog.close();
            dialog.remove();
            if (before instanceof HTMLElement && before.isConnected)
                before.focus({preventScroll: true});
            resolve(value);
        };
        dialog.addEventListener('cancel', (event) => {
            event.preventDefault();
            answer(null);
        });
        dialog.addEventListener('pointerdown', (event) => {
            if (event.target === dialog) answer(null);
        });
        dialog.append(el('div.dialog-body', {}, el('h2', {}, title), build(answer, dialog)));
        document.body.append(dialog);
        dialog.showModal();
        dialog.querySelector('[autofocus]')?.focus();
    });
}

// One of choices [{value, text, key}] by its key; null when left.
export function choose(title, hint, choices) {
    return ask(
        title,
        (answer, dialog) => {
            dialog.addEventListener('keydown', (event) => {
                const found = choices.find((choice) => choice.key === event.key.toLowerCase());
                if (found) {
                    event.preventDefault();
                    answer(found.value);
                    return;
                }
                const buttons = [...dialog.querySelectorAll('.choice')];
                const way = {ArrowDown: 4, ArrowUp: -4, ArrowRight: 1, ArrowLeft: -1}[event.key];
                if (way) {
                    event.preventDefault();
                    const at = Math.max(0, buttons.indexOf(document.activeElement));
                    buttons[(at + way + buttons.length) % buttons.length].focus();
                }
            });
            return [
                el(
                    'div.choices',
                    {},
                    choices.map((choice, i) =>
                        el(
                            'button.choice',
                            {autofocus: i === 0, onclick: () => answer(choice.value)},
                            key(choice.key.toUpperCase()),
                            choice.text
                        )
                    )
                ),
                el('p.muted', {}, hint),
            ];
        },
        {kind: 'low.choosing'}
    );
}

// A text of at most 500 characters; null when left or empty.
export function write(title) {
    return ask(
        title,
        (answer) => {
            const field = el('textarea', {
                rows: 3,
                maxlength: 500,
                autofocus: true,
                'aria-label': title,
            });
            const save = () => answer(field.value.trim() || null);
            field.addEventListener('keydown', (event) => {
                if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
                    event.preventDefault();
                    save();
                }
            });
            return [
                field,
                el('p.muted', {}, t('text_hint')),
                el(
                    'div.dialog-foot',
                    {},
                    el('button', {onclick: () => answer(null)}, t('cancel'), key('Esc')),
                    el('button.primary', {onclick: save}, t('save'), key('Enter'))
                ),
            ];
        },
        {kind: 'low'}
    );
}

export function agree(title) {
    return ask(
        title,
        (answer) =>
            el(
                'div.dialog-foot',
                {},
                el('button', {onclick: () => answer(null)}, t('cancel'), key('Esc')),
                el(
                    'button.primary',
                    {autofocus: true, onclick: () => answer(true)},
                    t('ok'),
                    key('Enter')
                )
            ),
        {kind: 'low'}
    );
}
