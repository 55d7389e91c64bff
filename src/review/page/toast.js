// Short messages at the foot of the page: what was done, what went wrong.

import {el, icon} from '/page/dom.js';
import {t} from '/page/words.js';

const STAY_MS = 4000;

// kind: "done", "bad" or "note". action: {text, run}. stay: until it is closed.
// Returns how to take it away.
export function toast(text, {kind = 'done', action = null, stay = false} = {}) {
    const place = document.getElementById('toasts');
    let timer = 0;
    const leave = () => {
        clearTimeout(timer);
        node.remove();
    };
    const node = el(
        `div.toast.${kind}`,
        {role: kind === 'bad' ? 'alert' : null},
        el('span', {}, text),
        action
            ? el(
                  'button.plain',
                  {
                      onclick: () => {
                          leave();
                          action.run();
                      },
                  },
                  action.text,
                  action.key ? el('kbd', {}, action.key) : null
              )
            : null,
        el('button.tool', {'aria-label': t('close'), onclick: leave}, icon('close'))
    );
    if (!stay) {
        for (const other of place.querySelectorAll('.toast:not(.stay)')) other.remove();
        timer = setTimeout(leave, STAY_MS);
    } else node.classList.add('stay');
    place.append(node);
    while (place.children.length > 5) place.firstElementChild.remove();
    return leave;
}
