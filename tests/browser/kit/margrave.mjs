// The built binary with a configuration of the story's own.
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The binary: `MARGRAVE`, or what cargo built last. */
export function binary() {
  const found = [process.env.MARGRAVE, `${root}target/release/margrave`, `${root}target/debug/margrave`].find((path) => path && existsSync(path));
  if (!found) throw new Error('no margrave binary: cargo build --release -p margrave');
  return found;
}

/** Starts `margrave run` with the given configuration text. */
export async function margrave(stage, place, configuration) {
  const file = join(stage.folder, 'margrave.toml');
  writeFileSync(file, configuration);
  const running = place.start(stage, 'margrave', [binary(), 'run', '--config', file], { env: { NO_COLOR: '1' } });
  await running.says(/ ready\s*$/m, 15_000);
  return running;
}
