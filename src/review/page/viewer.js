// The stage: a picture that can be zoomed to the pixel and dragged, with what lies over it.

import {el} from '/page/dom.js';

const MOST = 40; // CSS pixels for one of the picture
const SMALL_MOST = 8; // how far fitting enlarges a small picture
const STEP = 1.4;

export class Viewer {
    constructor() {
        this.plane = el('div.plane');
        this.root = el('div.canvas', {tabindex: '-1'}, this.plane);
        this.width = this.height = 1;
        this.fitted = true;
        this.scale = 1;
        this.x = this.y = 0;
        this.changed = () => {};
        this.pointers = new Map();
        new ResizeObserver(() => this.resized()).observe(this.root);
        this.root.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
        this.root.addEventListener('dblclick', (event) => this.twice(event));
        this.root.addEventListener('pointerdown', (event) => this.press(event));
        this.root.addEventListener('pointermove', (event) => this.move(event));
        for (const name of ['pointerup', 'pointercancel'])
            this.root.addEventListener(name, (event) => this.lift(event));
    }

    // Puts elements of the given size on the stage. keep: the place looked at stays, as between
    // panoramas.
    show(elements, width, height, {keep = false} = {}) {
        const same = keep && width === this.width && height === this.height;
        this.width = width;
        this.height = height;
        this.plane.style.width = `${width}px`;
        this.plane.style.height = `${height}px`;
        this.plane.replaceChildren(...elements);
        if (!same) this.fit();
        else this.apply();
    }

    fitScale() {
        const box = this.root.getBoundingClientRect();
        return Math.min(box.width / this.width, box.height / this.height, SMALL_MOST) || 1;
    }

    fit() {
        const box = this.root.getBoundingClientRect();
        this.scale = this.fitScale();
        this.x = (box.width - this.width * this.scale) / 2;
        this.y = (box.height - this.height * this.scale) / 2;
        this.fitted = true;
        this.apply();
    }

    resized() {
        if (this.fitted) this.fit();
        else this.apply();
    }

    // factor around a point of the stage; its middle when none is given.
    zoom(factor, x, y) {
        const box = this.root.getBoundingClientRect();
        const atX = x ?? box.width / 2;
        const atY = y ?? box.height / 2;
        const least = this.fitScale();
        const scale = Math.max(least, Math.min(MOST, this.scale * factor));
        if (scale <= least * 1.001) return this.fit();
        const by = scale / this.scale;
        this.x = atX - (atX - this.x) * by;
        this.y = atY - (atY - this.y) * by;
        this.scale = scale;
        this.fitted = false;
        this.apply();
    }

    closer() {
        this.zoom(STEP);
    }

    farther() {
        this.zoom(1 / STEP);
    }

    // Shows a box [x, y, w, h] of the picture as large as it goes.
    frame([x, y, w, h]) {
        const box = this.root.getBoundingClientRect();
        this.scale = Math.max(this.fitScale(), Math.min(MOST, box.width / w, box.height / h));
        this.x = box.width / 2 - (x + w / 2) * this.scale;
        this.y = box.height / 2 - (y + h / 2) * this.scale;
        this.fitted = false;
        this.apply();
    }

    apply() {
        const box = this.root.getBoundingClientRect();
        const inside = (at, size, room) =>
            size <= room ? (room - size) / 2 : Math.max(room - size, Math.min(0, at));
        this.x = inside(this.x, this.width * this.scale, box.width);
        this.y = inside(this.y, this.height * this.scale, box.height);
        this.plane.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
        this.plane.style.setProperty('--px', String(1 / this.scale));
        this.plane.classList.toggle('pixels', this.scale * devicePixelRatio >= 3);
        this.root.classList.toggle('movable', !this.fitted);
        this.changed(this.scale * devicePixelRatio);
    }

    at(event) {
        const box = this.root.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
    }

    wheel(event) {
        event.preventDefault();
        const lines = event.deltaMode === 1 ? 16 : 1;
        this.zoom(Math.exp(-event.deltaY * lines * 0.0018), ...this.at(event));
    }

    // Pixel for pixel where it was clicked, then four times that, then the whole again.
    twice(event) {
        const pixel = 1 / devicePixelRatio;
        const [x, y] = this.at(event);
        if (this.scale < pixel * 0.99) this.zoom(pixel / this.scale, x, y);
        else if (this.scale < pixel * 3.9) this.zoom((pixel * 4) / this.scale, x, y);
        else this.fit();
    }

    press(event) {
        if (event.button !== 0 || event.target.closest('button, input, select')) return;
        this.pointers.set(event.pointerId, this.at(event));
        this.root.setPointerCapture(event.pointerId);
    }

    move(event) {
        const before = this.pointers.get(event.pointerId);
        if (!before) return;
        const now = this.at(event);
        if (this.pointers.size === 2) {
            // two fingers
            const [other] = [...this.pointers]
                .filter(([id]) => id !== event.pointerId)
                .map(([, point]) => point);
            const was = Math.hypot(before[0] - other[0], before[1] - other[1]);
            const is = Math.hypot(now[0] - other[0], now[1] - other[1]);
            if (was > 0) this.zoom(is / was, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
        } else if (!this.fitted) {
            this.x += now[0] - before[0];
            this.y += now[1] - before[1];
            this.apply();
        }
        this.pointers.set(event.pointerId, now);
    }

    lift(event) {
        this.pointers.delete(event.pointerId);
    }
}
