// An entry of the audit log in plain words: who, and what they did. Knows the words, not how they are drawn.

import type { AuditEntry } from "../../api/generated/api.d.ts";
import { actorKinds, gatewayParts, nouns, phrases, audit as t, verbs } from "../../texts/audit.ts";
import { fill } from "../../texts/fill.ts";
import { roles } from "../../texts/users.ts";

export interface Who {
  readonly name: string;
  /** What kind of actor that is. */
  readonly kind: string;
}

/** An id that nobody knows a name for, as short as it can still be told apart. */
export function shortId(id: string): string {
  return id.length > 24 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id;
}

export function whoOf({ kind, id, label }: AuditEntry["actor"]): Who {
  if (id === null) return { name: t.itself, kind: gatewayParts[kind] ?? spoken(kind) };
  return { name: label ?? shortId(id), kind: actorKinds[kind] ?? spoken(kind) };
}

type Told = Pick<AuditEntry, "action"> & Partial<Pick<AuditEntry, "before" | "after">>;

/** What was done, as `[words before the subject, words behind it]`; without a second part it names no subject. */
export function deedOf({ action, before, after }: Told): readonly [string] | readonly [string, string] {
  const [from, to] = [roleIn(before), roleIn(after)];
  const isOther = action === "user.role-changed" && from !== null && to !== null;
  return parted(isOther ? fill(t.roleChanged, { from, to }) : (phrases[action] ?? phraseOf(action)));
}

function roleIn(state: AuditEntry["before"] | undefined): string | null {
  const role = state?.["role"];
  return typeof role === "string" && Object.hasOwn(roles, role) ? roles[role as keyof typeof roles].name : null;
}

function parted(phrase: string): readonly [string] | readonly [string, string] {
  const [before = "", after] = phrase.split("{subject}");
  return after === undefined ? [before] : [before, after];
}

function phraseOf(action: string): string {
  const dot = action.lastIndexOf(".");
  const [noun, verb] = [action.slice(0, Math.max(dot, 0)), action.slice(dot + 1)];
  return `${verbs[verb] ?? spoken(verb)} ${nouns[noun] ?? spoken(noun)} {subject}`.replace(/ {2,}/g, " ");
}

function spoken(name: string): string {
  return name.replaceAll(/[-.]/g, " ");
}

export function subjectOf({ subject }: AuditEntry): string {
  return subject.label ?? shortId(subject.id);
}
