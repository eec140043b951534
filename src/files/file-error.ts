// The one error of this room: a file that can't be read at all.

/** Its message says what to do. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** Why the machine would not open a file, as the end of a sentence. */
export function tellFileFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'you have no permission to read it';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
