// The numbers and names by which what is remembered is called.

export type ListId = number;
export type LinkId = number;
export type RunId = number;

/** Who does something, as shown in history: `cli:root`, `list service`, an address. */
export type Actor = string;
