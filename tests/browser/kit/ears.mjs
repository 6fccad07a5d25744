// What a story says about sound: each end's own tone is heard at the other end.
import { HEARD, SILENT } from './town.mjs';
import { sleep, until } from './place.mjs';

/** The page hears `frequency`. */
export async function pageHears(phone, frequency, what = `${phone.name} hears ${frequency} Hz`) {
  await until(what, async () => (await phone.level(frequency, 0.5)) > HEARD, 8000).catch(async (error) => {
    throw new Error(`${error.message}: level ${await phone.level(frequency, 0.5)}; saw ${JSON.stringify(await phone.events())}`);
  });
}

/** The page hears nothing of `frequency` any more. */
export async function pageIsSilent(phone, frequency) {
  await until(`${phone.name} to fall silent`, async () => (await phone.level(frequency, 0.5)) < SILENT, 8000);
}

/** The desk phone hears `frequency`: it arrives there, and baresip's decoder goes on. */
export async function deskHears(desk, frequency) {
  const [before, decoded] = [desk.heardSeconds(), await desk.decodedSeconds()];
  await until(`${desk.user} hears ${frequency} Hz`, () => desk.heardSeconds() > before + 0.5 && desk.hears(frequency, 0.4) > HEARD, 8000).catch((error) => {
    throw new Error(`${error.message}: level ${desk.hears(frequency, 0.4)}, ${desk.heardSeconds() - before} s more`);
  });
  await until(`${desk.user} decodes on`, async () => (await desk.decodedSeconds()) > decoded + 0.3, 8000);
}

/** Before any hold: baresip's own recording holds the tone. */
export async function deskDecodes(desk, frequency) {
  await deskHears(desk, frequency);
  await until(`${desk.user} decodes ${frequency} Hz`, () => desk.decodes(frequency) > HEARD, 4000);
}

/** The desk phone comes to hear nothing of `frequency`: silence, or no packets at all. */
export async function deskIsSilent(desk, frequency) {
  await until(
    `${desk.user} to hear no more of ${frequency} Hz`,
    async () => {
      const before = desk.heardSeconds();
      await sleep(800);
      const more = desk.heardSeconds() - before;
      return more < 0.2 || desk.hears(frequency, Math.min(more, 0.5)) < SILENT;
    },
    8000,
  );
}
