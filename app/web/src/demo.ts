// What `margrave demo` tells its page: who there is and what can be called.

export interface Demo {
  domain?: string;
  users: { name: string; password: string }[];
  services: { number: string; name: string }[];
}

const NOTHING: Demo = { users: [], services: [] };

/** Empty when it is no demo. */
export async function readDemo(): Promise<Demo> {
  try {
    const answer = await fetch("/demo.json");
    return answer.ok ? { ...NOTHING, ...((await answer.json()) as Partial<Demo>) } : NOTHING;
  } catch {
    return NOTHING;
  }
}
