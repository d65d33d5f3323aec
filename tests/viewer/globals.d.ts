// What the function around the program gives it: itself and its argument.
declare function flamebook(payload: string): void;
declare const payload: string;
