// Keeps cases and their decoded pictures at hand, so that the next one is painted at once.

import {capturePath, get} from '/page/api.js';

const KEEP = 8; // cases: the pictures of one may take 100 MB

export class Store {
    constructor() {
        this.entries = new Map(); // by id, least recently wanted first
    }

    // The entry {id, data, loaded, images} of a case; asks for it when it is not there.
    want(id, {preload = false} = {}) {
        let entry = this.entries.get(id);
        if (!entry) {
            entry = {id, data: null, images: new Map()};
            entry.loaded = get(capturePath(id, preload ? '?preload=1' : '')).then((data) => {
                entry.data = data;
                entry.opened = !preload;
                for (const panorama of data.media.panoramas) this.image(entry, panorama.url);
                for (const name of ['plate_rectified', 'plate'])
                    if (data.media[name]) this.image(entry, data.media[name]);
                return data;
            });
            entry.loaded.catch(() => this.entries.delete(id));
        }
        this.entries.delete(id);
        this.entries.set(id, entry);
        for (const old of this.entries.keys()) {
            if (this.entries.size <= KEEP) break;
            this.entries.delete(old);
        }
        return entry;
    }

    // Once a case is looked at the server is told so, and answers with the case as it is now.
    async refresh(id) {
        const data = await get(capturePath(id));
        this.put(data);
        return data;
    }

    put(data) {
        const entry = this.entries.get(data.id);
        if (entry) {
            entry.data = data;
            entry.opened = true;
        }
    }

    forget(id) {
        this.entries.delete(id);
    }

    // An <img> being loaded and decoded: {element, ready}
    image(entry, url) {
        let image = entry.images.get(url);
        if (!image) {
            const element = new Image();
            element.decoding = 'async';
            element.draggable = false;
            element.alt = '';
            element.src = url;
            image = {element, ready: element.decode()};
            image.ready.catch(() => entry.images.delete(url));
            entry.images.set(url, image);
        }
        return image;
    }
}
