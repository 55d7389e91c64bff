// Correcting plate, colour and class in place, by keyboard; what the machine read stays in sight.

import {clear, el, key} from '/page/dom.js';
import {plateBoxes} from '/page/facts.js';
import {fault, PROVINCES} from '/page/plates.js';
import {session} from '/page/state.js';
import {t, worded} from '/page/words.js';

const COLOURS = ['blue', 'yellow', 'green', 'white', 'black'];
const CLASSES = ['lorry', 'bus', 'van', 'car', 'motorcycle', 'other'];

// Shows the form in `root`; done(fields) with what was changed, or done(null).
export function correct(root, data, done) {
    const was = {plate: data.plate ?? '', plate_colour: data.plate_colour ?? '', class: data.class};
    let province = [...was.plate][0] ?? session.rules.local?.[0] ?? '';
    if (!PROVINCES.some(([one]) => one === province)) province = '';
    let colour = was.plate_colour;
    const hint = el('output.shape', {role: 'status'});
    const serial = el('input.serial', {
        value: [...was.plate].slice(1).join(''),
        autocomplete: 'off',
        spellcheck: 'false',
        autocapitalize: 'characters',
        maxlength: 9,
        'aria-label': t('serial'),
        oninput: () => typed(),
    });
    const first = el('button.province-shown', {
        'aria-label': t('province'),
        'aria-haspopup': 'listbox',
        onclick: () => grid.querySelector('[aria-selected="true"], button').focus(),
    });
    const grid = el(
        'div.provinces',
        {role: 'listbox', 'aria-label': t('province'), onkeydown: gridKey},
        PROVINCES.map(([one, initial]) =>
            el(
                'button',
                {
                    role: 'option',
                    tabindex: '-1',
                    'data-initial': initial,
                    onclick: () => choose(one, true),
                },
                one,
                el('small', {}, initial)
            )
        )
    );
    const kind = el(
        'select',
        {'aria-label': t('class')},
        CLASSES.map((name) => el('option', {value: name}, worded('class', name)))
    );
    kind.value = was.class;
    kind.addEventListener('change', paint);
    const colours = el(
        'div.colours',
        {role: 'radiogroup', 'aria-label': t('colour')},
        COLOURS.map((name) =>
            el(
                'label',
                {},
                el('input', {
                    type: 'radio',
                    name: 'plate-colour',
                    value: name,
                    checked: name === colour,
                    onchange: () => {
                        colour = name;
                        paint();
                    },
                }),
                el(`span.plate.plate-${name}`, {}, worded('colour', name))
            )
        )
    );
    const save = el('button.primary', {onclick: finish}, t('save'), key('Enter'));
    const picture = data.media.plate_rectified ?? data.media.plate;
    const form = el(
        'section.correct',
        {'aria-label': t('correct_title'), onkeydown: formKey},
        el('h3', {}, t('correct_title')),
        picture ? el('img.correct-picture', {src: picture, alt: t('plate_view')}) : null,
        el(
            'div.machine-line',
            {},
            el('span.muted', {}, t('as_read')),
            plateBoxes(data) ?? el('span.muted', {}, t('plate_none'))
        ),
        el('div.plate-input', {}, first, serial),
        hint,
        grid,
        el('div.correct-line', {}, el('span.muted', {}, t('colour')), colours),
        el('div.correct-line', {}, el('span.muted', {}, t('class')), kind),
        el(
            'div.dialog-foot',
            {},
            el('button', {onclick: () => leave(null)}, t('cancel'), key('Esc')),
            save
        ),
        el('p.muted', {}, t('keys_correct'))
    );
    root.append(form);
    root.classList.add('correcting');
    paint();
    if (province) {
        serial.focus();
        serial.select();
    } else grid.querySelector('button').focus();

    function whole() {
        return province + serial.value;
    }

    function typed() {
        // A whole plate may be typed or pasted; full-width and small letters become plain ones.
        let text = serial.value
            .normalize('NFKC')
            .toUpperCase()
            .replace(/[\s·.\-]/g, '');
        if (PROVINCES.some(([one]) => one === [...text][0])) {
            [province] = text;
            text = [...text].slice(1).join('');
        }
        if (text !== serial.value) serial.value = text;
        paint();
    }

    function changes() {
        const fields = {};
        if (serial.value !== '' && whole() !== was.plate) fields.plate = whole();
        if (colour && colour !== was.plate_colour) fields.plate_colour = colour;
        if (kind.value !== was.class) fields.class = kind.value;
        return fields;
    }

    function wrong() {
        if (serial.value === '' && was.plate === '') return null; // colour or class alone
        return fault(whole());
    }

    function paint() {
        first.textContent = province || '？';
        for (const button of grid.children)
            button.setAttribute(
                'aria-selected',
                String(button.firstChild.textContent === province)
            );
        const bad = wrong();
        const fields = changes();
        const none = Object.keys(fields).length === 0;
        const eight = [...whole()].length === 8;
        clear(
            hint,
            bad
                ? t(bad.name, bad.values)
                : none
                  ? t('shape_unchanged')
                  : serial.value === ''
                    ? ''
                    : t(eight ? 'shape_ok_8' : 'shape_ok_7'),
            !bad && serial.value !== '' && eight !== (colour === 'green') && colour
                ? ` · ${t('shape_green')}`
                : ''
        );
        hint.classList.toggle('bad', Boolean(bad));
        hint.classList.toggle('good', !bad && !none);
        save.disabled = Boolean(bad) || none;
    }

    function choose(one, on) {
        province = one;
        paint();
        if (on) {
            serial.focus();
            serial.select();
        }
    }

    // In the grid: arrows move, an initial goes to the next province with it, Enter takes it.
    function gridKey(event) {
        const buttons = [...grid.children];
        const at = buttons.indexOf(document.activeElement);
        const across = getComputedStyle(grid).gridTemplateColumns.split(' ').length;
        const way = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across}[event.key];
        if (way && event.key === 'ArrowUp' && at < across) {
            event.preventDefault();
            serial.focus();
        } else if (way) {
            event.preventDefault();
            buttons[Math.max(0, Math.min(buttons.length - 1, at + way))].focus();
        } else if (/^[a-z]$/i.test(event.key) && !event.ctrlKey && !event.altKey) {
            event.preventDefault();
            const initial = event.key.toUpperCase();
            const found = [...buttons.slice(at + 1), ...buttons.slice(0, at + 1)].find(
                (button) => button.dataset.initial === initial
            );
            if (found) {
                found.focus();
                choose(found.firstChild.textContent, false);
            }
        } else if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            event.stopPropagation();
            choose(document.activeElement.firstChild.textContent, true);
        }
    }

    function formKey(event) {
        event.stopPropagation();
        if (event.key === 'Escape') {
            event.preventDefault();
            leave(null);
        } else if (
            event.key === 'Enter' &&
            !event.isComposing &&
            !event.defaultPrevented &&
            event.target.tagName !== 'BUTTON'
        ) {
            event.preventDefault();
            finish();
        } else if (
            event.target === serial &&
            (event.key === 'ArrowDown' ||
                (event.key === 'Backspace' && serial.value === '') ||
                (event.key === 'ArrowLeft' &&
                    serial.selectionStart === 0 &&
                    serial.selectionEnd === 0))
        ) {
            event.preventDefault();
            (grid.querySelector('[aria-selected="true"]') ?? grid.firstChild).focus();
        }
    }

    function finish() {
        if (!save.disabled) leave(changes());
    }

    function leave(fields) {
        form.remove();
        root.classList.remove('correcting');
        done(fields);
    }

    return () => form.isConnected && leave(null);
}
