// What an officer does over and over: presses keys, opens a case, waits for it.
'use strict';
const looks = require('./looks.js');

const look = (page, run) => page.evaluate(`(() => { ${looks.visible}; return (${run})(); })()`);
const shown = (page) => page.evaluate(() => document.querySelector('.desk').dataset.shown);
const api = (page, path) => page.evaluate(async (address) => (await fetch(address)).json(), path);
const settled = (page) =>
    page.waitForFunction(
        () => JSON.parse(sessionStorage.getItem('heiyan.outbox') ?? '[]').length === 0
    );

async function press(page, ...keys) {
    for (const one of keys) await page.keyboard.press(one);
}

async function opened(page, before) {
    await page.waitForFunction((id) => {
        const now = document.querySelector('.desk').dataset.shown;
        return now && now !== id;
    }, before);
    return shown(page);
}

async function open(page, id) {
    await page.evaluate((one) => {
        location.hash = `#/desk/${encodeURIComponent(one)}`;
    }, id);
    await page.waitForFunction((one) => document.querySelector('.desk')?.dataset.shown === one, id);
}

async function states(page, name) {
    await page.evaluate(
        (one) =>
            [...document.querySelectorAll('.states .chip')]
                .find((chip) => chip.textContent.startsWith(one))
                .click(),
        name
    );
    await page.waitForTimeout(300);
}

module.exports = {look, shown, api, settled, press, opened, open, states};
