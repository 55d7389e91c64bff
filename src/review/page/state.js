// What the whole page shares: who is logged in, the site's rules, what this person prefers, and
// the messages between its parts.

export const session = {
    name: null,
    role: null,
    accounts: false,
    token: null,
    version: '',
    rules: {two_step: false, repeat_times: 2, repeat_months: 6, deadline_days: 10, local: null},
};

export const bus = new EventTarget();

export function send(name, detail) {
    bus.dispatchEvent(new CustomEvent(name, {detail}));
}

// Listens until the returned function is called.
export function hear(name, run) {
    const listener = (event) => run(event.detail);
    bus.addEventListener(name, listener);
    return () => bus.removeEventListener(name, listener);
}

export function preferred(name, otherwise) {
    try {
        const text = localStorage.getItem(`heiyan.${name}`);
        return text === null ? otherwise : JSON.parse(text);
    } catch {
        return otherwise;
    }
}

export function prefer(name, value) {
    try {
        localStorage.setItem(`heiyan.${name}`, JSON.stringify(value));
    } catch {
        // storage is off: it holds for this visit
    }
}

const ROLES = ['viewer', 'reviewer', 'approver', 'admin'];

export function mayAs(role) {
    return ROLES.indexOf(session.role) >= ROLES.indexOf(role);
}

// States in which this person still has something to decide.
export function todoStates() {
    const states = ['pending', 'returned', 'unsure'];
    if (session.rules.two_step && mayAs('approver')) states.push('reviewed');
    return states;
}
