// What somebody is looking for: the filters of a list, as a query string and back.

export const LISTS = [
    'state',
    'site',
    'camera',
    'lane',
    'part',
    'grade',
    'certainty',
    'colour',
    'origin',
    'class',
    'repeats',
    'exported',
];
const SINGLES = ['from', 'to', 'text'];

export class Criteria {
    constructor(query = '') {
        this.listeners = new Set();
        this.order = 'newest';
        this.read(query);
    }

    read(query) {
        const given = new URLSearchParams(query);
        this.lists = {};
        for (const name of LISTS)
            this.lists[name] = (given.get(name) ?? '').split(',').filter(Boolean);
        for (const name of SINGLES) this[name] = given.get(name) ?? '';
        if (given.get('order')) this.order = given.get('order');
    }

    // Takes over a query string and tells who listens.
    replace(query) {
        this.read(query);
        this.tell();
    }

    set(name, value) {
        if (this[name] === value) return;
        this[name] = value;
        this.tell();
    }

    toggle(name, value, alone = false) {
        const list = this.lists[name];
        if (alone) this.lists[name] = list.length === 1 && list[0] === value ? [] : [value];
        else if (list.includes(value)) this.lists[name] = list.filter((one) => one !== value);
        else this.lists[name] = [...list, value];
        this.tell();
    }

    tell() {
        for (const run of this.listeners) run();
    }

    heard(run) {
        this.listeners.add(run);
        return () => this.listeners.delete(run);
    }

    // extra: more names, such as limit and after, or others in place of these.
    query(extra = {}) {
        const parts = new URLSearchParams();
        for (const name of LISTS)
            if (this.lists[name].length) parts.set(name, this.lists[name].join(','));
        for (const name of SINGLES) if (this[name]) parts.set(name, this[name]);
        for (const [name, value] of Object.entries(extra)) parts.set(name, value);
        return parts.toString();
    }

    // How many names narrow the list, states and search aside: they are seen anyway.
    narrowed() {
        return (
            LISTS.filter((name) => name !== 'state' && this.lists[name].length).length +
            (this.from || this.to ? 1 : 0)
        );
    }
}
