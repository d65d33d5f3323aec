//! What a store answers, against the files that it came from.
