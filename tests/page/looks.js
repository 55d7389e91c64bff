// Run inside the page: what somebody who cannot see well, or uses no mouse, would stumble over.
'use strict';

function visible(node) {
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    return (
        box.width > 0 && box.height > 0 && style.visibility === 'visible' && style.opacity !== '0'
    );
}

// Controls without a name, pictures without alt, ids used twice.
function nameless() {
    const bad = [];
    for (const node of document.querySelectorAll(
        'button, a[href], input, select, textarea, [role=button], [role=listbox]'
    )) {
        if (!node.getClientRects().length) continue;
        const name =
            node.getAttribute('aria-label') ||
            node.textContent.trim() ||
            node.title ||
            [...(node.labels ?? [])].map((label) => label.textContent.trim()).join('');
        if (!name) bad.push(`no name: ${node.outerHTML.slice(0, 120)}`);
    }
    for (const image of document.querySelectorAll('img:not([alt])'))
        bad.push(`no alt: ${image.outerHTML.slice(0, 120)}`);
    const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
    for (const id of ids.filter((one, i) => ids.indexOf(one) !== i)) bad.push(`id twice: ${id}`);
    return bad;
}

// Texts whose contrast with what is behind them is below 4.5 (3 for large ones).
function pale() {
    const parse = (text) => {
        const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
        return [r, g, b, a];
    };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((one) =>
            one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4
        );
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const over = ([r, g, b, a], [x, y, z]) => [
        r * a + x * (1 - a),
        g * a + y * (1 - a),
        b * a + z * (1 - a),
        1,
    ];
    const behind = (node) => {
        const layers = [];
        for (let at = node; at; at = at.parentElement) {
            const style = getComputedStyle(at);
            if (style.backgroundImage !== 'none') return null; // drawn: looked at by eye
            const colour = parse(style.backgroundColor);
            layers.unshift(colour);
            if (colour[3] === 1) break;
        }
        return layers.reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
    };
    const bad = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (
            !walker.currentNode.textContent.trim() ||
            !node ||
            !visible(node) ||
            node.closest('svg, .screen, option') ||
            node.closest(':disabled')
        )
            continue;
        const back = behind(node);
        if (!back) continue;
        let opacity = 1;
        for (let at = node; at; at = at.parentElement)
            opacity *= Number(getComputedStyle(at).opacity);
        const style = getComputedStyle(node);
        const colour = parse(style.color);
        const front = over([...colour.slice(0, 3), colour[3] * opacity], back);
        const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
        const contrast = (a + 0.05) / (b + 0.05);
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
        if (contrast < (large ? 3 : 4.5))
            bad.add(
                `${contrast.toFixed(2)} ${node.tagName}.${node.className}: ${walker.currentNode.textContent.trim().slice(0, 20)}`
            );
    }
    return [...bad];
}

// What sticks out of the window or of its own box.
function cut() {
    const bad = [];
    if (document.documentElement.scrollWidth > innerWidth)
        bad.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const node of document.querySelectorAll(
        'button, .state, .plate, h1, h2, h3, dd, .figure, .facts p'
    )) {
        if (!visible(node) || node.closest('.table-scroll, .list, .views')) continue;
        const box = node.getBoundingClientRect();
        if (box.right > innerWidth + 1 || box.left < -1)
            bad.push(`outside: ${node.className} ${node.textContent.slice(0, 20)}`);
        if (
            node.scrollWidth > node.clientWidth + 2 &&
            node.clientWidth &&
            getComputedStyle(node).display !== 'inline'
        )
            bad.push(`cut: ${node.className} ${node.textContent.slice(0, 20)}`);
    }
    return bad;
}

module.exports = {cut, nameless, pale, visible};
