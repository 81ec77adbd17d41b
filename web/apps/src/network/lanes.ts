// Several lanes of one page that suffer alike, as one for its network panel.

import type { Fault, LaneState, PageLane, Way } from "./lane.js";

/** What has a lane of its own, and perhaps something to do when that suffers. */
export interface Suffering {
  readonly lane: PageLane;
  suffer(fault: Fault): Promise<void>;
}

export class Lanes implements Way {
  constructor(private readonly all: readonly Suffering[]) {}

  /** Their counts together, and what any of them suffers; where one of them is not open, that. */
  get state(): LaneState {
    const states = this.all.map(({ lane }) => lane.state);
    const open = states.filter((state) => state.kind === "open");
    const [first] = open;
    if (first === undefined || open.length < states.length) return states.find(({ kind }) => kind !== "open") ?? { kind: "unknown" };
    const sum = (of: keyof typeof first.counts) => open.reduce((total, { counts }) => total + counts[of], 0);
    const suffering = open.find(({ fault }) => fault.fault !== "none") ?? first;
    return { ...first, fault: suffering.fault, counts: { up: sum("up"), down: sum("down"), open: sum("open"), total: sum("total") } };
  }

  get count(): number {
    return this.all.length;
  }

  async suffer(fault: Fault): Promise<void> {
    await Promise.all(this.all.map((one) => one.suffer(fault)));
  }

  watch(isWatched: boolean): void {
    for (const { lane } of this.all) lane.watch(isWatched);
  }
}
