// What the page's tests share: an evidence folder, the server, browsers, and a count of cases.
//
// HEIYAN names the program, CHROMIUM the browser, HEIYAN_SHOTS a folder for pictures of the page.
'use strict';
const {execFileSync, spawn} = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const {chromium} = require('playwright-core');

const ROOT = path.resolve(__dirname, '..', '..');
const HEIYAN = process.env.HEIYAN ?? path.join(ROOT, 'build', 'heiyan');
const SHOTS = process.env.HEIYAN_SHOTS;
const PEOPLE = {王芳: ['first-secret-1', 'reviewer'], 李建国: ['second-secret-2', 'approver']};

const SITE = `site:
  name: 示例县
  place: 建设路与神农路口
  direction: 由南向北
  region: "140581"
  violation: {text: 驾驶排放明显可见黑烟的机动车, code: "6063"}
review:
  two_step: true
  repeat: {times: 2, months: 6}
  local_prefix: 晋E
cameras:
  - {id: demo, device: 140581-DEMO-01, lane: "1"}
`;

function freePort() {
    return new Promise((resolve) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const {port} = server.address();
            server.close(() => resolve(port));
        });
    });
}

class Office {
    constructor() {
        this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'heiyan-page-'));
        this.evidence = path.join(this.folder, 'evidence');
        this.environment = {
            ...process.env,
            HEIYAN_STATE: path.join(this.folder, 'state'),
            LC_ALL: 'C.UTF-8',
        };
        this.passed = this.failed = 0;
        this.trouble = []; // what a browser complained of
        this.expected = /$^/; // complaints that a case provokes on purpose
        for (const signal of ['SIGTERM', 'SIGINT'])
            process.once(signal, () => this.close().then(() => process.exit(1)));
    }

    run(...arguments_) {
        const input = arguments_[0] === 'account' ? `${PEOPLE[arguments_[2]][0]}\n` : undefined;
        return execFileSync(HEIYAN, arguments_, {
            env: this.environment,
            input,
            cwd: this.folder,
            encoding: 'utf8',
        });
    }

    // One real capture and `many` made of it.
    async open(many) {
        fs.mkdirSync(this.environment.HEIYAN_STATE);
        fs.writeFileSync(path.join(this.folder, 'site.yaml'), SITE);
        this.run(
            'scan',
            '--quiet',
            '-c',
            'site.yaml',
            '-o',
            this.evidence,
            path.join(ROOT, 'samples', 'demo.mp4')
        );
        this.pack = this.packs()[0];
        this.multiply(many);
        for (const [name, [, role]] of Object.entries(PEOPLE))
            this.run('account', 'add', name, '--role', role);
        this.port = await freePort();
        this.base = `http://127.0.0.1:${this.port}`;
        this.server = spawn(
            HEIYAN,
            ['review', '-c', 'site.yaml', '--listen', `127.0.0.1:${this.port}`, this.evidence],
            {env: this.environment, cwd: this.folder, stdio: ['ignore', 'inherit', 'inherit']}
        );
        for (let tries = 0; ; tries++) {
            try {
                await fetch(`${this.base}/api/session`);
                break;
            } catch (error) {
                if (tries > 100) throw error;
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
        }
        this.browser = await chromium.launch({
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: process.getuid() === 0 ? ['--no-sandbox'] : [],
            handleSIGTERM: false,
            handleSIGINT: false,
        });
    }

    multiply(many, first = 1) {
        execFileSync('python3', [
            path.join(__dirname, 'multiply.py'),
            this.pack,
            this.evidence,
            String(many),
            String(first),
        ]);
    }

    packs() {
        return fs
            .readdirSync(this.evidence)
            .filter((name) => /^\d{4}-/.test(name))
            .flatMap((day) =>
                fs
                    .readdirSync(path.join(this.evidence, day))
                    .map((id) => path.join(this.evidence, day, id))
            );
    }

    // The signed lines of a capture, as they stand on the disk.
    verdicts(id) {
        const file = path.join(
            this.packs().find((pack) => path.basename(pack) === id),
            'verdicts.jsonl'
        );
        return fs.existsSync(file)
            ? fs.readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse)
            : [];
    }

    // A browser of somebody's own.
    async person(options = {}) {
        const context = await this.browser.newContext({
            viewport: {width: 1366, height: 768},
            acceptDownloads: true,
            timezoneId: 'Asia/Shanghai', // the program's, so that both mean one day by "today"
            ...options,
        });
        const page = await context.newPage();
        const note = (text) => {
            if (!this.expected.test(text)) this.trouble.push(text);
        };
        page.on(
            'console',
            (message) => ['error', 'warning'].includes(message.type()) && note(message.text())
        );
        page.on('pageerror', (error) => note(error.stack));
        page.on('request', (request) => {
            if (!request.url().startsWith(this.base) && !/^(blob|data):/.test(request.url()))
                this.trouble.push(`a request off the host: ${request.url()}`);
        });
        await page.goto(this.base);
        return page;
    }

    async logIn(page, name) {
        await page.fill('input[name=name]', name);
        await page.fill('input[name=password]', PEOPLE[name][0]);
        await page.keyboard.press('Enter');
        await page.waitForSelector('.desk[data-shown]');
    }

    async shot(page, name) {
        if (SHOTS) await page.screenshot({path: path.join(SHOTS, `${name}.png`)});
    }

    async check(name, run) {
        try {
            await run();
            this.passed++;
        } catch (error) {
            this.failed++;
            console.log(
                `${name}: FAILED\n    ${String(error.stack ?? error)
                    .split('\n')
                    .slice(0, 6)
                    .join('\n    ')}`
            );
            if (this.page) await this.shot(this.page, `failed-${this.failed}`).catch(() => {});
        }
    }

    async close() {
        await this.browser?.close();
        if (this.server) {
            const gone = new Promise((resolve) => this.server.once('exit', resolve));
            this.server.kill();
            await gone;
        }
        fs.rmSync(this.folder, {recursive: true, force: true});
        console.log(`page: ${this.passed} passed, ${this.failed} failed`);
        process.exitCode = this.failed || !this.passed ? 1 : 0;
    }
}

module.exports = {Office};
