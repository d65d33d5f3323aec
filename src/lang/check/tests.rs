//! Types, by example.
