// Files that are sent here: looked at, imported, and their rejects fetched.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { tooLarge, type Upload } from '../../files/uploads.ts';
import { readTable } from '../../files/read-table.ts';
import { RejectsFile } from '../../files/write-rejects.ts';
import { hasAddressColumn } from '../../lists/columns.ts';
import { importAndLink, type ImportAndLinkReport } from '../../lists/import-and-link.ts';
import { ListError } from '../../lists/list-error.ts';
import type { World } from '../../ports/world.ts';
import { foreseeSync } from '../../sync/foresee.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import { tellError } from '../problem.ts';
import type { Api, Known, LiveSite } from '../site.ts';
import { importReportSchema, importWishSchema } from './import-report.ts';

const tags = ['Files'];

/** How long a file that was sent is kept. */
const lifeMs = 24 * 60 * 60_000;

const fileParam = z.object({
  file: z.string().openapi({ description: 'The id that the file was given when it came.' }),
});

const fileSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    bytes: z.number().int(),
    uploadedAt: z.iso.datetime(),
    status: z.enum(['uploaded', 'running', 'completed', 'previewed', 'held', 'failed']),
    progress: z
      .object({ doing: z.string(), done: z.number(), of: z.number().nullable() })
      .nullable(),
    report: importReportSchema.nullable(),
    error: z.object({ code: z.string(), says: z.string() }).nullable(),
  })
  .openapi('File');

type File = z.infer<typeof fileSchema>;

