// Turns project files into one validated model, every problem with its position.
export {};
