export { IndexedCopy, type Kept, type LocalCopy } from "./copy.js";
export { doc, type DocClose, type DocOptions, type DocState, type SharedDoc, type SocketLike } from "./doc.js";
export { versions, type DocHistory, type DocVersion, type Versions, type VersionsOptions } from "./versions.js";
