//! The toolbox: searches, what they find, and saved assets.

mod assets;
mod filters;
mod saved_assets;
mod search;
