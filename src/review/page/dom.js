// Makes elements. Data only ever becomes text or an attribute, never markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
        else if (name === 'style')
            for (const [property, setting] of Object.entries(value))
                node.style.setProperty(property, setting);
        else if (name === 'data') Object.assign(node.dataset, value);
        else if (name === 'value' || name === 'checked' || name === 'disabled') node[name] = value;
        else node.setAttribute(name, value === true ? '' : String(value));
    }
    for (const child of children.flat(3))
        if (child !== null && child !== undefined && child !== false)
            node.append(child instanceof Node ? child : String(child));
    return node;
}

// el('button.small', {onclick, title}, 'text', child): classes after dots.
export function el(name, attributes = {}, ...children) {
    const [tag, ...classes] = name.split('.');
    const node = document.createElement(tag || 'div');
    if (classes.length) node.className = classes.join(' ');
    if (tag === 'button' && !('type' in attributes)) node.type = 'button';
    return fill(node, attributes, children);
}

export function svg(name, attributes = {}, ...children) {
    const [tag, ...classes] = name.split('.');
    const node = document.createElementNS(SVG, tag);
    if (classes.length) node.setAttribute('class', classes.join(' '));
    return fill(node, attributes, children);
}

const ICONS = {
    sun:
        'M8 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15' +
        'M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
    moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
    search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14',
    filter: 'M2 3h12L9.5 8.5V13l-3-1.5v-3z',
    list: 'M2 4h12M2 8h12M2 12h12',
    left: 'M10 3L5 8l5 5',
    right: 'M6 3l5 5-5 5',
    down: 'M3 6l5 5 5-5',
    play: 'M5 3v10l8-5z',
    pause: 'M5 3v10M11 3v10',
    back: 'M11 3L6 8l5 5M4 3v10',
    step: 'M5 3l5 5-5 5M12 3v10',
    plus: 'M8 3v10M3 8h10',
    minus: 'M3 8h10',
    fit: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
    file: 'M4 1.5h5l3 3v10H4zM9 1.5v3h3',
    download: 'M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11',
    lock: 'M4 7h8v6.5H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
    close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
    check: 'M3 8.5l3.5 3.5L13 5',
    keys: 'M1.5 4h13v8.5h-13zM4 6.5h.01M6.5 6.5h.01M9 6.5h.01M11.5 6.5h.01M4.5 10h7',
    out: 'M6 2.5H2.5v11H6M10 5l3 3-3 3M13 8H6',
};

export function icon(name) {
    return svg(
        'svg.icon',
        {viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false'},
        svg('path', {d: ICONS[name]})
    );
}

export function key(text) {
    return el('kbd', {}, text);
}

export function clear(node, ...children) {
    node.replaceChildren();
    return fill(node, {}, children);
}

export function debounce(wait, run) {
    let timer = 0;
    return (...values) => {
        clearTimeout(timer);
        timer = setTimeout(run, wait, ...values);
    };
}
