// A WebDriver server for Firefox: each HTTP request becomes a command of Marionette, the protocol that Firefox speaks itself
// on a TCP port. Debian has no geckodriver, which does the same. One browser, one session at a time.
//
//     node firefox_driver.mjs FIREFOX FOLDER      prints "listening on port N"
//
// A session's profile is made in FOLDER. Beside WebDriver's own there is POST /session/ID/moz/chrome, with "script" and
// "args": it runs with the rights of the browser, for what WebDriver has no commands for.
//
// SPDX-License-Identifier: MIT

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';

const [firefox, folder] = process.argv.slice(2);
const START_MS = 60_000;

// What a browser does by itself is not meant, and it has no network to do it with.
const PREFERENCES = {
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.tabs.warnOnClose': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.disable_beforeunload': false,
  'extensions.update.enabled': false,
  'marionette.port': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

/** A connection to Marionette: commands and answers are "LENGTH:JSON". */
class Marionette {
  #socket;
  #bytes = Buffer.alloc(0);
  #waiting = new Map(); // id -> {resolve, reject}
  #next = 1;

  /** @param {net.Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) {
        reject({ error: 'invalid session id', message: 'the browser has closed the connection' });
      }
    });
  }

  #take(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (;;) {
      const colon = this.#bytes.indexOf(':');
      const size = Number(this.#bytes.subarray(0, Math.max(colon, 0)));
      if (colon < 0 || this.#bytes.length < colon + 1 + size) {
        return;
      }
      const text = this.#bytes.subarray(colon + 1, colon + 1 + size).toString();
      this.#bytes = this.#bytes.subarray(colon + 1 + size);
      this.#answer(JSON.parse(text));
    }
  }

  #answer(message) {
    if (!Array.isArray(message)) {
      return; // how it greets
    }
    const [, id, error, result] = message;
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) {
      reject(error);
    } else {
      resolve(result);
    }
  }

  /**
   * @param {string} name of the command
   * @param {object} parameters
   * @returns {Promise<any>} rejects with Marionette's error, which has `error` and `message`
   */
  send(name, parameters = {}) {
    const id = this.#next;
    this.#next += 1;
    const text = JSON.stringify([0, id, name, parameters]);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }
}

let browser = null; // {process, marionette}
let count = 0;

async function until(find) {
  const end = Date.now() + START_MS;
  for (;;) {
    try {
      return await find();
    } catch (error) {
      if (Date.now() > end) {
        throw error;
      }
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }
}

/** Starts Firefox with these preferences, and a session. */
async function start(wanted) {
  const options = wanted['moz:firefoxOptions'] ?? {};
  count += 1;
  const profile = join(folder, `browser.${count}`);
  mkdirSync(profile, { recursive: true });
  const lines = Object.entries({ ...PREFERENCES, ...options.prefs })
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const child = spawn(firefox, ['--headless', '--marionette', '--remote-allow-system-access', '--no-remote', '--profile', profile,
    ...(options.args ?? [])], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, HOME: folder, MOZ_HEADLESS_WIDTH: '900', MOZ_HEADLESS_HEIGHT: '800' },
  });
  const port = Number(await until(() => readFileSync(join(profile, 'MarionetteActivePort'), 'utf8')));
  const socket = await until(() => new Promise((resolve, reject) => {
    const connecting = net.connect(port, '127.0.0.1', () => resolve(connecting));
    connecting.on('error', reject);
  }));
  const marionette = new Marionette(socket);
  browser = { process: child, marionette };
  const session = await marionette.send('WebDriver:NewSession',
    { capabilities: { alwaysMatch: { unhandledPromptBehavior: 'ignore' } } });
  session.capabilities['moz:processID'] = child.pid;
  return session;
}

