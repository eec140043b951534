// A rule as a condition in SQL, saying exactly what the core says of the same people. Every value
// is a parameter. Values are read by the functions of the migration, which know no error: what
// can't be read is null, and null is made false, or true where the opposite is asked for.
import { sql, type RawBuilder } from 'kysely';
import { blanks, fold, letters } from '../../core/fold.ts';
import { conditionsOf, listsNamedBy, type Condition, type Rule } from '../../core/rule.ts';
import type { ListId } from '../../ports/ids.ts';
import { storable } from '../copy-lines.ts';
import { isExternal } from '../people/standing.ts';
import { joinOfPerson } from './of-person.ts';

type Sql = RawBuilder<unknown>;

let alphabet: ReturnType<typeof letters> | undefined;

/**
 * Whether the rule names a person: never null. For a query that has `person`, and what `factsOf`
 * joins to it. `today` as `2026-11-30`.
 */
export function compile(rule: Rule, today: string): Sql {
  if (!('combinator' in rule)) return sql`coalesce(${holds(rule, today)}, false)`;
  const parts = rule.rules.map((each) => compile(each, today));
  switch (rule.combinator) {
    case 'all':
      return sql`(${sql.join([sql`true`, ...parts], sql` and `)})`;
    case 'any':
      return sql`(${sql.join([sql`false`, ...parts], sql` or `)})`;
    case 'none':
      return sql`not (${sql.join([sql`false`, ...parts], sql` or `)})`;
  }
}

/** What a rule needs to know of `person`, as joins: only what it asks for. `isForAll` as there. */
export function factsOf(rule: Rule, isForAll: boolean): Sql {
  const fields = new Set(
    conditionsOf(rule).flatMap(({ type, field }) => (type === 'list' ? [] : [field])),
  );
  const asksAddress = ['address', 'domain', 'external'].some((field) => fields.has(field));
  const address = sql`
    left join address on address.person_id = person.id and address.position = 0`;
  const asksPrincipal = [...fields].some((field) => field !== 'address' && field !== 'domain');
  const principal = sql`
    left join principal on principal.id = person.principal_id and principal.deleted <> 'hard'`;
  const onNamed = (list: ListId): Sql =>
    joinOfPerson('list_member', named(list), { list, isForAll });
  const { capitals, smalls } = (alphabet ??= letters());
  return sql`
    cross join (
      select ${capitals}::text as capitals, ${smalls}::text as smalls, ${blanks}::text as blanks
    ) alphabet
    ${asksAddress ? address : sql``} ${asksPrincipal ? principal : sql``}
    ${sql.join(listsNamedBy(rule).map(onNamed), sql` `)}`;
}

function named(list: ListId): string {
  return `on_list_${list}`;
}

function holds(condition: Condition, today: string): Sql {
  if (condition.type === 'list') {
    const person = sql.ref(`${named(condition.value)}.person_id`);
    return condition.operator === 'is on' ? sql`${person} is not null` : sql`${person} is null`;
  }
  const text = foldedSql(valueOf(condition.field));
  const read = readAs(condition.type, text);
  if (condition.value === null)
    return condition.operator === 'is empty' ? sql`${read} is null` : sql`${read} is not null`;
  switch (condition.type) {
    case 'text':
      return textHolds(condition, text);
    case 'number':
      return numberHolds(condition, read);
    case 'date':
      return dateHolds(condition, read, sql`${today}::date`);
  }
}

function readAs(type: 'text' | 'number' | 'date', text: Sql): Sql {
  switch (type) {
    case 'text':
      return sql`nullif(${text}, '')`;
    case 'number':
      return sql`as_number(${text})`;
    case 'date':
      return sql`as_day(${text})`;
  }
}

function foldedSql(value: Sql): Sql {
  return sql`folded(${value}, alphabet.capitals, alphabet.smalls, alphabet.blanks)`;
}

/** The directory's word where it has one. */
function told(byDirectory: Sql, otherwise: Sql): Sql {
  return sql`
    coalesce(case when ${foldedSql(byDirectory)} <> '' then ${byDirectory} end, ${otherwise}, '')`;
}

function valueOf(field: string): Sql {
  switch (field) {
    case 'name':
      return told(sql`principal.name`, sql`person.name`);
    case 'address':
      return sql`coalesce(address.key, '')`;
    case 'domain':
      return sql`coalesce(split_part(address.key, '@', -1), '')`;
    case 'external':
      return sql`case when ${isExternal} then 'yes' else 'no' end`;
    case 'account':
      return sql`
        case
          when principal.deleted is distinct from 'no' then ''
          when principal.is_enabled then 'enabled'
          else 'disabled'
        end`;
    default: {
      const name = storable(field);
      return told(sql`principal.attributes ->> ${name}`, sql`person.attributes ->> ${name}`);
    }
  }
}

type Asked<Type> = Exclude<Extract<Condition, { readonly type: Type }>, { readonly value: null }>;

function textHolds({ operator, value }: Asked<'text'>, text: Sql): Sql {
  const folded = (each: string): string => storable(fold(each));
  switch (operator) {
    case 'is':
      return sql`${text} = ${folded(value)}`;
    case 'is not':
      return sql`${text} <> ${folded(value)}`;
    case 'contains':
      return sql`strpos(${text}, ${folded(value)}) > 0`;
    case 'begins with':
      return sql`starts_with(${text}, ${folded(value)})`;
    case 'ends with':
      return sql`right(${text}, length(${folded(value)}::text)) = ${folded(value)}`;
    case 'is any of':
      return sql`${text} = any (${value.map(folded)}::text[])`;
    case 'is none of':
      return sql`${text} <> all (${value.map(folded)}::text[])`;
  }
}

function numberHolds({ operator, value }: Asked<'number'>, found: Sql): Sql {
  if (operator === 'between')
    return sql`${found} between ${value[0]}::float8 and ${value[1]}::float8`;
  const wanted = sql`${value}::float8`;
  switch (operator) {
    case '=':
      return sql`${found} = ${wanted}`;
    case '!=':
      return sql`${found} is distinct from ${wanted}`;
    case '<':
      return sql`${found} < ${wanted}`;
    case '<=':
      return sql`${found} <= ${wanted}`;
    case '>':
      return sql`${found} > ${wanted}`;
    case '>=':
      return sql`${found} >= ${wanted}`;
  }
}

function dateHolds(condition: Asked<'date'>, found: Sql, today: Sql): Sql {
  switch (condition.operator) {
    case 'on':
      return sql`${found} = ${condition.value}::date`;
    case 'before':
      return sql`${found} < ${condition.value}::date`;
    case 'after':
      return sql`${found} > ${condition.value}::date`;
    case 'between':
      return sql`${found} between ${condition.value[0]}::date and ${condition.value[1]}::date`;
    case 'in the last':
      return sql`${found} between ${today} - ${condition.value}::int and ${today}`;
    case 'in the next':
      return sql`${found} between ${today} and ${today} + ${condition.value}::int`;
  }
}
