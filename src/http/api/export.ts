// People as files: those on a list, or everybody.
import { Readable } from 'node:stream';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { tableBytes, type TableFormat } from '../../files/write-table.ts';
import { exportPeople } from '../../lists/export-people.ts';
import { findListById } from '../../lists/find-list.ts';
import type { List } from '../../ports/lists.ts';
import { orProblem } from '../describe.ts';
import type { Api, Known, LiveSite } from '../site.ts';
import { listParam } from './schemas.ts';

const types: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

const query = z.object({ format: z.enum(['csv', 'xlsx']).default('csv') });

const file = {
  description: 'Cells that begin like formulas are text, or marked as text',
  content: {
    'text/csv': { schema: z.string() },
    [types.xlsx]: { schema: z.string().openapi({ format: 'binary' }) },
  },
};

const ofList = createRoute({
  operationId: 'exportList',
  method: 'get',
  path: '/lists/{list}/export',
  tags: ['Members'],
  summary: 'The people on a list as a file, in columns that an import reads',
  request: { params: listParam, query },
  responses: { 200: file, ...orProblem },
});

const ofAll = createRoute({
  operationId: 'exportPeople',
  method: 'get',
  path: '/export',
  tags: ['People'],
  summary: 'Everybody who is known as a file, in columns that an import reads',
  request: { query },
  responses: { 200: file, ...orProblem },
});

export function addExports(api: Api, { world }: LiveSite): void {
  async function written(
    c: Context<Known>,
    list: List | null,
    format: TableFormat,
  ): Promise<Response> {
    const bytes = Readable.toWeb(tableBytes(await exportPeople(world, list), format));
    const name = encodeURIComponent(`${list?.name ?? 'people'}.${format}`);
    return c.body(bytes as ReadableStream, 200, {
      'Content-Type': types[format],
      'Content-Disposition': `attachment; filename="people.${format}"; filename*=UTF-8''${name}`,
    });
  }

  api.openapi(ofList, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    return written(c, list, c.req.valid('query').format);
  });
  api.openapi(ofAll, async (c) => written(c, null, c.req.valid('query').format));
}
