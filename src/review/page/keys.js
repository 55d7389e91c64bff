// Keys: who hears them, and the overlay that lists them all.

import {ask} from '/page/dialog.js';
import {el, key} from '/page/dom.js';
import {t} from '/page/words.js';

let listener = null;

// The view in front hears keys: run(event) tells whether it used one.
export function onKeys(run) {
    listener = run;
}

function writing(target) {
    return (
        target instanceof HTMLElement &&
        (target.isContentEditable ||
            target.matches(
                'textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range])'
            ))
    );
}

document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]'))
        return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (writing(event.target)) {
        if (event.key === 'Escape') event.target.blur();
        return;
    }
    // A button reached by Tab is pressed by space and Enter, as everywhere.
    if (
        (event.key === ' ' || event.key === 'Enter') &&
        event.target.matches('button, a, summary, input') &&
        event.target.matches(':focus-visible')
    )
        return;
    if (event.key === '?' || event.key === 'F1') {
        event.preventDefault();
        help();
        return;
    }
    if (listener?.(event)) event.preventDefault();
});

// What was clicked gives the keys back.
document.addEventListener('click', (event) => {
    const button = event.target.closest?.(
        'button, input[type=checkbox], input[type=range], summary, a'
    );
    if (button && event.detail > 0 && !button.closest('.correct, dialog, form')) button.blur();
});

export function help() {
    const table = (title, rows) =>
        el(
            'section',
            {},
            el('h3', {}, title),
            el(
                'dl.keys',
                {},
                rows.map(([keys, text]) => [
                    el(
                        'dt',
                        {},
                        keys.map((one) => key(one))
                    ),
                    el('dd', {}, text),
                ])
            )
        );
    return ask(
        t('help_title'),
        (answer) => [
            el(
                'div.help',
                {},
                table(t('help_move'), [
                    [['J', 'K'], t('k_next')],
                    [['↓', '↑'], t('k_next')],
                    [['X'], t('k_select')],
                    [['/'], t('k_search')],
                    [['G'], t('k_filters')],
                    [['?'], t('k_help')],
                ]),
                table(t('help_look'), [
                    [['1', '2', '3'], t('k_panorama')],
                    [['␣'], t('k_blink')],
                    [['4', '5', '6'], t('k_views')],
                    [['V'], t('k_clip')],
                    [[',', '.'], t('k_frame')],
                    [['O'], t('k_outline')],
                    [['D'], t('k_density')],
                    [['+', '−'], t('k_zoom')],
                    [['F'], t('k_fit')],
                ]),
                table(t('help_decide'), [
                    [['A'], t('confirm')],
                    [['R'], t('k_reject')],
                    [['U'], t('unsure')],
                    [['Z'], t('k_undo')],
                    [['E'], t('k_correct')],
                    [['N'], t('note')],
                    [['B'], t('return')],
                    [['H'], t('hand_over')],
                    [['P'], t('process')],
                    [['S'], t('strike_off')],
                ])
            ),
            el(
                'div.dialog-foot',
                {},
                el(
                    'button.primary',
                    {autofocus: true, onclick: () => answer(null)},
                    t('close'),
                    key('Esc')
                )
            ),
        ],
        {kind: 'wide'}
    );
}
