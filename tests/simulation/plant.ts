// Plants a bug in the sources as they are loaded. Must be called before anything of Muster is.
import { registerHooks } from 'node:module';
import type { Bug } from './bugs.ts';

/** Throws when the sources are not any more as the bug expects them. */
export function plant({ file, right, wrong }: Bug): void {
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/${file}`)) return loaded;
      const source = loaded.source ?? '';
      const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
      const parts = text.split(right);
      if (parts.length !== 2)
        throw new Error(`${file} holds this ${parts.length - 1} times, not once: ${right}`);
      return { ...loaded, source: parts.join(wrong) };
    },
  });
}
