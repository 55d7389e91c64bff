// Numbers, times and places as people read them.

import {english, t} from '/page/words.js';

// Times carry the site's zone: shown as they stand, never moved to the browser's.
export function clock(time) {
    // 08:15:02.345
    return time ? time.slice(11, 23) : '—';
}

export function minute(time) {
    // 08:15
    return time ? time.slice(11, 16) : '—';
}

export function day(time) {
    // 2026-11-23
    return time ? time.slice(0, 10) : '—';
}

export function stamp(time) {
    // 2026-11-23 08:15
    return time ? `${day(time)} ${minute(time)}` : '—';
}

export function shortDay(time) {
    // 11-23
    return time ? time.slice(5, 10) : '—';
}

// The day of now in the zone of the times shown.
export function today() {
    const now = new Date();
    return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}

export function daysBefore(date, days) {
    const at = new Date(`${date}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() - days);
    return at.toISOString().slice(0, 10);
}

export function grade(value) {
    return value === null || value === undefined ? t('not_measurable_short') : value.toFixed(2);
}

export function percent(value, digits = 0) {
    return value === null || value === undefined ? '—' : `${(value * 100).toFixed(digits)}%`;
}

export function count(value) {
    return value === null || value === undefined
        ? '—'
        : value.toLocaleString(english() ? 'en' : 'zh-CN');
}

export function hours(value) {
    if (value === null || value === undefined) return '—';
    return value < 48
        ? t('n_hours', {n: value.toFixed(1)})
        : t('n_days', {n: (value / 24).toFixed(1)});
}

export function placeOf(item) {
    return [item.place, item.direction, item.lane ? t('lane_n', {n: item.lane}) : null]
        .filter(Boolean)
        .join(' · ');
}

// The ISO week of a day: 2026-W48.
export function weekOf(date) {
    const at = new Date(`${date}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
    const first = Date.UTC(at.getUTCFullYear(), 0, 1);
    const number = Math.ceil(((at.getTime() - first) / 86400000 + 1) / 7);
    return `${at.getUTCFullYear()}-W${String(number).padStart(2, '0')}`;
}

// The Monday of an ISO week.
export function mondayOf(week) {
    const [year, number] = week.split('-W').map(Number);
    const fourth = new Date(Date.UTC(year, 0, 4));
    fourth.setUTCDate(fourth.getUTCDate() - ((fourth.getUTCDay() || 7) - 1) + (number - 1) * 7);
    return fourth.toISOString().slice(0, 10);
}

// A plate with the dot after the letter: 晋E·12345
export function dotted(plate) {
    return plate && plate.length > 4 ? `${plate.slice(0, 2)}·${plate.slice(2)}` : plate;
}
