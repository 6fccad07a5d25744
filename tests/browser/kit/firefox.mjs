// Real browsers: pages of headless Firefox with SIP.js or JsSIP on them, driven over WebDriver BiDi.
//
// Firefox tells no candidate of the loopback, so it needs a place with a network.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { launch } from 'puppeteer-core';
import { bundle, html, Phone } from './phone.mjs';

const PREFERENCES = {
  // Without a person at it: candidates are addresses and not mDNS names, and a page may sound by itself.
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.autoplay.block-webaudio': false,
  // Nothing else leaves the place.
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'media.gmp-manager.updateEnabled': false,
};

/** Opens a browser at a place; `browser.phone(stack, …)` makes pages in it. */
export async function browser(stage, place) {
  const port = await door(stage, place);
  const real = await launch({ browser: 'firefox', executablePath: place.wrapper(stage, '/usr/bin/firefox-esr'), headless: true, debuggingPort: port, extraPrefsFirefox: PREFERENCES });
  stage.after(() => real.close());
  return {
    version: await real.version(),
    /** A page of its own with a phone; a plain-http localhost page is a secure context, so the microphone is there. */
    async phone(stack, name = stack) {
      const context = await real.createBrowserContext();
      const page = await context.newPage();
      const lines = [];
      page.on('console', (message) => lines.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => lines.push(`error: ${error.message}`));
      const script = await bundle(stack);
      await page.setRequestInterception(true);
      page.on('request', (request) => {
        const { host, pathname } = new URL(request.url());
        // The page's WebSocket comes by here too.
        if (host !== 'localhost') return request.continue();
        return request.respond(pathname === '/phone.js' ? { contentType: 'text/javascript', body: script } : { contentType: 'text/html', body: html(name) });
      });
      await page.goto('http://localhost/');
      return new Phone(name, page, context, lines);
    },
  };
}

/** A port of this host's loopback that leads to the same port of the place's. */
async function door(stage, place) {
  const server = createServer((near) => {
    const [program, ...words] = place.words([process.execPath, '-e', `const far=require('net').connect(${server.address().port},'127.0.0.1');process.stdin.pipe(far).pipe(process.stdout);far.on('error',()=>process.exit(1)).on('close',()=>process.exit(0))`]);
    const through = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'] });
    near.pipe(through.stdin).on('error', () => {});
    through.stdout.pipe(near).on('error', () => {});
    through.on('exit', () => near.destroy());
    near.on('close', () => through.kill());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  stage.after(() => server.close());
  return server.address().port;
}
