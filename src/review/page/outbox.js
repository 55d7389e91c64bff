// Decisions on their way to the server: sent one after the other, kept until they are answered,
// also over a lost connection, a log-in that ran out, or a page loaded anew.

import {ApiError, capturePath, post} from '/page/api.js';
import {hear, send, session} from '/page/state.js';
import {toast} from '/page/toast.js';
import {errorText, t} from '/page/words.js';

const AGAIN_MS = 3000;
const LATER = ['offline', 'login', 'internal', 'full', 'locked'];

// This tab's own, so that two tabs do not send each other's.
const KEPT = 'heiyan.outbox';

function kept() {
    try {
        const jobs = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
        return jobs.every((job) => job.who === session.name) ? jobs : [];
    } catch {
        return [];
    }
}

function waiting(jobs, error, again) {
    send('waiting', {many: error ? jobs.length : 0, text: error ? errorText(error) : '', again});
}

export class Outbox {
    // saved(job, case) and refused(job, error): who hears of it now; the desk while it is open.
    constructor() {
        this.quiet();
        this.jobs = kept();
        this.sending = null;
        hear('logged-in', () => this.send());
        hear('connection', (on) => on && this.error?.code === 'offline' && this.send());
        addEventListener('beforeunload', (event) => {
            if (this.jobs.length) event.preventDefault();
        });
        queueMicrotask(() => this.send());
    }

    // Nobody looks: only what was not saved is said.
    quiet() {
        this.saved = () => {};
        this.refused = (job, error) =>
            toast(`${describe(job)} — ${errorText(error)}`, {kind: 'bad', stay: true});
    }

    // fields: reason, text, plate, plate_colour, class. version: of the case as it was seen; when
    // another decision on it is still on its way, the one after that.
    add(id, version, action, fields = {}) {
        const job = {id, version, action, fields, who: session.name};
        this.jobs.push(job);
        this.keep();
        this.send();
        return job;
    }

    // Takes back what was not sent yet; whether it could.
    withdraw(job) {
        const at = this.jobs.indexOf(job);
        if (at < 0 || this.sending === job || job.tried) return false;
        this.jobs.splice(at, 1);
        this.keep();
        return true;
    }

    keep() {
        try {
            sessionStorage.setItem(
                KEPT,
                JSON.stringify(
                    this.jobs.map(({id, version, action, fields, who}) => ({
                        id,
                        version,
                        action,
                        fields,
                        who,
                    }))
                )
            );
        } catch {
            // storage is off: they are kept as long as the page is
        }
        waiting(this.jobs, this.error, () => this.send());
    }

    async send() {
        clearTimeout(this.timer);
        while (this.jobs.length && !this.sending) {
            const job = (this.sending = this.jobs[0]);
            job.tried = true;
            let data = null;
            let error = null;
            try {
                data = await post(capturePath(job.id, '/decisions'), {
                    action: job.action,
                    version: job.version,
                    ...job.fields,
                });
            } catch (caught) {
                error =
                    caught instanceof ApiError ? caught : new ApiError('internal', String(caught));
            }
            this.sending = null;
            if (error && LATER.includes(error.code)) {
                this.error = error;
                waiting(this.jobs, error, () => this.send());
                this.timer = setTimeout(() => this.send(), AGAIN_MS);
                return;
            }
            this.error = null;
            this.jobs.shift();
            if (data) this.answered(job, data);
            else {
                // What was built upon it would now decide something nobody has seen.
                this.jobs = this.jobs.filter((other) => other.id !== job.id);
                this.refused(job, error);
            }
            this.keep();
        }
    }

    answered(job, data) {
        for (const later of this.jobs) if (later.id === data.id) later.version = data.version;
        this.saved(job, data);
    }

    has(id) {
        return this.jobs.some((job) => job.id === id);
    }
}

export function describe(job) {
    return t('not_saved', {action: t(job.action), id: job.id});
}
