// The chat's channels, told to the client once.

import type { Client } from "@carillon/client";
import type { RoomPayload, RoomSignal, RoomsPayload, UserPayload } from "./payload.js";

export interface Channels {
  readonly "chat:rooms": RoomsPayload;
  readonly "chat:room:{room}": RoomPayload;
  readonly "chat:user:{user}": UserPayload;
}

export interface Signals {
  readonly "chat:room:{room}": RoomSignal;
}

export type ChatClient = Client<Channels, Signals>;
