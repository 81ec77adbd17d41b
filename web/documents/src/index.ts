export { doc, type DocClose, type DocOptions, type DocState, type SharedDoc, type SocketLike } from "./doc.js";
