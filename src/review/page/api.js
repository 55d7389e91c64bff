// Talks with the server: requests with the session's token, its errors, its stream of events.

import {send, session} from '/page/state.js';

// code as in the server's description, or "offline" when no answer came.
export class ApiError extends Error {
    constructor(code, text, status = 0, body = null) {
        super(text);
        this.code = code;
        this.status = status;
        this.body = body;
    }
}

const PATIENCE_MS = 30000;

async function request(method, path, body, {signal, raw = false, patience = PATIENCE_MS} = {}) {
    const headers = {Accept: 'application/json'};
    if (method !== 'GET' && session.token) headers['X-Heiyan-Token'] = session.token;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    signal?.addEventListener('abort', () => stop.abort());
    let answer;
    let content = null;
    try {
        answer = await fetch(path, {
            method,
            headers,
            signal: stop.signal,
            credentials: 'same-origin',
            redirect: 'error',
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        if (raw && answer.ok) return answer;
        const text = await answer.text();
        content = text === '' ? {} : JSON.parse(text);
    } catch (error) {
        if (signal?.aborted) throw new ApiError('aborted', '');
        if (answer && error instanceof SyntaxError)
            throw new ApiError('internal', `HTTP ${answer.status}`, answer.status);
        send('connection', false);
        throw new ApiError('offline', '');
    } finally {
        if (!raw) clearTimeout(timer);
    }
    send('connection', true);
    if (answer.ok) return content;
    const {code = 'internal', text = `HTTP ${answer.status}`} = content.error ?? {};
    if (code === 'login' || answer.status === 401) send('login-needed');
    throw new ApiError(code, text, answer.status, content);
}

export const get = (path, options) => request('GET', path, undefined, options);
export const post = (path, body, options) => request('POST', path, body, options);
export const put = (path, body, options) => request('PUT', path, body, options);

export function capturePath(id, rest = '') {
    return `/api/captures/${encodeURIComponent(id)}${rest}`;
}

// Has the browser keep what a POST answers; returns the name it was given.
export async function download(path, body, otherwise) {
    const answer = await request('POST', path, body, {raw: true, patience: 600000});
    const told = answer.headers.get('Content-Disposition') ?? '';
    const encoded = /filename\*=UTF-8''([^;]+)/i.exec(told)?.[1];
    const name =
        (encoded && decodeURIComponent(encoded)) ||
        /filename="([^"]+)"/i.exec(told)?.[1] ||
        otherwise;
    const address = URL.createObjectURL(await answer.blob());
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    return name;
}

// Sends "capture" {id} and "decision" {id, state, version} on the bus, and "stream" true or false
// as the connection comes and goes; the browser connects again by itself.
export function listen() {
    const source = new EventSource('/api/stream');
    for (const name of ['capture', 'decision'])
        source.addEventListener(name, (event) => {
            try {
                send(name, JSON.parse(event.data));
            } catch {
                // not for us
            }
        });
    source.addEventListener('open', () => send('stream', true));
    source.addEventListener('error', () => send('stream', false));
    return () => source.close();
}
