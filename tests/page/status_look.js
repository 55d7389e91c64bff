// The status page in a real browser, for tests/live/status_test.py: status_look.js ADDRESS FOLDER
//
// cam1 and cam3 are live, cam2 is misconfigured. Leaves pictures of what it saw in FOLDER.
'use strict';
const assert = require('node:assert');
const path = require('node:path');
const {chromium} = require('playwright-core');
const {nameless, pale, visible} = require('./looks.js');

const [address, folder] = process.argv.slice(2);

async function look(browser, width, height, colorScheme, language) {
    const context = await browser.newContext({viewport: {width, height}, colorScheme});
    await context.addInitScript(
        (chosen) => localStorage.setItem('heiyan.language', JSON.stringify(chosen)),
        language
    );
    const page = await context.newPage();
    const wrong = [];
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    await page.goto(`${address}/`);
    await page.waitForSelector('tr.level-bad[data-camera=cam2]');
    await page.waitForFunction(() => document.querySelectorAll('.screen.seen').length === 3);
    const rows = await page.$$eval('tbody tr', (all) =>
        all.map((row) => [row.dataset.camera, row.className])
    );
    assert.deepEqual(
        rows.map(([camera]) => camera),
        ['cam1', 'cam2', 'cam3']
    );
    const words = await page.textContent('tr[data-camera=cam2] .how');
    assert.match(words, language === 'en' ? /Misconfigured404, the camera has no/ : /设置有误404：相机没有/);
    const told = await page.evaluate(async () => {
        const {reasonText} = await import('/page/status_words.js');
        return ['h:40123/404: 403, this user may not look', 'h:40123 is a web server, not RTSP'].map(reasonText);
    });
    assert.match(told[0], language === 'en' ? /^403, this user/ : /^403：该用户无权观看/);
    assert.match(told[1], language === 'en' ? /is a web server/ : /^该端口是网页服务/);
    const frames = await page.textContent('tr[data-camera=cam1] td:nth-child(3)');
    assert.match(frames, /^\d+\.\d \/ \d+\.\d$/);
    await page.waitForFunction(
        () => document.querySelector('tr[data-camera=cam1] .event img')?.naturalWidth > 320
    );
    assert.ok(await page.textContent('tr[data-camera=cam1] .event span'));
    const before = await page.getAttribute('tr[data-camera=cam1] .look', 'src');
    await page.waitForFunction(
        (src) => document.querySelector('tr[data-camera=cam1] .look').getAttribute('src') !== src,
        before,
        {timeout: 6000}
    );
    const wide = await page.evaluate(() => document.body.scrollWidth > innerWidth);
    assert.ok(!wide, `wider than ${width}`);
    assert.deepEqual(await page.evaluate(nameless), []);
    assert.deepEqual(await page.evaluate(`(() => { ${visible}; return (${pale})(); })()`), []);
    const name = `status-${width}-${colorScheme}-${language}.png`;
    await page.screenshot({path: path.join(folder, name)});
    const title = await page.title();
    await page.click(language === 'en' ? 'text=中文' : 'text=EN');
    assert.notEqual(await page.title(), title);
    assert.deepEqual(wrong, []);
    await context.close();
}

(async () => {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox'],
    });
    try {
        await look(browser, 1366, 768, 'light', 'zh');
        await look(browser, 1920, 1080, 'dark', 'en');
    } finally {
        await browser.close();
    }
})().catch((error) => {
    console.error(error);
    process.exit(1);
});
