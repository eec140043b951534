// The fields that an administrator added to those of the directory.
import type { Field, FieldType } from '../core/field.ts';

export interface FieldStore {
  /** In order of name, the directory's own left out. */
  all(): Promise<readonly Field[]>;
  /** Null when another has that name, compared folded. */
  create(field: {
    readonly key: string;
    readonly name: string;
    readonly type: FieldType;
    readonly at: Date;
  }): Promise<Field | null>;
  /** False when another has that name. The key, and every value, stays. */
  rename(key: string, name: string): Promise<boolean>;
  /** With every value of it. Gives how many people had one. */
  remove(key: string): Promise<number>;
}
