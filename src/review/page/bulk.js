// The same decision on many captures.

import {post} from '/page/api.js';
import {toast} from '/page/toast.js';
import {errorText, t} from '/page/words.js';

const AT_ONCE = 500;

// Returns the ids that were done; says what was not.
export async function bulk(items, action, fields) {
    const done = [];
    const failed = [];
    try {
        for (let i = 0; i < items.length; i += AT_ONCE) {
            const answer = await post('/api/decisions', {
                action,
                ...fields,
                captures: items.slice(i, i + AT_ONCE).map(({id, version}) => ({id, version})),
            });
            done.push(...answer.done);
            failed.push(...answer.failed);
        }
    } catch (error) {
        toast(errorText(error), {kind: 'bad', stay: true});
    }
    if (done.length) toast(t('bulk_done', {n: done.length, action: t(`done_${action}`)}));
    if (failed.length)
        toast(`${t('bulk_failed', {n: failed.length})}：${failed[0].error.text}`, {
            kind: 'bad',
            stay: true,
        });
    return done;
}
