// What comes after the first review: the second person, the ledger, the reports, how all of it looks.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const looks = require('./looks.js');
const {look, api, settled, press, opened, open, states} = require('./hands.js');

async function secondReview(office, page, second) {
    const one = async (state) =>
        (await api(second, `/api/captures?state=${state}&limit=5`)).items.map((item) => item.id);
    await office.check('the second person confirms what the first confirmed', async () => {
        await office.logIn(second, '李建国');
        const [id] = await one('reviewed');
        await open(second, id);
        assert.match(await second.textContent('.decide.yes'), /复审确认/);
        await press(second, 'a');
        await settled(second);
        await opened(second, id);
        assert.deepEqual(
            office
                .verdicts(id)
                .filter((line) => line.action === 'confirm')
                .map((line) => [line.who, line.to]),
            [
                ['王芳', 'reviewed'],
                ['李建国', 'confirmed'],
            ]
        );
    });
    await office.check('it is sent back with a reason', async () => {
        const [id] = await one('reviewed');
        await open(second, id);
        await press(second, 'b');
        await second.waitForSelector('dialog textarea');
        await second.keyboard.type('号牌看不清');
        await press(second, 'Enter');
        await settled(second);
        await opened(second, id);
        const line = office.verdicts(id).at(-1);
        assert.deepEqual([line.action, line.to, line.text], ['return', 'returned', '号牌看不清']);
    });
    await office.check('the first person cannot take the second step', async () => {
        const [id] = await one('reviewed');
        await open(page, id);
        assert.equal(await page.isDisabled('.decide.yes'), true);
        const before = office.verdicts(id).length;
        await press(page, 'a');
        await page.waitForTimeout(300);
        assert.equal(office.verdicts(id).length, before);
    });
    await office.check('two at once: the later one is told and overwrites nothing', async () => {
        office.expected = /409/;
        const [id] = await one('returned');
        await open(page, id);
        await open(second, id);
        await page.route('**/api/stream', (route) => route.abort());
        const held = new Promise((resolve) =>
            page.route('**/decisions', async (route) => {
                await press(second, 'r');
                await second.waitForSelector('dialog[open]');
                await press(second, '1');
                await settled(second);
                await route.continue();
                resolve();
            })
        );
        await press(page, 'a');
        await held;
        await page.waitForSelector('.toast.bad');
        assert.match(await page.textContent('.toast.bad'), /李建国.*否决.*“确认”未保存/);
        await office.shot(page, 'conflict');
        const lines = office.verdicts(id);
        assert.equal(lines.at(-1).action, 'reject');
        assert.equal(lines.at(-1).who, '李建国');
        await page.unroute('**/decisions');
        await page.unroute('**/api/stream');
        office.expected = /$^/;
    });
    await office.check(
        'a new capture raises the counts and leaves the list where it is',
        async () => {
            await page.reload();
            await page.waitForSelector('.desk[data-shown]');
            await states(page, '全部');
            const count = () =>
                page.evaluate(() =>
                    Number(document.querySelectorAll('.states .chip .figures')[1].textContent)
                );
            const before = await count();
            await page.evaluate(() => {
                document.querySelector('.list').scrollTop = 620;
            });
            await page.waitForTimeout(200);
            const seen = () =>
                page.evaluate(() => {
                    const list = document.querySelector('.list').getBoundingClientRect();
                    return document
                        .elementFromPoint(list.left + 150, list.top + 100)
                        .closest('.row').dataset.id;
                });
            const row = await seen();
            office.multiply(1, 0);
            await page.waitForFunction(
                (many) =>
                    Number(document.querySelectorAll('.states .chip .figures')[1].textContent) >
                    many,
                before,
                {timeout: 60000}
            );
            await page.waitForSelector('.pill:not([hidden])');
            assert.equal(await seen(), row);
            await office.shot(page, 'arrived');
        }
    );
}

