// The pictures of a case on the stage: which one is shown, what lies over it, blinking between
// panoramas, the clip.

import {Clip} from '/page/clip.js';
import {densityLayer} from '/page/density.js';
import {clear, el, icon, key, svg} from '/page/dom.js';
import {clock} from '/page/format.js';
import {prefer, preferred} from '/page/state.js';
import {Viewer} from '/page/viewer.js';
import {t} from '/page/words.js';

const BLINK_MS = 600;
const OUTLINES = [0, 0.35, 1];
const DENSITIES = [0, 0.35, 0.6, 0.9];

export class Stage {
    constructor(store) {
        this.store = store;
        this.viewer = new Viewer();
        this.outline = preferred('outline', 2);
        this.strength = preferred('density', 0);
        this.view = 'panorama-0';
        this.blinking = 0;
        this.tabs = el('div.views', {role: 'group', 'aria-label': t('views_of_case')});
        this.caption = el('div.caption');
        this.legend = el('div.legend');
        this.message = el('div.stage-message', {hidden: true});
        this.zoomed = el('output.zoomed', {title: t('fit')});
        this.viewer.changed = (scale) => {
            this.zoomed.textContent = `${Math.round(scale * 100)}%`;
        };
        this.tools = this.makeTools();
        this.clipPlace = el('div.clipplace');
        this.root = el(
            'section.stage',
            {'aria-label': t('views_of_case')},
            el(
                'div.screen',
                {},
                this.viewer.root,
                this.caption,
                this.legend,
                this.message,
                this.tools,
                this.clipPlace
            ),
            this.tabs
        );
    }

    makeTools() {
        const tool = (name, label, hint, run) =>
            el(
                'button.tool',
                {'aria-label': label, title: `${label}  ${hint}`, onclick: run},
                icon(name)
            );
        this.outlineButton = el('button.tool.worded', {
            title: t('k_outline'),
            onclick: () => this.cycleOutline(),
        });
        this.densityButton = el('button.tool.worded', {
            title: t('k_density'),
            onclick: () => this.cycleDensity(),
        });
        this.blinkButton = el(
            'button.tool.worded',
            {title: t('k_blink'), 'aria-pressed': 'false', onclick: () => this.blink()},
            t('blink'),
            key('␣')
        );
        return el(
            'div.tools',
            {role: 'toolbar', 'aria-label': t('help_look')},
            this.blinkButton,
            this.outlineButton,
            this.densityButton,
            tool('minus', t('zoom_out'), '−', () => this.viewer.farther()),
            this.zoomed,
            tool('plus', t('zoom_in'), '+', () => this.viewer.closer()),
            tool('fit', t('fit'), 'F', () => this.viewer.fit())
        );
    }

    // Shows a case; its pictures may still be on their way. Resolves once the first is painted.
    setCase(data, entry) {
        const same = this.data?.id === data.id;
        this.data = data;
        this.entry = entry;
        this.layer = null;
        this.smoke = data.record.smoke;
        const panoramas = data.media.panoramas;
        const peak = Math.max(
            0,
            panoramas.findIndex((panorama) => panorama.peak)
        );
        this.views = this.listViews();
        this.paintTabs();
        this.paintButtons();
        if (same && this.views.some((view) => view.name === this.view)) return Promise.resolve();
        this.stopBlinking();
        const first = panoramas.length ? `panorama-${peak}` : this.views[0]?.name;
        return this.open(first);
    }

    listViews() {
        const {media, retired} = this.data;
        const views = media.panoramas.map((panorama, i) => ({
            name: `panorama-${i}`,
            label: t('panorama_n', {n: i + 1}),
            key: String(i + 1),
            url: panorama.url,
            panorama,
        }));
        const add = (name, label, stroke, url) =>
            url && views.push({name, label, key: stroke, url});
        add('close-up', t('close_up'), '4', media.close_up);
        add('plate', t('plate_view'), '5', media.plate_rectified ?? media.plate);
        add('composite', t('composite'), '6', media.composite);
        if (!this.smoke.map) add('density', t('density'), 'D', media.density);
        add('clip', t('clip'), 'V', media.clip);
        return retired ? views.filter((view) => view.url) : views;
    }

