// The names that the function around the viewer's program declares: itself and its parameter.
declare function flamebook(payload: string): void;
declare const payload: string;
