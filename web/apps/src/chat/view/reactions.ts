// The reactions that the page offers, each with the picture that it draws. Others are shown as the signs that they are.

import { icon, make, type IconName } from "@carillon/look";

interface Known {
  readonly emoji: string;
  readonly name: string;
  readonly icon: IconName;
}

const known: readonly Known[] = [
  { emoji: "👍", name: "thumbs up", icon: "thumbs-up" },
  { emoji: "❤️", name: "heart", icon: "heart" },
  { emoji: "😄", name: "laughing", icon: "laugh" },
  { emoji: "🎉", name: "party", icon: "party-popper" },
  { emoji: "👀", name: "looking", icon: "eye" },
  { emoji: "🔔", name: "bell", icon: "bell" },
  { emoji: "✅", name: "done", icon: "circle-check" },
  { emoji: "❓", name: "question", icon: "circle-question-mark" },
  { emoji: "👋", name: "wave", icon: "hand" },
  { emoji: "🔥", name: "fire", icon: "flame" },
  { emoji: "🚀", name: "rocket", icon: "rocket" },
  { emoji: "✨", name: "sparkles", icon: "sparkles" },
  { emoji: "💡", name: "idea", icon: "lightbulb" },
  { emoji: "⭐", name: "star", icon: "star" },
  { emoji: "☕", name: "coffee", icon: "coffee" },
  { emoji: "🍕", name: "pizza", icon: "pizza" },
  { emoji: "🚲", name: "bicycle", icon: "bike" },
  { emoji: "🎵", name: "music", icon: "music" },
  { emoji: "😞", name: "sad", icon: "frown" },
];

const byEmoji = new Map(known.map((one) => [one.emoji, one]));

/** Those that stand beside a message at once. */
export const QUICK: readonly string[] = known.slice(0, 3).map(({ emoji }) => emoji);

export const ALL: readonly string[] = known.map(({ emoji }) => emoji);

export function nameOf(emoji: string): string {
  return byEmoji.get(emoji)?.name ?? emoji;
}

export function pictureOf(emoji: string): Node {
  const one = byEmoji.get(emoji);
  if (one !== undefined) return icon(one.icon);
  const sign = make("span", "sign", emoji);
  sign.setAttribute("aria-hidden", "true");
  return sign;
}
