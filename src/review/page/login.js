// Logging in: the whole page at first, a dialog over the desk when the session ran out.

import {post} from '/page/api.js';
import {ask} from '/page/dialog.js';
import {clear, el} from '/page/dom.js';
import {session} from '/page/state.js';
import {errorText, switchLanguage, t} from '/page/words.js';

function form(name, done) {
    const who = el('input', {
        name: 'name',
        autocomplete: 'username',
        required: true,
        value: name ?? '',
        autofocus: !name,
    });
    const password = el('input', {
        name: 'password',
        type: 'password',
        autocomplete: 'current-password',
        required: true,
        autofocus: Boolean(name),
    });
    const wrong = el('p.warn', {role: 'alert', hidden: true});
    const button = el('button.primary', {type: 'submit'}, t('log_in'));
    return el(
        'form.login-form',
        {
            onsubmit: async (event) => {
                event.preventDefault();
                button.disabled = true;
                try {
                    const {rules, ...rest} = await post('/api/login', {
                        name: who.value.trim(),
                        password: password.value,
                    });
                    Object.assign(session, rest);
                    Object.assign(session.rules, rules);
                    done(true);
                } catch (error) {
                    wrong.hidden = false;
                    wrong.textContent =
                        error.status === 429 || error.code === 'locked'
                            ? t('login_locked')
                            : error.status === 403
                              ? t('login_wrong')
                              : errorText(error);
                    password.value = '';
                    password.focus();
                } finally {
                    button.disabled = false;
                }
            },
        },
        el('label', {}, t('name'), who),
        el('label', {}, t('password'), password),
        wrong,
        button
    );
}

// place: where the page goes; null: over what is there, for the same person.
export async function logIn(place, name = null) {
    if (!place) {
        while (!(await ask(t('error_login'), (answer) => form(name, answer))));
        return;
    }
    await new Promise((resolve) => {
        clear(
            place,
            el(
                'main.login',
                {},
                el(
                    'div.login-card',
                    {},
                    el(
                        'div.brand',
                        {},
                        el('img', {src: '/page/mark.svg', alt: '', width: 40, height: 40}),
                        el('h1', {}, t('app'))
                    ),
                    form(null, resolve),
                    el('p.muted', {}, t('login_intro')),
                    el(
                        'button.link',
                        {
                            'aria-label': t('switch_language'),
                            onclick: () => {
                                switchLanguage();
                                resolve(logIn(place));
                            },
                        },
                        t('other_language')
                    )
                )
            )
        );
        place.querySelector('input').focus();
    });
}
