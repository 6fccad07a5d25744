// Real browsers: pages of headless Chromium with SIP.js or JsSIP on them.
import { chromium } from 'playwright-core';
import { bundle, html, Phone } from './phone.mjs';

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
          : route.fulfill({ contentType: 'text/html', body: html(name) }),
      );
      await page.goto('http://localhost/');
      return new Phone(name, page, context, lines);
    },
  };
}