async function end() {
  if (browser === null) {
    return null;
  }
  const { process: child, marionette } = browser;
  browser = null;
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  marionette.send('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => child.kill('SIGKILL'));
  await ended;
  return null;
}

const valueOf = (result) => (result !== null && typeof result === 'object' && 'value' in result
  ? result.value : result);

async function runInBrowser({ script, args }) {
  await browser.marionette.send('Marionette:SetContext', { value: 'chrome' });
  try {
    return await browser.marionette.send('WebDriver:ExecuteAsyncScript', { script, args });
  } finally {
    await browser.marionette.send('Marionette:SetContext', { value: 'content' });
  }
}

// "METHOD PATH" behind /session/ID, where * stands for an element: the command.
const COMMANDS = {
  'POST /url': 'WebDriver:Navigate',
  'GET /url': 'WebDriver:GetCurrentURL',
  'GET /title': 'WebDriver:GetTitle',
  'POST /refresh': 'WebDriver:Refresh',
  'POST /back': 'WebDriver:Back',
  'POST /forward': 'WebDriver:Forward',
  'POST /window/new': 'WebDriver:NewWindow',
  'GET /window': 'WebDriver:GetWindowHandle',
  'GET /window/handles': 'WebDriver:GetWindowHandles',
  'POST /window': 'WebDriver:SwitchToWindow',
  'DELETE /window': 'WebDriver:CloseWindow',
  'GET /window/rect': 'WebDriver:GetWindowRect',
  'POST /window/rect': 'WebDriver:SetWindowRect',
  'POST /frame': 'WebDriver:SwitchToFrame',
  'POST /execute/sync': 'WebDriver:ExecuteScript',
  'POST /execute/async': 'WebDriver:ExecuteAsyncScript',
  'POST /element': 'WebDriver:FindElement',
  'POST /elements': 'WebDriver:FindElements',
  'GET /element/active': 'WebDriver:GetActiveElement',
  'GET /element/*/computedrole': 'WebDriver:GetComputedRole',
  'GET /element/*/computedlabel': 'WebDriver:GetComputedLabel',
  'GET /element/*/screenshot': 'WebDriver:TakeScreenshot',
  'POST /element/*/click': 'WebDriver:ElementClick',
  'POST /element/*/clear': 'WebDriver:ElementClear',
  'POST /element/*/value': 'WebDriver:ElementSendKeys',
  'POST /actions': 'WebDriver:PerformActions',
  'DELETE /actions': 'WebDriver:ReleaseActions',
  'GET /screenshot': 'WebDriver:TakeScreenshot',
  'POST /alert/accept': 'WebDriver:AcceptAlert',
  'POST /alert/dismiss': 'WebDriver:DismissAlert',
  'GET /alert/text': 'WebDriver:GetAlertText',
  'GET /cookie': 'WebDriver:GetCookies',
  'POST /cookie': 'WebDriver:AddCookie',
  'DELETE /cookie': 'WebDriver:DeleteAllCookies',
  'POST /timeouts': 'WebDriver:SetTimeouts',
};

async function answer(method, path, parameters) {
  if (method === 'POST' && path === '/session') {
    await end();
    return start(parameters.capabilities?.alwaysMatch ?? {});
  }
  const [, rest] = path.match(/^\/session\/[^/]+(.*)$/) ?? [];
  if (rest === undefined || browser === null) {
    throw { error: 'invalid session id', message: path };
  }
  if (method === 'DELETE' && rest === '') {
    return end();
  }
  if (method === 'POST' && rest === '/moz/chrome') {
    return valueOf(await runInBrowser(parameters));
  }
  const [, element] = rest.match(/^\/element\/(?!active$)([^/]+)\//) ?? [];
  const name = COMMANDS[`${method} ${element === undefined ? rest : rest.replace(element, '*')}`];
  if (name === undefined) {
    throw { error: 'unknown command', message: `${method} ${rest}` };
  }
  if (element !== undefined) {
    parameters.id = element;
  }
  if (name === 'WebDriver:TakeScreenshot') {
    parameters.full = false;
  }
  return valueOf(await browser.marionette.send(name, parameters));
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    let status = 200;
    let value;
    try {
      const text = Buffer.concat(chunks).toString();
      value = (await answer(request.method, request.url, text === '' ? {} : JSON.parse(text))) ?? null;
    } catch (error) {
      status = 500;
      value = { error: error.error ?? 'unknown error', message: error.message ?? String(error), stacktrace: '' };
    }
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ value }));
  });
});
server.listen(0, '127.0.0.1', () => console.log(`listening on port ${server.address().port}`));
process.on('SIGTERM', async () => {
  await end();
  process.exit(0);
});
