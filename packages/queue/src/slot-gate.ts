import { SATED_AFTER_MS } from './settings.ts';

/** Slots that several consumers share: together they run no more handlers than there are slots. */
export type SlotGate = { join(onChange: () => void): Seat };

/** One consumer's place at the gate. `onChange` is called when others changed what it may have in hand. */
export type Seat = {
  /** Takes a slot for a bell; false: there is none for it now, and the bell goes back. */
  take(): boolean;
  free(): void;
  /** How many bells it may have in hand, those it has included. */
  allowance(): number;
  /** Whether a bell that came now would be taken. */
  hasRoom(): boolean;
  leave(): void;
};

type Member = {
  running: number;
  /** There is presumably a bell waiting for it: one was given back, or it took the last slot. */
  isHungry: boolean;
  /** Free slots that are kept for it, and since when it has not used one. */
  granted: number;
  grantedAt: number;
  takenAt: number;
  onChange(): void;
};

/** More than this need not be dealt out at once: every slot that is taken or freed deals anew. */
const DEALT_AT_ONCE = 64;

/**
 * Deals slots among consumers that cannot see each other's queues. Whoever is not known to be hungry keeps asking for
 * one bell, also while no slot is free: the bell is then given back, which costs a round trip and tells that there is
 * one. From then on that consumer asks for nothing until a slot is kept for it, so that no bell goes to and fro, and a
 * slot that comes free is kept for the hungry one that runs the fewest. A slot that is kept in vain is open to all.
 *
 * So any consumer may use every slot while the others have no bells, and none is starved by the others' backlog.
 */
export function createSlotGate(slots: number): SlotGate {
  const members = new Set<Member>();
  const now = () => performance.now();
  let inUse = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Who runs fewer comes first; of two that run as many, who has waited longer. */
  const isBefore = (a: Member, b: Member) => (a.running - b.running || a.takenAt - b.takenAt) < 0;
  const compareDealt = (a: Member, b: Member) =>
    a.running + a.granted - (b.running + b.granted) || a.takenAt - b.takenAt;

  function deal(): void {
    const hadGrant = new Set<Member>();
    for (const member of members) {
      if (member.granted > 0) hadGrant.add(member);
      member.granted = 0;
    }
    const hungry = [...members].filter(({ isHungry }) => isHungry);
    for (let left = Math.min(slots - inUse, DEALT_AT_ONCE); left > 0; left -= 1) {
      const [next] = hungry.toSorted(compareDealt);
      if (!next) break;
      next.granted += 1;
      if (!hadGrant.has(next)) next.grantedAt = now();
      hadGrant.add(next);
    }
    const [first] = hungry.filter(({ granted }) => granted > 0).toSorted((a, b) => a.grantedAt - b.grantedAt);
    // A timer may fire a fraction of a millisecond early; rounded up, what is due by then has truly been kept so long.
    if (first) timer ??= setTimeout(endVainGrants, Math.ceil(first.grantedAt + SATED_AFTER_MS - now()) + 1).unref();
  }

  function endVainGrants(): void {
    timer = undefined;
    for (const member of members) {
      if (member.granted > 0 && now() - member.grantedAt >= SATED_AFTER_MS) member.isHungry = false;
    }
    deal();
    for (const member of members) member.onChange();
  }

  function changed(by: Member): void {
    // Whoever is alone has every slot, and nobody to tell.
    if (members.size === 1 && members.has(by)) return;
    deal();
    for (const member of members) if (member !== by) member.onChange();
  }

  /** The free slots that are not kept for somebody who comes first. */
  function roomFor(member: Member): number {
    let room = slots - inUse;
    for (const other of members) {
      if (other !== member && isBefore(other, member)) room -= other.granted;
    }
    return room;
  }

  return {
    join(onChange) {
      const member: Member = { running: 0, isHungry: false, granted: 0, grantedAt: 0, takenAt: 0, onChange };
      members.add(member);
      changed(member);
      return {
        take() {
          if (roomFor(member) <= 0) {
            member.isHungry = true;
            changed(member);
            return false;
          }
          inUse += 1;
          member.running += 1;
          member.takenAt = now();
          member.grantedAt = member.takenAt;
          member.isHungry ||= inUse === slots;
          changed(member);
          return true;
        },
        free() {
          inUse -= 1;
          member.running -= 1;
          changed(member);
        },
        allowance() {
          if (members.size === 1) return member.running + slots - inUse;
          if (member.isHungry) return member.running + member.granted;
          return member.running + Math.max(1, roomFor(member));
        },
        hasRoom: () => roomFor(member) > 0,
        leave() {
          members.delete(member);
          if (members.size === 0) clearTimeout(timer);
          changed(member);
        },
      };
    },
  };
}
