// Turns project files into applied schemas and signed releases.
export {};
