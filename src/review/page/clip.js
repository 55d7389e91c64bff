// The clip on the stage: play, frame by frame, slower, with the peak marked on its time line.

import {clear, el, icon} from '/page/dom.js';
import {t} from '/page/words.js';

const SPEEDS = [0.25, 0.5, 1, 2];
const BEFORE_PEAK_S = 2.5;

export class Clip {
    // source: address; peak: seconds from the first picture, or null; fps: pictures per second
    constructor(source, peak, fps, failed) {
        this.peak = peak;
        this.frame = 1 / (fps || 25);
        this.speed = 1;
        this.video = el('video', {src: source, preload: 'auto', playsinline: true, muted: true});
        this.video.muted = true;
        this.video.addEventListener('error', failed);
        this.video.addEventListener('loadedmetadata', () => this.ready());
        for (const name of ['play', 'pause', 'seeked', 'timeupdate'])
            this.video.addEventListener(name, () => this.paint());
        this.button = el(
            'button.tool',
            {'aria-label': t('play'), title: t('play'), onclick: () => this.toggle()},
            icon('play')
        );
        this.range = el('input', {
            type: 'range',
            min: 0,
            max: 1,
            step: 0.001,
            value: 0,
            'aria-label': t('timeline'),
            oninput: () => this.seek(Number(this.range.value)),
        });
        this.marker = el('span.peak', {title: t('peak')}, t('peak'));
        this.readout = el('output.readout', {}, '0.00');
        this.speeds = el(
            'select.small',
            {
                'aria-label': t('speed'),
                title: t('speed'),
                onchange: () => this.setSpeed(Number(this.speeds.value)),
            },
            ...SPEEDS.map((value) => el('option', {value: String(value)}, `${value}×`))
        );
        this.speeds.value = '1';
        this.controls = el(
            'div.clipbar',
            {},
            this.button,
            el(
                'button.tool',
                {
                    'aria-label': t('frame_back'),
                    title: `${t('frame_back')}  ,`,
                    onclick: () => this.step(-1),
                },
                icon('back')
            ),
            el(
                'button.tool',
                {
                    'aria-label': t('frame_on'),
                    title: `${t('frame_on')}  .`,
                    onclick: () => this.step(1),
                },
                icon('step')
            ),
            el('div.track', {}, this.marker, this.range),
            this.readout,
            this.speeds
        );
        this.running = 0;
    }

    ready() {
        const length = this.video.duration;
        this.range.max = String(length);
        if (this.peak !== null && this.peak !== undefined && length > 0)
            this.marker.style.left = `${Math.min(100, (this.peak / length) * 100)}%`;
        else this.marker.hidden = true;
        this.sized?.(this.video.videoWidth, this.video.videoHeight);
        this.seek(Math.max(0, (this.peak ?? 0) - BEFORE_PEAK_S));
        this.play();
    }

    play() {
        if (this.video.ended) this.seek(Math.max(0, (this.peak ?? 0) - BEFORE_PEAK_S));
        this.video.playbackRate = this.speed;
        this.video.play().catch(() => {});
        const tick = () => {
            this.paint();
            this.running = this.video.paused ? 0 : requestAnimationFrame(tick);
        };
        cancelAnimationFrame(this.running);
        this.running = requestAnimationFrame(tick);
    }

    toggle() {
        if (this.video.paused) this.play();
        else this.video.pause();
    }

    seek(at) {
        this.video.currentTime = Math.max(0, Math.min(this.video.duration || 0, at));
        this.paint();
    }

    // Into the middle of the neighbouring picture, where rounding cannot miss it.
    step(frames) {
        this.video.pause();
        const now = Math.floor(this.video.currentTime / this.frame + 1e-6);
        this.seek((now + frames + 0.5) * this.frame);
    }

    setSpeed(speed) {
        this.speed = speed;
        this.video.playbackRate = speed;
    }

    paint() {
        const now = this.video.currentTime;
        this.range.value = String(now);
        const from = now - (this.peak ?? 0);
        this.readout.textContent =
            this.peak === null || this.peak === undefined
                ? now.toFixed(2)
                : `${from < 0 ? '−' : '+'}${Math.abs(from).toFixed(2)} s`;
        const name = this.video.paused ? 'play' : 'pause';
        if (this.shown !== name) {
            this.shown = name;
            clear(this.button, icon(name));
            this.button.setAttribute('aria-label', t(name));
            this.button.title = t(name);
        }
    }

    close() {
        cancelAnimationFrame(this.running);
        this.video.pause();
        this.video.removeAttribute('src');
        this.video.load();
    }
}
