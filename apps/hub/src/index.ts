// Turns project files into applied schemas and signed releases.
export { startHub } from './start-hub.ts';
