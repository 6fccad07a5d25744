// A page with SIP.js or JsSIP on it, in whichever browser: what stories ask of it.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { until } from './place.mjs';

const bundles = new Map();

/** The script of the page with this stack. */
export async function bundle(stack) {
  if (!bundles.has(stack)) {
    const entry = fileURLToPath(new URL(`../page/${stack}.js`, import.meta.url));
    const made = build({ entryPoints: [entry], bundle: true, format: 'iife', write: false, logLevel: 'error', define: { global: 'globalThis' } });
    bundles.set(stack, made.then((result) => result.outputFiles[0].text));
  }
  return bundles.get(stack);
}

export const html = (name) => `<!doctype html><title>${name}</title><script src="/phone.js"></script>`;

export class Phone {
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
    return this.page.evaluate(() => window.phone.state.events.map(({ what, detail, at }) => ({ what, detail, at })));
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
