// Real browsers: pages of headless Chromium with SIP.js or JsSIP on them.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { until } from './place.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--ignore-certificate-errors',
  // The stories' page is made up by the test and has no address, which Chromium takes for a public one: without this it
  // would ask a person whether such a page may open a WebSocket to an address of the local network.
  '--disable-features=LocalNetworkAccessChecks',
];

const bundles = new Map();
async function bundle(stack) {
  if (!bundles.has(stack)) {
    const entry = fileURLToPath(new URL(`../page/${stack}.js`, import.meta.url));
    const made = build({ entryPoints: [entry], bundle: true, format: 'iife', write: false, logLevel: 'error', define: { global: 'globalThis' } });
    bundles.set(stack, made.then((result) => result.outputFiles[0].text));
  }
  return bundles.get(stack);
}

/** Opens a browser at a place; `browser.phone(stack, …)` makes pages in it. */
export async function browser(stage, place) {
  const real = await chromium.launch({ executablePath: place.wrapper(stage, '/usr/bin/chromium'), headless: true, args: FLAGS });
  stage.after(() => real.close());
  return {
    version: real.version(),
    /** A page of its own with a phone; a plain-http localhost page is a secure context, so the microphone is there. */
    async phone(stack, name = stack) {
      const context = await real.newContext({ ignoreHTTPSErrors: true, permissions: ['microphone'] });
      const page = await context.newPage();
      const lines = [];
      page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => lines.push(`error: ${error.message}`));
      const script = await bundle(stack);
      await page.route('http://localhost/**', (route) =>
        route.request().url().endsWith('/phone.js')
          ? route.fulfill({ contentType: 'text/javascript', body: script })
          : route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>${name}</title><script src="/phone.js"></script>` }),
      );
      await page.goto('http://localhost/');
      return new Phone(name, page, context, lines);
    },
  };
}

class Phone {
  constructor(name, page, context, lines) {
    Object.assign(this, { name, page, context, lines });
  }
  /** Calls a function of the page's phone and gives what it gives. */
  do(verb, ...words) {
    return this.page
      .evaluate(([verb, words]) => Promise.resolve(window.phone[verb](...words)).then((value) => (typeof value === 'object' && !Array.isArray(value) ? undefined : value)), [verb, words])
      .catch((error) => {
        throw new Error(`${this.name} could not ${verb}: ${error.message}; console: ${this.lines.slice(-8).join(' | ')}`);
      });
  }
  events() {
    return this.page.evaluate(() => window.phone.state.events.map(({ what, detail }) => ({ what, detail })));
  }
  /** Waits for the phone to have noted `what` (with `detail`, if given), and gives the detail. */
  async sees(what, detail, ms = 12_000) {
    try {
      const found = await until(`${this.name} to see ${what} ${detail ?? ''}`, async () => (await this.events()).find((event) => event.what === what && (detail === undefined || event.detail === detail)), ms);
      return found.detail;
    } catch (error) {
      throw new Error(`${error.message}; it saw ${JSON.stringify(await this.events().catch(() => []))}; console: ${this.lines.slice(-12).join(' | ')}`);
    }
  }
  async forgetEvents() {
    await this.page.evaluate(() => {
      window.phone.state.events = [];
    });
  }
  level(frequency, seconds) {
    return this.page.evaluate(([frequency, seconds]) => window.phone.level(frequency, seconds), [frequency, seconds]);
  }
  close() {
    return this.context.close();
  }
}