const send = createRoute({
  operationId: 'sendFile',
  method: 'post',
  path: '/files',
  tags,
  summary: 'Send a CSV file or an Excel workbook, to be imported within a day',
  request: {
    query: z.object({ name: z.string().min(1).max(255).default('the file') }),
    body: {
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
  },
  responses: { 201: answers('It has come in whole', fileSchema), ...orProblem },
});

const show = createRoute({
  operationId: 'showFile',
  method: 'get',
  path: '/files/{file}',
  tags,
  summary: 'What is done with a file, and what came of it',
  request: { params: fileParam },
  responses: { 200: answers('The file', fileSchema), ...orProblem },
});

const take = createRoute({
  operationId: 'importFile',
  method: 'post',
  path: '/files/{file}/import',
  tags,
  summary: 'Import a file; or, with dryRun, show what that would do',
  middleware: bodyMax(jsonBytesMax),
  request: { params: fileParam, body: takes(importWishSchema) },
  responses: {
    202: {
      ...answers('It has begun: follow it at Location', fileSchema),
      headers: z.object({ Location: z.string() }),
    },
    ...orProblem,
  },
});

const rejects = createRoute({
  operationId: 'showRejects',
  method: 'get',
  path: '/files/{file}/rejects',
  tags,
  summary: 'The rows that were not taken, with line and reason, as a CSV file',
  request: { params: fileParam },
  responses: {
    200: {
      description: 'Without rejects there is but a header',
      content: { 'text/csv': { schema: z.string() } },
    },
    ...orProblem,
  },
});

const forget = createRoute({
  operationId: 'deleteFile',
  method: 'delete',
  path: '/files/{file}',
  tags,
  summary: 'Forget a file and what was noted of it; what was imported stays',
  request: { params: fileParam },
  responses: { 204: { description: 'It is forgotten' }, ...orProblem },
});

/** What is kept beside a file. */
const keptSchema = fileSchema.pick({ status: true, report: true, error: true });

type Kept = z.infer<typeof keptSchema>;

const nothingYet: Kept = { status: 'uploaded', report: null, error: null };

export function addFiles(api: Api, site: LiveSite): void {
  const { world, uploads, imports } = site;

  async function found(id: string): Promise<Upload> {
    const upload = await uploads.find(id);
    if (upload !== null) return upload;
    throw new ListError('no-such-file', `There is no file ${id}: it is kept for a day.`);
  }

  async function tell(upload: Upload): Promise<File> {
    const kept = keptSchema.parse((await uploads.report(upload.id)) ?? nothingYet);
    const { id } = upload;
    const isGoing = imports.isGoing(id);
    const going = isGoing ? { ...nothingYet, status: 'running' as const } : kept;
    return { ...upload, ...going, progress: imports.stepOf(id) };
  }

  api.openapi(send, async (c) => {
    const at = world.clock.now();
    await uploads.forgetBefore(new Date(at.getTime() - lifeMs));
    const { name } = c.req.valid('query');
    const body = c.req.raw.body ?? new Blob([]).stream();
    const says = Number(c.req.header('content-length') ?? 0);
    if (says > uploads.bytesMax) throw tooLarge(uploads.bytesMax);
    const upload = await uploads.take(body, { id: site.newId(), name, at });
    return c.json(await tell(upload), 201);
  });

  api.openapi(show, async (c) => c.json(await tell(await found(c.req.valid('param').file)), 200));

  api.openapi(take, async (c) => {
    const upload = await found(c.req.valid('param').file);
    const wish = { ...c.req.valid('json'), by: c.get('actor') };
    const isOurs = imports.begin(upload.id, world, async (watched) => {
      await uploads.keepReport(upload.id, await outcomeOf(site, watched, { upload, wish }));
    });
    if (!isOurs)
      throw new ListError('busy-file', `${upload.name} is being imported: wait until it is done.`);
    c.header('Location', `/api/v1/files/${upload.id}`);
    return c.json(await tell(upload), 202);
  });

  api.openapi(rejects, async (c) => {
    const upload = await found(c.req.valid('param').file);
    const has = await uploads.hasRejects(upload.id);
    const path = uploads.rejectsPath(upload.id);
    const body = has ? Readable.toWeb(createReadStream(path)) : 'Line,Email,Reason\n';
    return csv(c, body as ReadableStream | string);
  });

  api.openapi(forget, async (c) => {
    const upload = await found(c.req.valid('param').file);
    if (imports.isGoing(upload.id))
      throw new ListError('busy-file', `${upload.name} is being imported: wait until it is done.`);
    await uploads.forget(upload.id);
    return c.body(null, 204);
  });
}

function csv(c: Context<Known>, body: ReadableStream | string): Response {
  const headers = {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': 'attachment; filename="rejects.csv"',
  };
  return c.body(body, 200, headers);
}

interface Order {
  readonly upload: Upload;
  readonly wish: z.infer<typeof importWishSchema> & { readonly by: string };
}

/** Imports, and gives what is to be kept of it, whatever happens. */
async function outcomeOf(site: LiveSite, world: World, { upload, wish }: Order): Promise<Kept> {
  try {
    const report = await importUpload(site, world, { upload, wish });
    return { status: report.status, report, error: null };
  } catch (error) {
    const { status, code, detail } = tellError(error);
    if (status >= 500) world.log('error', 'an import failed', { upload: upload.id, error });
    return { status: 'failed', report: null, error: { code, says: detail } };
  }
}

async function importUpload(
  { uploads, domainToAscii }: LiveSite,
  world: World,
  { upload: { id, name }, wish }: Order,
): Promise<ImportAndLinkReport> {
  const { list, sheet, group, direction, firstSync, approve, dryRun: isDryRun } = wish;
  const file = { path: uploads.path(id), name, sheet, suitable: hasAddressColumn };
  await using table = await readTable(file);
  const rejected = new RejectsFile(uploads.rejectsPath(id));
  await rejected.clear();
  try {
    const whole = {
      ...wish,
      table,
      listName: list ?? null,
      group: group ?? null,
      direction: direction ?? null,
      firstSync: firstSync ?? null,
      approve: approve ?? null,
      isDryRun,
      reject: (each: Parameters<RejectsFile['take']>[0]) => rejected.take(each),
    };
    return await importAndLink(world, domainToAscii, whole, foreseeSync);
  } finally {
    await rejected.end();
  }
}
