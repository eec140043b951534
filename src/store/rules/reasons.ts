// Why evaluation changes a list, in the words that stand in history. None of them is anybody's
// decision about one person.

export const ruleReasons = {
  named: 'matches the rule',
  notNamed: 'no longer matches the rule',
  changed: 'because the rule changed',
  included: 'always included, beside the rule',
  excluded: 'never included, beside the rule',
  optedOut: 'opted out of all mail',
  unsubscribed: 'unsubscribed from this list',
} as const;
