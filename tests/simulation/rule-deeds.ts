// What people do at Muster about filtered lists.
import { domainToASCII } from 'node:url';
import {
  approveRule,
  changeRule,
  createFilteredList,
  putBeside,
} from '../../src/lists/filtered-lists.ts';
import { findList } from '../../src/lists/find-list.ts';
import { mainOf } from './entra-deeds.ts';
import type { Department, RuleDeed } from './rule-script.ts';
import type { Stage } from './stage.ts';

const by = 'people';

type OfRule = RuleDeed & { readonly do: 'follow rule' | 'change rule' };
type OfPerson = Exclude<RuleDeed, OfRule>;

function asking(departments: readonly Department[]): object {
  return { field: 'department', operator: 'is any of', value: departments };
}

/** Does one of them. Throws what Muster's own doors throw. */
export async function actOnRules(stage: Stage, deed: RuleDeed): Promise<void> {
  switch (deed.do) {
    case 'follow rule':
      return followRule(stage, deed);
    case 'change rule':
      return changeRuleOf(stage, deed);
    case 'always include':
    case 'never include':
    case 'leave to the rule':
      return sayBeside(stage, deed);
  }
}

/** Makes a filtered list, where there is no list of that name. */
async function followRule({ desk }: Stage, { list, departments }: OfRule): Promise<void> {
  await createFilteredList(desk.world, { name: list, document: asking(departments), by });
}

/** Somebody is sitting there and wants it: what is held is approved at once. */
async function changeRuleOf(stage: Stage, deed: OfRule): Promise<void> {
  const { world } = stage.desk;
  const list = await findList(world, deed.list);
  const document = asking(deed.departments);
  const { status, plan } = await changeRule(world, { list, document, isDryRun: false, by });
  if (status !== 'held' || plan === undefined) return;
  stage.model.rules.approving += 1;
  try {
    await approveRule(world, { list, hash: plan.hash, by });
  } finally {
    stage.model.rules.approving -= 1;
  }
}

const kinds = {
  'always include': { kind: 'include', beside: 'always' },
  'never include': { kind: 'exclude', beside: 'never' },
  'leave to the rule': { kind: null, beside: 'nothing' },
} as const;

/** Says of somebody what stands beside the rule of a list. */
async function sayBeside(stage: Stage, deed: OfPerson): Promise<void> {
  const { world } = stage.desk;
  const { rules } = stage.model;
  const { kind, beside } = kinds[deed.do];
  const list = await findList(world, deed.list);
  const address = mainOf(stage, deed.who);
  rules.mayBeSaid(list.id, address, beside);
  const edit = { list, kind, addresses: [address], by };
  const { withheld } = await putBeside(world, domainToASCII, edit);
  if (withheld.length === 0) rules.said(list.id, address, beside);
}