async function reporting(office, cases, second) {
    await office.check('the ledger lists, hands over and exports', async () => {
        await second.click('nav [data-view=ledger]');
        await second.waitForSelector('.ledger tbody tr');
        await office.shot(second, 'ledger');
        const [{id}] = (await api(second, '/api/captures?state=confirmed&limit=1')).items;
        await second.check(`.ledger input[aria-label$="${id}"]`);
        await second.click('.ledger-tools button:has-text("移交")');
        await press(second, 'Enter');
        await second.waitForSelector('.toast.done');
        assert.equal(office.verdicts(id).at(-1).to, 'handed_over');
        const [file] = await Promise.all([
            second.waitForEvent('download'),
            second.click('.ledger-tools button:has-text("CSV")'),
        ]);
        const text = fs.readFileSync(await file.path(), 'utf8');
        assert.equal(text.charCodeAt(0), 0xfeff);
        assert.ok(text.trim().split('\n').length >= cases);
        const [book] = await Promise.all([
            second.waitForEvent('download'),
            second.click('.ledger-tools button:has-text("XLSX")'),
        ]);
        assert.equal(fs.readFileSync(await book.path()).toString('latin1', 0, 2), 'PK');
        assert.equal((await api(second, '/api/facets?')).exported.no ?? 0, 0);
    });
    await office.check(
        'the weekly report shows the server’s figures and gives them on paper',
        async () => {
            await second.click('nav [data-view=week]');
            await second.waitForSelector('.report-body .figure b');
            const week = await api(second, '/api/reports/week');
            assert.equal(await second.textContent('.report-body .figure b'), String(week.captures));
            await second.waitForSelector('.chart rect');
            await office.shot(second, 'week');
            const [paper] = await Promise.all([
                second.waitForEvent('download'),
                second.click('.report-links a'),
            ]);
            assert.equal(fs.readFileSync(await paper.path()).toString('latin1', 0, 4), '%PDF');
        }
    );
    await office.check('statistics and the what-if slider', async () => {
        await second.click('nav [data-view=statistics]');
        await second.waitForSelector('.slider input');
        const before = await second.textContent('.what-if-result .figure b');
        await second.focus('.slider input');
        await press(second, 'End');
        assert.notEqual(await second.textContent('.what-if-result .figure b'), before);
        assert.match(
            await second.textContent('.yaml'),
            /^cameras:\n {2}- \{id: \w+, thresholds: \{score: 0\.\d+\}\}/
        );
        await office.shot(second, 'statistics');
    });
    await office.check('devices', async () => {
        await second.click('nav [data-view=devices]');
        await second.waitForSelector('.device');
        assert.equal(
            await second.locator('.device').count(),
            (await api(second, '/api/devices')).cameras.length
        );
        await office.shot(second, 'devices');
    });
    await office.check('a case gives its sheet and its hand-over zip', async () => {
        const [{id}] = (await api(second, '/api/captures?state=handed_over&limit=1')).items;
        await open(second, id);
        for (const [at, start] of [
            [0, '%PDF'],
            [1, 'PK'],
        ]) {
            const [file] = await Promise.all([
                second.waitForEvent('download'),
                second.click(`.links a >> nth=${at}`),
            ]);
            assert.ok(
                fs
                    .readFileSync(await file.path())
                    .toString('latin1', 0, 4)
                    .startsWith(start)
            );
        }
    });
}

// Every view, in both languages, light and dark, at three sizes.
async function appearance(office, second) {
    for (const [width, height, theme, language] of [
        [1366, 768, 'light', 'zh'],
        [1920, 1080, 'dark', 'zh'],
        [1024, 768, 'dark', 'en'],
        [1366, 768, 'light', 'en'],
        [1024, 768, 'light', 'zh'],
    ])
        for (const view of ['desk', 'ledger', 'week', 'statistics', 'devices'])
            await office.check(
                `${view} ${width}x${height} ${theme} ${language}: names, contrast, nothing cut`,
                async () => {
                    await second.setViewportSize({width, height});
                    await second.evaluate(
                        ([dark, words]) => {
                            localStorage.setItem('heiyan.theme', JSON.stringify(dark));
                            localStorage.setItem('heiyan.language', JSON.stringify(words));
                        },
                        [theme, language]
                    );
                    await second.evaluate((one) => {
                        location.hash = `#/${one}`;
                        location.reload();
                    }, view);
                    await second.waitForLoadState('load');
                    await second.waitForSelector(
                        {
                            desk: '.desk[data-shown]',
                            ledger: '.ledger tbody tr',
                            week: '.chart rect',
                            statistics: '.slider input',
                            devices: '.device',
                        }[view]
                    );
                    await second.waitForTimeout(300);
                    await office.shot(second, `${view}-${width}-${theme}-${language}`);
                    assert.equal(
                        await second.evaluate(() => document.documentElement.lang),
                        language === 'en' ? 'en' : 'zh-CN'
                    );
                    assert.deepEqual(await look(second, looks.nameless), []);
                    assert.deepEqual(await look(second, looks.pale), []);
                    assert.deepEqual(await look(second, looks.cut), []);
                }
            );
    await office.check('the language is a click away and remembered', async () => {
        await second.click('.language');
        await second.reload();
        await second.waitForSelector('nav a');
        assert.equal(await second.textContent('nav a'), 'Review');
        await second.click('.language');
        assert.equal(await second.textContent('nav a'), '审核');
    });
    await office.check('logging out asks for the name again', async () => {
        await second.click('.person button');
        await second.waitForSelector('.login-form');
        assert.equal((await api(second, '/api/session')).name, null);
    });
}

module.exports = {appearance, reporting, secondReview};