    paintTabs() {
        clear(
            this.tabs,
            this.views.map((view) =>
                el(
                    'button.view',
                    {
                        'data-view': view.name,
                        'aria-pressed': String(view.name === this.view),
                        onclick: () => this.open(view.name),
                    },
                    view.name === 'clip'
                        ? el('span.thumb.clipthumb', {}, icon('play'))
                        : el('img.thumb', {
                              src: view.url,
                              alt: '',
                              loading: 'lazy',
                              draggable: 'false',
                              onerror: (event) => event.target.classList.add('gone'),
                          }),
                    el(
                        'span.view-label',
                        {},
                        view.label,
                        view.panorama?.peak ? el('i.dot', {title: t('peak')}) : null,
                        key(view.key)
                    )
                )
            )
        );
    }

    paintButtons() {
        const meter = (level, most) =>
            el(
                'span.meter',
                {'aria-hidden': 'true'},
                ...Array.from({length: most}, (_, i) => el(i < level ? 'i.on' : 'i'))
            );
        clear(this.outlineButton, t('outline'), meter(this.outline, 2), key('O'));
        this.outlineButton.setAttribute('aria-label', `${t('outline')} ${this.outline}/2`);
        clear(
            this.densityButton,
            t('density'),
            this.smoke?.map ? meter(this.strength, 3) : null,
            key('D')
        );
        this.densityButton.setAttribute('aria-label', `${t('density')} ${this.strength}/3`);
        this.densityButton.disabled = !this.data?.media.density;
        this.blinkButton.disabled = (this.data?.media.panoramas.length ?? 0) < 2;
    }

    // Shows one of the views; pressing the plate's key again changes between straightened and raw.
    async open(name) {
        const view = this.views.find((one) => one.name === name);
        this.closeClip();
        if (!view) {
            this.viewer.show([], 16, 9);
            this.say(t('no_pictures'));
            return;
        }
        if (
            name === 'plate' &&
            this.view === 'plate' &&
            this.data.media.plate &&
            this.data.media.plate_rectified
        )
            this.raw = !this.raw;
        else if (name !== 'plate') this.raw = false;
        const was = this.view;
        this.view = name;
        for (const tab of this.tabs.children)
            tab.setAttribute('aria-pressed', String(tab.dataset.view === name));
        if (name !== was && !view.panorama) this.stopBlinking();
        if (name === 'clip') return this.openClip();
        const url = name === 'plate' && this.raw ? this.data.media.plate : view.url;
        const entry = this.entry;
        const image = this.store.image(entry, url);
        try {
            if (!image.element.complete) this.say(t('loading'), 150);
            await image.ready;
        } catch {
            if (this.entry === entry && this.view === name)
                this.say(t('picture_failed'), 0, () => this.open(name));
            return;
        }
        if (this.entry !== entry || this.view !== name) return; // something else is wanted meanwhile
        this.say(null);
        const {naturalWidth: width, naturalHeight: height} = image.element;
        this.viewer.show(
            [image.element, ...(view.panorama ? this.overlays(width, height, view) : [])],
            width,
            height,
            {keep: Boolean(view.panorama) && was.startsWith('panorama')}
        );
        this.paintCaption(view);
    }

    overlays(width, height, view) {
        const {record} = this.data;
        const marks = [];
        if (this.strength && this.smoke.map && view.panorama.peak && this.data.media.density) {
            if (this.layer) {
                this.layer.style.opacity = DENSITIES[this.strength];
                marks.push(this.layer);
            } else this.makeLayer();
        }
        if (this.outline) {
            const [x, y, w, h] = record.vehicle.box;
            const elsewhere = view.panorama.peak ? '' : '.elsewhere';
            marks.push(
                svg(
                    `svg.marks${elsewhere}`,
                    {
                        viewBox: `0 0 ${width} ${height}`,
                        'aria-hidden': 'true',
                        style: {opacity: OUTLINES[this.outline]},
                    },
                    svg('rect.vehicle-box', {x, y, width: w, height: h}),
                    this.smoke.outline.length > 2
                        ? svg('polygon.plume-halo', {
                              points: this.smoke.outline.map((point) => point.join(',')).join(' '),
                          })
                        : null,
                    this.smoke.outline.length > 2
                        ? svg('polygon.plume-line', {
                              points: this.smoke.outline.map((point) => point.join(',')).join(' '),
                          })
                        : null
                )
            );
        }
        return marks;
    }

    async makeLayer() {
        const entry = this.entry;
        const image = this.store.image(entry, this.data.media.density);
        try {
            await image.ready;
        } catch {
            return;
        }
        if (this.entry !== entry) return;
        this.layer = densityLayer(image.element, this.smoke.map);
        this.repaint();
    }

    repaint() {
        if (this.view.startsWith('panorama')) this.open(this.view);
    }

