// `margrave demo` and its web phone, as everyone meets them first: nothing is edited, a page is opened, a tone is heard.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { binary } from '../kit/margrave.mjs';
import { Place, Stage } from '../kit/place.mjs';

const PORT = 18085;
const FLAGS = ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', '--use-fake-ui-for-media-stream'];
/** Decibels below full scale that only a real tone reaches, and that silence stays under. */
const HEARD = -60;
const SILENT = -80;

describe('the demo', () => {
  let stage, place, border, real;

  const start = async () => {
    border = place.start(stage, 'demo', [binary(), 'demo', '--port', String(PORT)], { env: { NO_COLOR: '1' } });
    await border.says(/demo is ready/, 15_000);
  };

  before(async () => {
    stage = new Stage('demo');
    place = new Place();
    await start();
    real = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });
    stage.after(() => real.close());
  });
  after(() => stage?.end());

  /** Opens the page as everyone does; `query` chooses the user and the tone that it sends. */
  const open = async (query = '', { state = 'registered' } = {}) => {
    const context = await real.newContext({ permissions: ['microphone'], locale: 'en-GB' });
    const page = await context.newPage();
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(error.message));
    await page.goto(`http://localhost:${PORT}/${query}`);
    if (state) await is(page, 'registration', state);
    return page;
  };
  /** Waits until the page's body says so. */
  const is = (page, what, value) =>
    page.waitForSelector(`body[data-${what}="${value}"]`, { timeout: 15_000 }).catch(async () => {
      const seen = await page.evaluate(() => ({ ...document.body.dataset, notice: document.getElementById('notice').textContent }));
      throw new Error(`${what} never was ${value}: ${JSON.stringify(seen)} ${page.problems.join(' | ')}\n${border.output().slice(-1500)}`);
    });
  const dial = async (page, number) => {
    await page.fill('#target', number);
    await page.click('#call');
  };
  const hangUp = async (page) => {
    await page.click('#hangup');
    await is(page, 'call', 'idle');
  };
  /** The loudest frequency that arrives from the far end, and how loud it is in decibels. */
  const peak = (page) =>
    page.evaluate(async () => {
      const audio = new AudioContext();
      const stream = document.getElementById('far').srcObject;
      const analyser = new AnalyserNode(audio, { fftSize: 8192, smoothingTimeConstant: 0 });
      audio.createMediaStreamSource(stream).connect(analyser);
      await new Promise((resolve) => setTimeout(resolve, 600));
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      const loudest = bins.indexOf(Math.max(...bins));
      const result = { frequency: (loudest * audio.sampleRate) / analyser.fftSize, decibels: bins[loudest] };
      await audio.close();
      return result;
    });
  const hears = async (page, frequency) => {
    let found;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      found = await peak(page);
      if (found.decibels > HEARD && Math.abs(found.frequency - frequency) < 20) return;
    }
    assert.fail(`${frequency} Hz is not heard, but ${JSON.stringify(found)}\n${border.output().slice(-1500)}`);
  };
  const hearsNothing = async (page) => {
    let found;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      found = await peak(page);
      if (found.decibels < SILENT) return;
    }
    assert.fail(`it should be silent, but there is ${JSON.stringify(found)}`);
  };
  const notice = (page) => page.textContent('#notice');

  test('its page signs in by itself, and a call to the echo hears itself', async () => {
    const alice = await open('?tone=440');
    assert.equal(await alice.textContent('#registration'), 'Signed in as alice');
    await alice.click('#dial-echo');
    await is(alice, 'call', 'talking');
    await hears(alice, 440);
    await is(alice, 'flow', 'true');
    await hangUp(alice);
    assert.deepEqual(alice.problems, []);
    await alice.context().close();
  });

  test('a call to the tone hears a tone', async () => {
    const alice = await open('?tone=620');
    await alice.click('#dial-tone');
    await is(alice, 'call', 'talking');
    await is(alice, 'flow', 'true');
    const { frequency, decibels } = await peak(alice);
    assert.ok(decibels > HEARD && Math.abs(frequency - 620) > 20, `a tone that is not our own: ${frequency} Hz at ${decibels} dB`);
    await hangUp(alice);
    await alice.context().close();
  });

  test('without a microphone a soft tone is sent, and the page says so', async () => {
    const alice = await open();
    await alice.click('#dial-echo');
    await is(alice, 'call', 'talking');
    await hears(alice, 330);
    assert.match(await notice(alice), /microphone/);
    await hangUp(alice);
    await alice.context().close();
  });

  test('alice calls bob: each hears the other, before and after a hold', async () => {
    const [alice, bob] = [await open('?tone=440'), await open('?user=bob&tone=700')];
    await alice.click('#dial-bob');
    await is(bob, 'call', 'incoming');
    await is(alice, 'call', 'progress');
    assert.equal(await bob.textContent('#peer'), 'alice');
    await bob.click('#accept');
    await is(alice, 'call', 'talking');
    await hears(alice, 700);
    await hears(bob, 440);

    await bob.click('#hold');
    await is(bob, 'held', 'true');
    await hearsNothing(alice);
    assert.match(await alice.textContent('#call-state'), /has put you on hold/);
    await bob.click('#hold');
    await is(bob, 'held', 'false');
    await hears(alice, 700);
    await hears(bob, 440);

    await bob.click('#mute');
    await hearsNothing(alice);
    await bob.click('#mute');
    await hears(alice, 700);

    await hangUp(bob);
    await is(alice, 'call', 'idle');
    await alice.context().close();
    await bob.context().close();
  });

  test('what goes wrong is told in words', async () => {
    const [alice, bob] = [await open('?tone=440'), await open('?user=bob&tone=700')];
    await dial(alice, 'bob');
    await is(bob, 'call', 'incoming');
    await bob.click('#decline');
    await is(alice, 'call', 'idle');
    assert.match(await notice(alice), /bob declined the call/);
    await dial(alice, 'nobody');
    await alice.waitForSelector('#notice[data-key="nobody"]');
    await dial(alice, 'busy');
    await alice.waitForSelector('#notice[data-key="busy"]');
    await bob.fill('#password', 'not-the-password');
    await bob.click('#register');
    await bob.waitForSelector('#notice[data-key="wrongPassword"]');
    await is(bob, 'registration', 'refused');
    await alice.context().close();
    await bob.context().close();
  });

  test('a call that is given up stops ringing at the other end', async () => {
    const [alice, bob] = [await open('?tone=440'), await open('?user=bob&tone=700')];
    await dial(alice, 'bob');
    await is(bob, 'call', 'incoming');
    await hangUp(alice);
    await is(bob, 'call', 'idle');
    await alice.context().close();
    await bob.context().close();
  });

  test('it speaks Chinese to a browser that does', async () => {
    const context = await real.newContext({ locale: 'zh-CN' });
    const page = await context.newPage();
    await page.goto(`http://localhost:${PORT}/`);
    await is(page, 'registration', 'registered');
    assert.equal(await page.textContent('#registration'), '已登录：alice');
    assert.equal(await page.getAttribute('html', 'lang'), 'zh');
    await context.close();
  });

  test('everything that can be pressed or typed into has a name, also in a call', async () => {
    const alice = await open('?tone=440');
    await alice.click('#dial-echo');
    await is(alice, 'call', 'talking');
    const nameless = await alice.evaluate(() =>
      [...document.querySelectorAll('button, input, meter')].filter((element) => !element.textContent?.trim() && !element.labels?.[0]?.textContent?.trim()).map((element) => element.id),
    );
    assert.deepEqual(nameless, []);
    await hangUp(alice);
    await alice.context().close();
  });

  test('a signal in mid-call ends the call, frees the ports, and the page finds the next demo by itself', async () => {
    const alice = await open('?tone=440');
    await alice.click('#dial-echo');
    await is(alice, 'call', 'talking');
    await hears(alice, 440);
    await border.stop();
    assert.equal(border.child.exitCode, 0);
    await is(alice, 'call', 'idle');
    await is(alice, 'registration', 'lost');
    assert.match(await notice(alice), /does not answer/);
    await start();
    await is(alice, 'registration', 'registered');
    await alice.click('#dial-echo');
    await is(alice, 'call', 'talking');
    await hears(alice, 440);
    await hangUp(alice);
    await alice.context().close();
  });
});
