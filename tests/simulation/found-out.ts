// node found-out.ts NUMBER: plants that bug, plays its story, and prints what went wrong.
import { bugs } from './bugs.ts';
import { plant } from './plant.ts';

const bug = bugs[Number(process.argv[2])];
if (bug === undefined) throw new Error(`there is no bug ${process.argv[2]}`);
plant(bug);
const { openArchive } = await import('./archive.ts');
const { play } = await import('./play.ts');
await using archive = await openArchive();
const { wrong } = await play(archive, bug.story, 1);
process.stdout.write(JSON.stringify(wrong));
