// Decisions on their way to the server: sent one after the other, kept until they are answered,
// also over a lost connection, a log-in that ran out, or a page that was closed.

import {ApiError, capturePath, post} from '/page/api.js';
import {hear, prefer, preferred, session} from '/page/state.js';
import {t} from '/page/words.js';

const AGAIN_MS = 3000;
const LATER = ['offline', 'login', 'internal', 'full', 'locked'];

export class Outbox {
    // saved(job, case), refused(job, error), waiting(jobs, error or null)
    constructor(handlers) {
        this.handlers = handlers;
        this.jobs = [];
        this.sending = null;
        this.stops = [hear('logged-in', () => this.send()),
            hear('connection', (on) => on && this.error?.code === 'offline' && this.send())];
        this.leaving = (event) => {
            if (this.jobs.length)
                event.preventDefault();
        };
        addEventListener('beforeunload', this.leaving);
        const kept = preferred('outbox', []);
        if (kept.length && kept.every((job) => job.who === session.name))
            this.jobs = kept;
        queueMicrotask(() => this.send());
    }

    close() {
        clearTimeout(this.timer);
        removeEventListener('beforeunload', this.leaving);
        this.stops.forEach((stop) => stop());
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
        if (at < 0 || this.sending === job || job.tried)
            return false;
        this.jobs.splice(at, 1);
        this.keep();
        return true;
    }

    keep() {
        prefer('outbox', this.jobs.map(({id, version, action, fields, who}) =>
            ({id, version, action, fields, who})));
        this.handlers.waiting(this.jobs, this.error ?? null);
    }

    async send() {
        clearTimeout(this.timer);
        while (this.jobs.length && !this.sending) {
            const job = this.sending = this.jobs[0];
            job.tried = true;
            let data = null;
            let error = null;
            try {
                data = await post(capturePath(job.id, '/decisions'),
                    {action: job.action, version: job.version, ...job.fields});
            } catch (caught) {
                error = caught instanceof ApiError ? caught : new ApiError('internal', String(caught));
            }
            this.sending = null;
            if (error && LATER.includes(error.code)) {
                this.error = error;
                this.handlers.waiting(this.jobs, error);
                this.timer = setTimeout(() => this.send(), AGAIN_MS);
                return;
            }
            this.error = null;
            this.jobs.shift();
            if (data)
                this.answered(job, data);
            else {
                // What was built upon it would now decide something nobody has seen.
                this.jobs = this.jobs.filter((other) => other.id !== job.id);
                this.handlers.refused(job, error);
            }
            this.keep();
        }
    }

    answered(job, data) {
        for (const later of this.jobs)
            if (later.id === data.id)
                later.version = data.version;
        this.handlers.saved(job, data);
    }

    // Gives up what cannot be sent.
    drop(job) {
        this.jobs = this.jobs.filter((other) => other !== job);
        this.keep();
    }

    has(id) {
        return this.jobs.some((job) => job.id === id);
    }
}

export function describe(job) {
    return t('not_saved', {action: t(job.action), id: job.id});
}
