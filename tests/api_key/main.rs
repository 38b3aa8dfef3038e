//! API keys, and the users, groups and experiences that are reached with them.

mod handles;
mod infos;
mod keys;