    paintCaption(view) {
        const {panorama} = view;
        clear(
            this.caption,
            panorama
                ? [
                      el('b', {}, view.label),
                      el('span.figures', {}, clock(panorama.time)),
                      panorama.peak ? el('span.tag', {}, t('peak')) : null,
                  ]
                : [
                      el('b', {}, view.label),
                      view.name === 'plate'
                          ? el('span', {}, this.raw ? t('as_seen') : t('rectified'))
                          : null,
                  ]
        );
        clear(
            this.legend,
            panorama && this.outline
                ? [
                      el('span.swatch.vehicle'),
                      t('vehicle'),
                      el('span.swatch.plume'),
                      t('plume'),
                      panorama.peak ? null : el('span.aside', {}, t('at_peak')),
                  ]
                : null,
            panorama?.peak && this.strength && this.smoke.map
                ? [el('span.scale', {}), `0–100% ${t('density_scale')}`]
                : null
        );
    }

    // A sentence over the stage: after `wait` ms unless something else is said before.
    say(text, wait = 0, again = null) {
        clearTimeout(this.saying);
        this.message.hidden = true;
        if (!text) return;
        this.saying = setTimeout(() => {
            clear(
                this.message,
                text,
                again ? el('button.plain', {onclick: again}, t('retry')) : null
            );
            this.message.hidden = false;
        }, wait);
    }

    openClip() {
        const {media, record} = this.data;
        this.clip = new Clip(
            media.clip,
            media.clip_peak_s,
            record.source.fps,
            () => this.clip && this.say(t('clip_failed'))
        );
        this.say(null);
        this.clip.sized = (width, height) => this.viewer.show([this.clip.video], width, height);
        this.viewer.show([this.clip.video], record.source.width, record.source.height);
        clear(this.clipPlace, this.clip.controls);
        clear(this.caption, el('b', {}, t('clip')));
        clear(this.legend);
    }

    closeClip() {
        const {clip} = this;
        this.clip = null;
        clip?.close();
        clear(this.clipPlace);
    }

    cycleOutline() {
        this.outline = (this.outline + OUTLINES.length - 1) % OUTLINES.length;
        prefer('outline', this.outline);
        this.paintButtons();
        this.repaint();
    }

    cycleDensity() {
        if (!this.data?.media.density) return;
        if (!this.smoke.map) {
            this.open(this.view === 'density' ? this.peakView() : 'density');
            return;
        }
        this.strength = (this.strength + 1) % DENSITIES.length;
        prefer('density', this.strength);
        this.paintButtons();
        if (this.strength && !this.onPeak())
            this.open(`panorama-${this.data.media.panoramas.findIndex((one) => one.peak)}`);
        else this.repaint();
    }

    peakView() {
        return (this.views.find((view) => view.panorama?.peak) ?? this.views[0]).name;
    }

    onPeak() {
        return this.views.find((view) => view.name === this.view)?.panorama?.peak;
    }

    // Space: from panorama to panorama until pressed again; in the clip, play or pause.
    blink() {
        if (this.clip) return this.clip.toggle();
        if (this.blinking) return this.stopBlinking();
        if ((this.data?.media.panoramas.length ?? 0) < 2) return;
        this.nextPanorama();
        if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
        this.blinking = setInterval(() => this.nextPanorama(), BLINK_MS);
        this.blinkButton.setAttribute('aria-pressed', 'true');
    }

    nextPanorama() {
        const many = this.data.media.panoramas.length;
        const at = this.view.startsWith('panorama') ? Number(this.view.slice(9)) : -1;
        this.open(`panorama-${(at + 1) % many}`);
    }

    stopBlinking() {
        clearInterval(this.blinking);
        this.blinking = 0;
        this.blinkButton.setAttribute('aria-pressed', 'false');
    }

    // Whether the key was one of the stage's.
    key(event) {
        const press = event.key.length === 1 ? event.key.toLowerCase() : event.key;
        const view = this.views?.find(
            (one) => one.key === event.key || one.key.toLowerCase() === press
        );
        if (view && press !== 'd') {
            this.stopBlinking();
            this.open(view.name);
        } else if (press === ' ') this.blink();
        else if (press === 'o') this.cycleOutline();
        else if (press === 'd') this.cycleDensity();
        else if (press === 'f') this.viewer.fit();
        else if (press === '+' || press === '=') this.viewer.closer();
        else if (press === '-') this.viewer.farther();
        else if ((press === ',' || press === '.') && this.data?.media.clip) {
            if (this.clip) this.clip.step(press === ',' ? -1 : 1);
            else this.open('clip');
        } else return false;
        return true;
    }

    close() {
        this.stopBlinking();
        this.closeClip();
        this.data = null;
    }
}
